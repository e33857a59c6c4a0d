// Erasures of own charts that the chain has and this clinic does not know of: it was restored from a backup that is older. A
// chart is found by the pseudonyms of its records. Owns the search; carrying out is shredder.ts.
import { EMPTY_BYTES, toHex } from '../../common/bytes.ts';
import { decodeErasureRow, decodeSubjectRow } from '../../consensus/ledger/keys/rows.ts';
import { decodeRecordRow } from '../../consensus/ledger/records/rows.ts';
import { erasureKey, recordKey, subjectKey } from '../../consensus/ledger/tables.ts';
import { chartPrefix } from '../charts/layout.ts';
import type { OwnRef } from '../charts/own-chart.ts';
import type { ChainStore } from '../store/ports.ts';
import type { KnownErasure } from './book.ts';
import { chartsOf, type RangedRows } from './chart-rows.ts';

/** Records whose rows are asked for at once. */
const PORTION = 256;
const VERSION_BYTES = 4;
const RECORD_BYTES = 32;

export async function erasuresOf(
  rows: RangedRows,
  chain: Pick<ChainStore, 'states'>,
  { clinic, chart, handle }: OwnRef,
): Promise<KnownErasure[]> {
  const subjects = new Map<string, Uint8Array>();
  let records: Uint8Array[] = [];
  const look = async (): Promise<void> => {
    for (const bytes of await chain.states(records.map(recordKey))) {
      if (bytes === undefined) continue;
      const { subject } = decodeRecordRow(bytes);
      subjects.set(toHex(subject), subject);
    }
    records = [];
  };
  for (const one of await chartsOf(rows, { clinic, chart }, handle)) {
    for await (const [key] of rows.range({ prefix: chartPrefix('row', one) })) {
      records.push(key.slice(-VERSION_BYTES - RECORD_BYTES, -VERSION_BYTES));
      if (records.length === PORTION) await look();
    }
  }
  await look();
  const objects = new Map<string, Uint8Array>();
  for (const bytes of await chain.states([...subjects.values()].map((subject) => subjectKey(clinic, subject)))) {
    const erasure = bytes && decodeSubjectRow(bytes).erasure;
    if (erasure !== undefined) objects.set(toHex(erasure), erasure);
  }
  const found: KnownErasure[] = [];
  for (const object of objects.values()) {
    const [bytes] = await chain.states([erasureKey(object)]);
    if (bytes === undefined) continue;
    const { subjects: named, approved } = decodeErasureRow(bytes);
    const about = {
      kind: 'erasure' as const,
      object,
      clinic,
      chart,
      handle,
      subjects: named,
      pid: '',
      saying: EMPTY_BYTES,
    };
    found.push({
      ...about,
      text: '',
      by: new Uint8Array(32),
      asked: approved,
      approved: 0,
      done: 0,
      removed: 0,
      told: [],
    });
  }
  return found;
}
