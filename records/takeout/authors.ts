// Who wrote the versions of a takeout, by their own device keys beside the clinic that says so (PROTOCOL 15.7). Gathers what the archive
// shows of those keys and of the contents; what a signature counts for is author-standing.ts.
import { equalBytes, toHex } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { codeOf } from '../../common/errors.ts';
import type { Header } from '../../consensus/chain/types.ts';
import { personKey } from '../../consensus/ledger/tables.ts';
import type { Verified } from '../../consensus/proofs/verify-proof.ts';
import { handleOf } from '../../identity/patient/pid.ts';
import type { AuthorSignature } from '../chart/author-signature.ts';
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

/** What the chain had of a key, and under which final header. */
interface ShownRow {
  readonly value: Uint8Array | undefined;
  readonly under: Header;
}

export class TakeoutAuthors {
  private readonly listing: Listing;
  /** Of the final block that the takeout is told by. */
  private readonly final: number;
  private readonly files: ReadonlyMap<string, Uint8Array>;
  /** Rows of keys as they were proven. */
  private readonly rows = new Map<string, ShownRow>();
  /** Whose content is another than was signed. */
  private readonly altered = new Set<TakeoutRecord>();

  /** `final`: the height that its final proof leads to. */
  constructor(listing: Listing, final: number) {
    this.listing = listing;
    this.final = final;
    this.files = new Map(signingKeys(listing.records).map((key) => [keyProofFile(key), key]));
  }

  isKeyProof(file: string): boolean {
    return this.files.has(file);
  }

  /** False where the proof is of something else than its file says. */
  key(file: string, { light, conclusion }: Verified): boolean {
    const key = this.files.get(file);
    if (key === undefined || conclusion.type !== 'state' || !equalBytes(conclusion.key, personKey(key))) return false;
    this.rows.set(toHex(key), { value: conclusion.value, under: light.header });
    return true;
  }

  content(record: TakeoutRecord, digest: Uint8Array): void {
    const { signed } = record.manifest;
    if (signed !== undefined && !equalBytes(signed.digest, digest)) this.altered.add(record);
  }

  /** After all files. `block`: the height of the one that the version stands in. */
  async standing(record: TakeoutRecord, block: number | undefined): Promise<AuthorStanding> {
    const { manifest } = record;
    const { patient, genesisId } = this.listing;
    if (manifest.signed === undefined) return 'none';
    if (this.altered.has(record)) return 'invalid';
    const row = this.row(manifest.signed, block);
    try {
      return await authorStanding(manifest, handleOf(patient), row, genesisId);
    } catch (error) {
      if (error instanceof CodecError || codeOf(error) === 'identifier.pid') return 'invalid';
      throw error;
    }
  }

  /** The clinic chose the proof: one from before the signature, the version or the takeout hides that the key was taken away since. */
  private row({ key, at }: AuthorSignature, block: number | undefined): Uint8Array | undefined {
    const shown = this.rows.get(toHex(key));
    if (shown === undefined) return undefined;
    const { height, timestamp } = shown.under;
    return height >= this.final && height > (block ?? 0) && timestamp >= at ? shown.value : undefined;
  }
}
