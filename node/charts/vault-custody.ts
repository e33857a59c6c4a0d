// Vaults at other clinics: who keeps the rows, sealed keys and packets of a patient's vault, so that it is there when this clinic
// has lost it. This clinic makes none of them anew: what it files it sends as it came. Owns who keeps and what goes out.
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { CATEGORIES, type Category } from '../../records/category.ts';
import { custodiansOf, custodyOrder } from '../../records/chart/custodians.ts';
import type { RowSigner } from '../../records/chart/key-row.ts';
import { signVaultKey } from '../../records/vault/vault-key.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { LocalWrite } from '../store/local-database.ts';
import { type ChartStore, putCustodians, type SealedEpochKey } from './chart-store.ts';
import type { Outgoing } from './outgoing.ts';
import { type OwnCharts, type OwnRef, withBlob } from './own-chart.ts';
import type { RowItem } from './rows-wire.ts';

export interface VaultCustodyModules {
  readonly store: ChartStore;
  readonly charts: Pick<OwnCharts, 'giveConsents'>;
  readonly outgoing: Pick<Outgoing, 'queue' | 'wake'>;
  readonly members: Pick<MemberSets, 'current'>;
}

export class VaultCustody {
  private readonly options: { readonly signer: RowSigner };
  private readonly modules: VaultCustodyModules;

  constructor(options: { readonly signer: RowSigner }, modules: VaultCustodyModules) {
    this.options = options;
    this.modules = modules;
  }

  /** For the batch that files them: to whoever keeps the category, but `except`. Within `change`. */
  async queue(
    ref: OwnRef,
    category: Category,
    items: readonly RowItem[],
    except: readonly ClinicNumber[] = [],
  ): Promise<LocalWrite[]> {
    const { store, outgoing } = this.modules;
    const to = (await store.custodians(ref, category)).filter((one) => !except.includes(one));
    return outgoing.queue(to, [announced(ref), ...items]);
  }

  /** Chooses anew who keeps a category: gives those that are new what there is, takes it from the others. Within `change`. */
  async settle(ref: OwnRef, category: Category): Promise<void> {
    const { store, members, outgoing, charts } = this.modules;
    if ((await store.vaultKeys(ref, category)).length === 0) return;
    const known = await store.known(ref, category);
    const numbers = members.current.clinics.map(({ number }) => number);
    const chosen = custodiansOf(custodyOrder(ref.handle, ref.clinic, numbers), (one) => known.has(one));
    const before = await store.custodians(ref, category);
    const added = chosen.filter((one) => !before.includes(one));
    const gone = before.filter((one) => !chosen.includes(one));
    if (added.length + gone.length > 0) {
      const writes: LocalWrite[] = [putCustodians(ref, category, chosen)];
      writes.push(...outgoing.queue(gone, [{ type: 'drop-rows', chart: ref.chart, category }]));
      if (added.length > 0) {
        writes.push(...outgoing.queue(added, [announced(ref)]), ...(await charts.giveConsents(ref, added)));
        writes.push(...(await this.everything(ref, category, added)));
      }
      await store.batch(writes);
    }
    outgoing.wake();
  }

  /** Within `change`. */
  async tidy(ref: OwnRef): Promise<void> {
    for (const category of CATEGORIES) await this.settle(ref, category);
  }

  /** What a clinic keeps of this vault, once more: it lost what it had, or part of it. Within `change`. */
  async resend(ref: OwnRef, to: ClinicNumber): Promise<void> {
    const { store, outgoing, charts } = this.modules;
    const writes: LocalWrite[] = [];
    for (const category of CATEGORIES) {
      if (!(await store.custodians(ref, category)).includes(to)) continue;
      if (writes.length === 0) {
        writes.push(...outgoing.queue([to], [announced(ref)]), ...(await charts.giveConsents(ref, [to])));
      }
      writes.push(...(await this.everything(ref, category, [to])));
    }
    await store.batch(writes);
    outgoing.wake();
  }

  keyItem({ clinic, chart, handle }: OwnRef, category: Category, { epoch, sealed }: SealedEpochKey): RowItem {
    const key = { clinic, chart, handle, category, epoch, sealed };
    return { type: 'vault-key', key: signVaultKey(key, this.options.signer) };
  }

  private async everything(ref: OwnRef, category: Category, to: readonly ClinicNumber[]): Promise<LocalWrite[]> {
    const { store, outgoing } = this.modules;
    const items: RowItem[] = (await store.vaultKeys(ref, category)).map((key) => this.keyItem(ref, category, key));
    for (const packet of await store.packets(ref, category)) items.push({ type: 'packet', packet });
    const writes = outgoing.queue(to, items);
    for await (const row of store.rows(ref)) {
      if (row.category === category) writes.push(...outgoing.queue(to, withBlob(row)));
    }
    return writes;
  }
}

function announced({ chart, handle }: OwnRef): RowItem {
  return { type: 'chart', chart, handle, vault: true };
}
