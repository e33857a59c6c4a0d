// Consents about a vault: given by the patient, filed and told to the chain by the clinic, with packets that her browser made.
// Taking back is granting.ts, as of every consent that this clinic gave.
import { randomBytes } from '#crypto';
import type { Clock } from '../../common/clock.ts';
import { Writer } from '../../common/codec/writer.ts';
import { encodeCommit } from '../../consensus/ledger/consent/types.ts';
import { CONSENT_COMMIT } from '../../consensus/ledger/kinds.ts';
import { objectId } from '../../consensus/ledger/objects.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { Packet } from '../../records/chart/packet.ts';
import { type SealedTerms, sealTerms, termsCommitment } from '../../records/chart/sealed-terms.ts';
import type { Terms } from '../../records/consent/terms.ts';
import { encodeTerms } from '../../records/consent/terms-codec.ts';
import type { SharedTerms } from '../../records/vault/word.ts';
import { CategoryKeys } from '../charts/category-keys.ts';
import { demandRoom } from '../charts/chart-room.ts';
import { type ChartStore, putGiven, putGivenPacket, putTerms } from '../charts/chart-store.ts';
import { ChartError } from '../charts/errors.ts';
import { MAX_GRANT_MS, TERMS_FORM } from '../charts/granting.ts';
import type { OwnCharts } from '../charts/own-chart.ts';
import type { PendingStatements } from '../charts/pending.ts';
import type { RowItem } from '../charts/rows-wire.ts';
import type { VaultCustody } from '../charts/vault-custody.ts';
import type { ClinicAuthor } from '../clinic-author.ts';
import type { LocalWrite } from '../store/local-database.ts';
import { VAULT_CATEGORIES, type VaultCharts, type VaultRef } from './vault-charts.ts';

const SALT_BYTES = 32;

export interface VaultConsentsModules {
  readonly store: ChartStore;
  readonly charts: OwnCharts;
  readonly pending: PendingStatements;
  readonly vault: Pick<VaultCharts, 'beginning'>;
  readonly custody: Pick<VaultCustody, 'queue' | 'settle'>;
  readonly author: ClinicAuthor;
  readonly clock: Pick<Clock, 'now'>;
}

export class VaultConsents {
  private readonly modules: VaultConsentsModules;
  private readonly keys: CategoryKeys;

  constructor(modules: VaultConsentsModules) {
    this.modules = modules;
    this.keys = new CategoryKeys({ store: modules.store });
  }

  /** Counts here when it resolves. `salt`: of the object that the packets name. Throws ChartError `consent.period`, `consent.full`. */
  async give(
    ref: VaultRef,
    { actor, categories, purposes, until }: SharedTerms,
    salt: Uint8Array,
    packets: readonly Packet[],
  ): Promise<Uint8Array> {
    const { store, charts, pending, vault, custody, author, clock } = this.modules;
    const now = clock.now();
    if (until <= now || until > now + MAX_GRANT_MS) throw new ChartError({ code: 'consent.period' });
    const terms: Terms = {
      subject: { kind: 'chart', id: ref.chart },
      grantor: { kind: 'patient', account: ref.patient.account },
      ...{ givenAt: now, mode: 'view', policy: '' },
      provision: {
        ...{ effect: 'permit', actors: [actor], purposes: purposes.map((code) => ({ code })) },
        period: { from: now, until },
        data: { categories, written: {}, labels: [], items: [] },
        exceptions: [],
      },
    };
    const object = objectId(CONSENT_COMMIT, { type: 'clinic', clinic: ref.clinic }, salt);
    const termsSalt = randomBytes(SALT_BYTES);
    const statement = await charts.change(async () => {
      if ((await store.given(object)) !== undefined) throw new ChartError({ code: 'consent.ended' });
      await demandRoom(store, ref, { effect: 'permit', packets: packets.length });
      const key = await this.keys.inForce(ref, 'consent');
      const sealed = sealTerms({ ...ref, object, epoch: key.epoch }, key.key, termsSalt, terms);
      const body = new Writer(sealed.sealed.length + 5).u8(TERMS_FORM).u32(sealed.epoch);
      const bytes = body.fixed(sealed.sealed, sealed.sealed.length).finish();
      const payload = encodeCommit({
        salt,
        commitment: termsCommitment(termsSalt, encodeTerms(terms)),
        ends: until,
      });
      const attachment = { salt: randomBytes(SALT_BYTES), bytes };
      const made = author.make({ kind: CONSENT_COMMIT, object, version: 1, payload, attachment });
      await store.batch([
        ...key.writes,
        ...packets.flatMap(putGivenPacket),
        ...(await vault.beginning(ref)),
        putTerms(sealed),
        putGiven({ object, chart: ref.chart, handle: ref.handle, ended: 0 }),
        pending.put(ref, made),
        ...(await this.outgoing(ref, sealed, packets)),
      ]);
      // Whoever may open what it keeps keeps it no longer.
      for (const category of categories) await custody.settle(ref, category);
      return made;
    });
    await pending.submit([{ ref, statement }]);
    return object;
  }

  /** To whoever decides with this clinic; packets to those that keep the rows, and none to whom they are for. */
  private async outgoing(ref: VaultRef, terms: SealedTerms, packets: readonly Packet[]): Promise<LocalWrite[]> {
    const { store, custody } = this.modules;
    const writes: LocalWrite[] = [];
    const told = new Set<ClinicNumber>();
    for (const category of VAULT_CATEGORIES) {
      const keepers = await store.custodians(ref, category);
      if (keepers.length === 0) continue;
      writes.push(...(await custody.queue(ref, category, [{ type: 'terms', terms }], [...told])));
      for (const keeper of keepers) told.add(keeper);
      const given = packets.filter((packet) => packet.category === category);
      const grantees = given.map(({ grantee }) => grantee);
      const items = given.map((packet): RowItem => ({ type: 'packet', packet }));
      if (items.length > 0) writes.push(...(await custody.queue(ref, category, items, grantees)));
    }
    return writes;
  }
}
