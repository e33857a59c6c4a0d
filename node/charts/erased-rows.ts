// Which rows the chain says were erased (PROTOCOL 7.7.6): the subject of the record stands in an approved erasure, and the row
// was written by then. Whoever keeps, serves, fetches or takes back rows asks here; carrying erasures out is node/erasure.
import { toHex } from '../../common/bytes.ts';
import { decodeErasureRow, decodeSubjectRow } from '../../consensus/ledger/keys/rows.ts';
import { decodeAddendumRow, decodeRecordRow } from '../../consensus/ledger/records/rows.ts';
import { addendumKey, erasureKey, recordKey, subjectKey } from '../../consensus/ledger/tables.ts';
import type { KeyRow } from '../../records/chart/key-row.ts';
import type { ChainStore } from '../store/ports.ts';

type RowOfRecord = Pick<KeyRow, 'clinic' | 'record' | 'written'>;

/** Those of the rows; a row of which the chain does not know the record is none of them. */
export async function erasedRows<R extends RowOfRecord>(
  chain: Pick<ChainStore, 'states'>,
  rows: readonly R[],
): Promise<ReadonlySet<R>> {
  const erased = new Set<R>();
  if (rows.length === 0) return erased;
  const subjects = await subjectsOf(chain, rows);
  const keys = new Map<string, Uint8Array>();
  const named = rows.flatMap((row, index) => {
    const subject = subjects[index];
    if (subject === undefined) return [];
    const key = subjectKey(row.clinic, subject);
    keys.set(toHex(key), key);
    return [{ row, name: toHex(key) }];
  });
  const approved = await approvals(chain, keys);
  for (const { row, name } of named) if (row.written <= (approved.get(name) ?? -1)) erased.add(row);
  return erased;
}

/** Of the record of each row, or of the one that it adds to: nobody erases by another clinic's pseudonyms. */
async function subjectsOf(
  chain: Pick<ChainStore, 'states'>,
  rows: readonly RowOfRecord[],
): Promise<readonly (Uint8Array | undefined)[]> {
  const found = await chain.states(rows.flatMap(({ record }) => [recordKey(record), addendumKey(record)]));
  const records = rows.map((_, index) => found[2 * index]);
  const added = rows.flatMap((_, index) => {
    const addendum = found[2 * index + 1];
    return records[index] === undefined && addendum !== undefined
      ? [{ index, key: recordKey(decodeAddendumRow(addendum).record) }]
      : [];
  });
  const originals = added.length === 0 ? [] : await chain.states(added.map(({ key }) => key));
  for (const [n, { index }] of added.entries()) records[index] = originals[n];
  return records.map((bytes, index) => {
    const record = bytes && decodeRecordRow(bytes);
    return record?.clinic === rows[index].clinic ? record.subject : undefined;
  });
}

/** When the erasure of a subject was approved, ms, by the key of its row: of several the one that was approved last. */
async function approvals(
  chain: Pick<ChainStore, 'states'>,
  keys: ReadonlyMap<string, Uint8Array>,
): Promise<ReadonlyMap<string, number>> {
  const approved = new Map<string, number>();
  if (keys.size === 0) return approved;
  const subjects = await chain.states([...keys.values()]);
  const named = [...keys.keys()].flatMap((name, index) => {
    const bytes = subjects[index];
    const erasure = bytes && decodeSubjectRow(bytes).erasure;
    return erasure === undefined ? [] : [{ name, key: erasureKey(erasure) }];
  });
  if (named.length === 0) return approved;
  const rows = await chain.states(named.map(({ key }) => key));
  for (const [index, { name }] of named.entries()) {
    const bytes = rows[index];
    if (bytes !== undefined) approved.set(name, decodeErasureRow(bytes).approved);
  }
  return approved;
}
