// Everything in the key rows of a clinic that runs, out of its files alone: as somebody with the disk and the storage key. By them
// also whether what a clinic keeps of its patients has come to where else it belongs.
import { cp, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { toHex } from '../../common/bytes.ts';
import { CHART_TABLES } from '../../node/charts/layout.ts';
import { openClinic } from '../../node/clinic-directory.ts';
import { ESCROW_TABLES } from '../../node/emergency/layout.ts';
import { HANDLE_BYTES } from '../../node/emergency/wire.ts';
import { LocalDatabase } from '../../node/store/local-database.ts';
import { readKeyFile } from '../../node/store/shred-files.ts';
import { CUSTODIANS } from '../../records/chart/custodians.ts';
import { decodeKeyRow, type KeyRow } from '../../records/chart/key-row.ts';
import { decodeEscrow, type Escrow } from '../../records/emergency/escrow.ts';
import type { TestNodes } from './nodes.ts';
import { waitFor } from './wait-for.ts';

export type Row = readonly [Uint8Array, Uint8Array];

const MINUTE = 60_000;
/** What somebody else has not got yet. */
const OWED: readonly number[] = [CHART_TABLES.queue, ESCROW_TABLES.owed];
/** Folders of blobs that are being written, or are on their way. */
const UNFINISHED = ['drafts', 'comings'];

/** A copy that the node wrote into while it was made does not open: then another is made. */
export function rowsIn(net: TestNodes, number: number): Promise<Row[]> {
  const what = `a copy of the key rows of clinic ${number}`;
  return waitFor(() => copied(net, number), { timeoutMs: MINUTE, intervalMs: 200, what });
}

async function copied(net: TestNodes, number: number): Promise<Row[]> {
  const { directory, passphrase, paths } = net.clinic(number);
  const { keys } = await openClinic(directory, passphrase);
  const copy = `${directory}.looked-at`;
  await rm(copy, { recursive: true, force: true });
  await cp(paths.keys, copy, { recursive: true });
  const generation = await readKeyFile(join(copy, 'key'), keys.storageKey, 'key rows');
  if (generation === undefined) throw new Error('no key file');
  const path = join(copy, `rows-${generation.number}`);
  await rm(join(path, 'LOCK'), { force: true });
  const database = new LocalDatabase({ path, name: 'key rows', key: generation.key });
  await database.open();
  const rows: Row[] = [];
  for await (const row of database.snapshot()) rows.push(row);
  await database.close();
  await rm(copy, { recursive: true });
  return rows;
}

export function keyRows(rows: readonly Row[]): KeyRow[] {
  return rows.filter(([[table]]) => table === CHART_TABLES.row).map(([, value]) => decodeKeyRow(value));
}

/** Of charts of one clinic. */
export function escrowsIn(rows: readonly Row[], of: number): Escrow[] {
  return rows
    .filter(([[table]]) => table === ESCROW_TABLES.escrow)
    .map(([, value]) => decodeEscrow(value.subarray(HANDLE_BYTES)))
    .filter(({ clinic }) => clinic === of);
}

export interface HandedOver {
  /** Hex: a record that two others have to keep. */
  readonly record: string;
  /** Whether all others have to have an escrow too. */
  readonly escrowed?: boolean;
}

/**
 * Until everybody has what clinic `home` wants them to keep: rows, keys, consents, escrows, and the ciphertext as a whole. For
 * tests in which that clinic goes away: what it had not sent by then, nobody has.
 */
export async function handedOver(net: TestNodes, home: number, about: HandedOver): Promise<void> {
  await waitFor(() => isHandedOver(net, home, about), {
    ...{ timeoutMs: 5 * MINUTE, intervalMs: 1_000, what: `what others keep for clinic ${home}` },
  });
}

async function isHandedOver(net: TestNodes, home: number, { record, escrowed }: HandedOver): Promise<boolean> {
  const own = await rowsIn(net, home);
  if (own.some(([[table]]) => OWED.includes(table))) return false;
  const whole = await blocksOf(net, home);
  let keepers = 0;
  for (const number of net.numbers.filter((one) => one !== home)) {
    const rows = await rowsIn(net, number);
    if (escrowed === true && escrowsIn(rows, home).length < Math.max(1, escrowsIn(own, home).length)) return false;
    const kept = keyRows(rows).filter(({ clinic }) => clinic === home);
    if (kept.some((row) => toHex(row.record) === record)) keepers++;
    const blocks = await blocksOf(net, number);
    if (kept.some(({ cid }) => cid !== '' && blocks.get(cid) !== whole.get(cid))) return false;
  }
  return keepers >= CUSTODIANS;
}

/** Files of each blob that is kept whole, by its CID. */
async function blocksOf(net: TestNodes, number: number): Promise<Map<string, number>> {
  const blocks = new Map<string, number>();
  for (const entry of await readdir(net.clinic(number).paths.blobs, { recursive: true, withFileTypes: true })) {
    const folder = basename(dirname(entry.parentPath));
    if (!entry.isFile() || UNFINISHED.includes(folder)) continue;
    const cid = basename(entry.parentPath);
    blocks.set(cid, (blocks.get(cid) ?? 0) + 1);
  }
  return blocks;
}
