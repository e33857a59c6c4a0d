// Who wrote a version, beside the clinic that says so: what an author's device signed (records/chart/author-word.ts), held
// against the device keys that the chain has. Owns what such a signature counts for when it is made and when it is read.
import { equalBytes } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { personKey } from '../../consensus/ledger/tables.ts';
import { type AuthorStanding, authorStanding, SIGNING_WINDOW_MS } from '../../records/chart/author-standing.ts';
import { verifyAuthorWord } from '../../records/chart/author-word.ts';
import type { Manifest } from '../../records/chart/manifest.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { ChainStore } from '../store/ports.ts';
import { ChartError } from './errors.ts';

export interface AuthorSignaturesOptions {
  readonly genesisId: Uint8Array;
}

export interface AuthorSignaturesModules {
  readonly chain: Pick<ChainStore, 'states'>;
  readonly accounts: Pick<Accounts, 'keyAccount'>;
  readonly clock: Clock;
}

export class AuthorSignatures {
  private readonly options: AuthorSignaturesOptions;
  private readonly modules: AuthorSignaturesModules;

  constructor(options: AuthorSignaturesOptions, modules: AuthorSignaturesModules) {
    this.options = options;
    this.modules = modules;
  }

  /** Before anything is kept. Throws ChartError `record.signature` for what no device of the author signed now. */
  async demand(manifest: Omit<Manifest, 'cid' | 'size'>, patient: Uint8Array): Promise<void> {
    const { author, signed } = manifest;
    if (signed === undefined) return;
    const { accounts, clock } = this.modules;
    const known = await accounts.keyAccount(signed.key);
    const own = author !== undefined && known?.good === true && equalBytes(known.account, author);
    const timely = Math.abs(clock.now() - signed.at) <= SIGNING_WINDOW_MS;
    const { genesisId } = this.options;
    if (!own || !timely || !(await verifyAuthorWord({ ...manifest, author }, patient, signed, genesisId))) {
      throw new ChartError({ code: 'record.signature' });
    }
  }

  /** Of versions of one patient, in their order. */
  async standings(manifests: readonly Manifest[], patient: Uint8Array): Promise<AuthorStanding[]> {
    const keys = manifests.flatMap(({ signed }) => (signed === undefined ? [] : [personKey(signed.key)]));
    const rows = keys.length === 0 ? [] : await this.modules.chain.states(keys);
    let next = 0;
    const found = manifests.map(({ signed }) => (signed === undefined ? undefined : rows[next++]));
    const { genesisId } = this.options;
    return Promise.all(manifests.map((manifest, index) => authorStanding(manifest, patient, found[index], genesisId)));
  }
}
