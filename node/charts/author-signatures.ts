// Who wrote a version, beside the clinic that says so: what an author's device signed (records/chart/author-word.ts), held
// against the device keys that the chain has. Owns what such a signature counts for when it is made and when it is read.
import { equalBytes } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { decodeKeyRow } from '../../consensus/ledger/accounts/rows.ts';
import { personKey } from '../../consensus/ledger/tables.ts';
import { type Vouched, verifyAuthorWord } from '../../records/chart/author-word.ts';
import type { Manifest } from '../../records/chart/manifest.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { ChainStore } from '../store/ports.ts';
import { ChartError } from './errors.ts';

/**
 * `none`: nobody signed. `valid`: a key of the author's account did, not after it ended. `key-lost`: so, but the key was
 * reported lost since. `key-unknown`: the chain has no such key, or not any more. `invalid`: the signature is not of this
 * version, not of its author, or not of the time that the version is dated.
 */
export type AuthorStanding = 'none' | 'valid' | 'key-lost' | 'key-unknown' | 'invalid';

export interface AuthorSignaturesOptions {
  readonly genesisId: Uint8Array;
}

export interface AuthorSignaturesModules {
  readonly chain: Pick<ChainStore, 'states'>;
  readonly accounts: Pick<Accounts, 'keyAccount'>;
  readonly clock: Clock;
}

/** How far from now a device may say that it signed. */
const SIGNING_WINDOW_MS = 300_000;
/** From the moment that a version is dated to the look at its signature, which may wait for others. */
const SIGNING_SLACK_MS = 60_000;

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
    if (!own || !timely || !(await this.holds({ ...manifest, author }, patient, signed))) {
      throw new ChartError({ code: 'record.signature' });
    }
  }

  /** Of versions of one patient, in their order. */
  async standings(manifests: readonly Manifest[], patient: Uint8Array): Promise<AuthorStanding[]> {
    const keys = manifests.flatMap(({ signed }) => (signed === undefined ? [] : [personKey(signed.key)]));
    const rows = keys.length === 0 ? [] : await this.modules.chain.states(keys);
    let next = 0;
    const found = manifests.map(({ signed }) => (signed === undefined ? undefined : rows[next++]));
    return Promise.all(manifests.map((manifest, index) => this.standing(manifest, patient, found[index])));
  }

  private async standing(
    manifest: Manifest,
    patient: Uint8Array,
    row: Uint8Array | undefined,
  ): Promise<AuthorStanding> {
    const { author, signed } = manifest;
    if (signed === undefined) return 'none';
    // Signed once, posted again later: the clinic dates a version, and the signature says when it was made.
    const timely = Math.abs(manifest.written - signed.at) <= SIGNING_WINDOW_MS + SIGNING_SLACK_MS;
    if (!timely || author === undefined) return 'invalid';
    if (!(await this.holds({ ...manifest, author }, patient, signed))) return 'invalid';
    if (row === undefined) return 'key-unknown';
    const key = decodeKeyRow(row);
    const late = key.status !== 'live' && signed.at > key.revokedAt;
    if (!equalBytes(key.account, author) || late) return 'invalid';
    return key.status === 'compromised' ? 'key-lost' : 'valid';
  }

  private holds(said: Vouched, patient: Uint8Array, signed: NonNullable<Manifest['signed']>): Promise<boolean> {
    return verifyAuthorWord(said, patient, signed, this.options.genesisId);
  }
}
