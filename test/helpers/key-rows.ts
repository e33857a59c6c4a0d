// Everything in the key rows of a clinic that runs, out of its files alone: as somebody with the disk and the storage key.
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CHART_TABLES } from '../../node/charts/layout.ts';
import { openClinic } from '../../node/clinic-directory.ts';
import { LocalDatabase } from '../../node/store/local-database.ts';
import { readKeyFile } from '../../node/store/shred-files.ts';
import { decodeKeyRow, type KeyRow } from '../../records/chart/key-row.ts';
import type { TestNodes } from './nodes.ts';

export type Row = readonly [Uint8Array, Uint8Array];

export async function rowsIn(net: TestNodes, number: number): Promise<Row[]> {
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
