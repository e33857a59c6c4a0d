// The outbox on disk (design section 7): a statement is acknowledged when its record is synced; the database lets what
// arrives meanwhile share the next sync. Owns rows; what to send when is outbox.ts.
//
//   r | order u64               -> record
//   t | role u8 | sequence u64  -> the signed transaction that was sent
import { concatBytes } from '../../common/bytes.ts';
import { Writer } from '../../common/codec/writer.ts';
import type { SenderRole } from '../../consensus/member-set.ts';
import type { LocalDatabase, LocalWrite } from '../store/local-database.ts';
import { decodeRecord, encodeRecord, type OutboxRecord } from './record.ts';

const RECORD = Uint8Array.of(0x72);
const TRANSACTION = Uint8Array.of(0x74);

/** Names a transaction that was sent. */
export interface SentKey {
  readonly role: SenderRole;
  readonly sequence: number;
}

export interface OutboxChange {
  readonly records?: readonly OutboxRecord[];
  readonly kept?: readonly (SentKey & { readonly bytes: Uint8Array })[];
  readonly dropped?: readonly SentKey[];
}

export type OutboxDatabase = Pick<LocalDatabase, 'batch' | 'range'>;

export class OutboxStore {
  private readonly database: OutboxDatabase;

  constructor(modules: { database: OutboxDatabase }) {
    this.database = modules.database;
  }

  /** Resolves once the new records are synced to disk. */
  append(records: readonly OutboxRecord[]): Promise<void> {
    return this.database.batch(records.map(putRecord), { sync: true });
  }

  /** What followed can be told again from the chain, so it is not synced. Of one transaction, dropping goes first. */
  async apply({ records = [], kept = [], dropped = [] }: OutboxChange): Promise<void> {
    await this.database.batch([
      ...dropped.map((sent): LocalWrite => ({ type: 'del', key: transactionKey(sent) })),
      ...kept.map((sent): LocalWrite => ({ type: 'put', key: transactionKey(sent), value: sent.bytes })),
      ...records.map(putRecord),
    ]);
  }

  async forget(records: readonly OutboxRecord[]): Promise<void> {
    await this.database.batch(records.map(({ order }) => ({ type: 'del', key: recordKey(order) })));
  }

  /** All records in the order of acknowledgement. */
  async *records(): AsyncIterable<OutboxRecord> {
    for await (const [, bytes] of this.database.range({ prefix: RECORD })) yield decodeRecord(bytes);
  }

  async *transactions(): AsyncIterable<Uint8Array> {
    for await (const [, bytes] of this.database.range({ prefix: TRANSACTION })) yield bytes;
  }
}

function putRecord(record: OutboxRecord): LocalWrite {
  return { type: 'put', key: recordKey(record.order), value: encodeRecord(record) };
}

function recordKey(order: number): Uint8Array {
  return concatBytes(RECORD, new Writer(8).u64(order).finish());
}

function transactionKey({ role, sequence }: SentKey): Uint8Array {
  return concatBytes(TRANSACTION, Uint8Array.of(role === 'node' ? 0 : 1), new Writer(8).u64(sequence).finish());
}
