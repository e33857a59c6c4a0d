// The keys of the charts that a clinic wrote, from its directory and its passphrase while its node is stopped: what whoever was
// granted nothing must never hold.
import { toHex } from '../../common/bytes.ts';
import { CHART_TABLES, secretKey } from '../../node/charts/layout.ts';
import { openClinic } from '../../node/clinic-directory.ts';
import { dataPaths } from '../../node/data-directory.ts';
import { ShreddableDatabase } from '../../node/store/shreddable-database.ts';
import { decodeKeyRow, openDataKey } from '../../records/chart/key-row.ts';

export interface ChartKeys {
  readonly category: readonly Uint8Array[];
  /** One for each version of a record. */
  readonly data: readonly Uint8Array[];
}

export async function chartKeysOf(directory: string, passphrase: string): Promise<ChartKeys> {
  const { clinic, keys } = await openClinic(directory, passphrase);
  const path = dataPaths(directory).keys;
  const database = new ShreddableDatabase({ path, name: 'key rows', key: keys.storageKey });
  await database.open();
  try {
    const secrets = new Map<string, Uint8Array>();
    const data: Uint8Array[] = [];
    const of = (table: number) => database.range({ prefix: Uint8Array.of(table) });
    for await (const [key, secret] of of(CHART_TABLES.secret)) secrets.set(toHex(key), secret);
    for await (const [, bytes] of of(CHART_TABLES.row)) {
      const row = decodeKeyRow(bytes);
      const secret = secrets.get(toHex(secretKey(row, row.category, row.epoch)));
      if (row.clinic === clinic.number && secret !== undefined) data.push(openDataKey(row, secret));
    }
    return { category: [...secrets.values()], data };
  } finally {
    await database.close();
  }
}
