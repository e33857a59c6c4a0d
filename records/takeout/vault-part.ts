// What stands of a vault in a takeout (PROTOCOL 15.6): rows, keys and ciphertext as the clinic keeps them, sealed by the patient.
// They open with the ring of her own vault file, wherever that is. Owns names and bytes.
import { toHex } from '../../common/bytes.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { cidDigest, isCid } from '../blobs/cid.ts';
import type { Category } from '../category.ts';
import { encodeKeyRow, type KeyRow } from '../chart/key-row.ts';
import type { TakeoutFile } from './listing.ts';

export const VAULT_FILE = 'vault/vault.json';
const FOLDER = 'vault/';
const FORMAT = 'wardmesh/takeout-vault/1';

export interface TakeoutVault {
  readonly clinic: ClinicNumber;
  readonly chart: Uint8Array;
  /** Sealed under the patient's ring, bound to clinic, chart, category and epoch. */
  readonly keys: readonly { readonly category: Category; readonly epoch: number; readonly sealed: Uint8Array }[];
  readonly rows: readonly KeyRow[];
  /** Envelopes that were at the clinic. */
  readonly cids: ReadonlySet<string>;
}

export function encodeTakeoutVault({ clinic, chart, keys, rows, cids }: TakeoutVault): Uint8Array {
  const json = {
    ...{ format: FORMAT, clinic, chart: toHex(chart) },
    keys: keys.map(({ category, epoch, sealed }) => ({ category, epoch, sealed: toHex(sealed) })),
    records: rows.map((row) => ({
      ...{ record: toHex(row.record), version: row.version, category: row.category },
      ...{ written: new Date(row.written).toISOString(), row: toHex(encodeKeyRow(row)) },
      file: cids.has(row.cid) ? `${FOLDER}${row.cid}` : null,
    })),
  };
  return new TextEncoder().encode(`${JSON.stringify(json, undefined, 1)}\n`);
}

/** As the listing has an envelope. */
export function envelopeFile(cid: string): TakeoutFile {
  return { file: `${FOLDER}${cid}`, sha256: cidDigest(cid) };
}

/** The CID of an envelope by its file; undefined for any other file. */
export function envelopeCid(file: string): string | undefined {
  const cid = file.slice(FOLDER.length);
  return file.startsWith(FOLDER) && isCid(cid) ? cid : undefined;
}
