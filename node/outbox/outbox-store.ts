// The outbox on disk (design section 7): a statement is acknowledged when its record is synced; the database lets what
// arrives meanwhile share the next sync. Owns rows; what to send when is outbox.ts.
//
//   r | statement id            -> record
//   o | order u64               -> statement id
//   t | role u8 | sequence u64  -> the signed transaction that was sent
import { concatBytes } from '../../common/bytes.ts';
import { Writer } from '../../common/codec/writer.ts';
import type { SenderRole } from '../../consensus/member-set.ts';
import type { LocalDatabase, LocalWrite } from '../store/local-database.ts';
import { decodeRecord, encodeRecord, type OutboxRecord } from './record.ts';

const RECORD = Uint8Array.of(0x72);
const ORDER = Uint8Array.of(0x6f);
const TRANSACTION = Uint8Array.of(0x74);

export class OutboxStore {
  private readonly database: LocalDatabase;

  constructor(modules: { database: LocalDatabase }) {
    this.database = modules.database;
  }

  /** Resolves once the new records are synced to disk. */
  append(records: readonly OutboxRecord[]): Promise<void> {
    const writes = records.flatMap((record): LocalWrite[] => [
      { type: 'put', key: recordKey(record.id), value: encodeRecord(record) },
      { type: 'put', key: orderKey(record.order), value: record.id },
    ]);
    return this.database.batch(writes, { sync: true });
  }

  /** State changes can be told again from the chain, so they are not synced. */
  async update(records: readonly OutboxRecord[]): Promise<void> {
    await this.database.batch(
      records.map((record) => ({ type: 'put', key: recordKey(record.id), value: encodeRecord(record) })),
    );
  }

  async keepTransaction(role: SenderRole, sequence: number, bytes: Uint8Array): Promise<void> {
    await this.database.batch([{ type: 'put', key: transactionKey(role, sequence), value: bytes }]);
  }

  async dropTransaction(role: SenderRole, sequence: number): Promise<void> {
    await this.database.batch([{ type: 'del', key: transactionKey(role, sequence) }]);
  }

  async forget(records: readonly OutboxRecord[]): Promise<void> {
    const writes = records.flatMap((record): LocalWrite[] => [
      { type: 'del', key: recordKey(record.id) },
      { type: 'del', key: orderKey(record.order) },
    ]);
    await this.database.batch(writes);
  }

  async get(id: Uint8Array): Promise<OutboxRecord | undefined> {
    const bytes = await this.database.get(recordKey(id));
    return bytes === undefined ? undefined : decodeRecord(bytes);
  }

  /** All records in the order of acknowledgement. */
  async *records(): AsyncIterable<OutboxRecord> {
    for await (const [, id] of this.database.range({ prefix: ORDER })) {
      const record = await this.get(id);
      if (record !== undefined) yield record;
    }
  }

  async *transactions(): AsyncIterable<Uint8Array> {
    for await (const [, bytes] of this.database.range({ prefix: TRANSACTION })) yield bytes;
  }
}

function recordKey(id: Uint8Array): Uint8Array {
  return concatBytes(RECORD, id);
}

function orderKey(order: number): Uint8Array {
  return concatBytes(ORDER, new Writer(8).u64(order).finish());
}

function transactionKey(role: SenderRole, sequence: number): Uint8Array {
  return concatBytes(TRANSACTION, Uint8Array.of(role === 'node' ? 0 : 1), new Writer(8).u64(sequence).finish());
}
