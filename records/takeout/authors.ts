// Who wrote the versions of a takeout, by their own device keys beside the clinic that says so (PROTOCOL 15.7). Gathers what the archive
// shows of those keys and of the contents; what a signature counts for is author-standing.ts.
import { equalBytes, toHex } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { personKey } from '../../consensus/ledger/tables.ts';
import type { Verified } from '../../consensus/proofs/verify-proof.ts';
import { handleOf, looksLikePid } from '../../identity/patient/pid.ts';
import { type AuthorStanding, authorStanding } from '../chart/author-standing.ts';
import type { Listing, TakeoutRecord } from './listing.ts';

/** Device keys whose rows go along with a takeout; what others signed is `key-unknown`. */
export const MAX_KEY_PROOFS = 256;

/** Of the chain's row of a device key. */
export function keyProofFile(key: Uint8Array): string {
  return `proofs/key-${toHex(key.subarray(0, 12))}.proof`;
}

/** The keys that signed, each once. */
export function signingKeys(records: readonly Pick<TakeoutRecord, 'manifest'>[]): Uint8Array[] {
  const keys = new Map<string, Uint8Array>();
  for (const { manifest } of records)
    if (manifest.signed !== undefined) keys.set(toHex(manifest.signed.key), manifest.signed.key);
  return [...keys.values()];
}

export class TakeoutAuthors {
  private readonly listing: Listing;
  private readonly files: ReadonlyMap<string, Uint8Array>;
  /** Rows of keys as they were proven. */
  private readonly rows = new Map<string, Uint8Array | undefined>();
  /** Whose content is another than was signed. */
  private readonly altered = new Set<TakeoutRecord>();

  constructor(listing: Listing) {
    this.listing = listing;
    this.files = new Map(signingKeys(listing.records).map((key) => [keyProofFile(key), key]));
  }

  isKeyProof(file: string): boolean {
    return this.files.has(file);
  }

  /** False where the proof is of something else than its file says. */
  key(file: string, { conclusion }: Verified): boolean {
    const key = this.files.get(file);
    if (key === undefined || conclusion.type !== 'state' || !equalBytes(conclusion.key, personKey(key))) return false;
    this.rows.set(toHex(key), conclusion.value);
    return true;
  }

  content(record: TakeoutRecord, digest: Uint8Array): void {
    const { signed } = record.manifest;
    if (signed !== undefined && !equalBytes(signed.digest, digest)) this.altered.add(record);
  }

  /** After all files. */
  async standing(record: TakeoutRecord): Promise<AuthorStanding> {
    const { manifest } = record;
    const { patient, genesisId } = this.listing;
    if (manifest.signed === undefined) return 'none';
    if (this.altered.has(record) || !looksLikePid(patient)) return 'invalid';
    try {
      return await authorStanding(manifest, handleOf(patient), this.rows.get(toHex(manifest.signed.key)), genesisId);
    } catch (error) {
      if (error instanceof CodecError) return 'invalid';
      throw error;
    }
  }
}
