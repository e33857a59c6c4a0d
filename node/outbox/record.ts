// One statement of the outbox as it stands on disk. Owns the layout only.

import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { decodeOutcome, encodeOutcome } from '../../consensus/ledger/outcome.ts';
import type { Attachment, Outcome } from '../../consensus/ledger/types.ts';
import { MAX_ATTACHMENT_BYTES, MAX_TRANSACTION_BYTES } from '../../consensus/limits.ts';
import type { SenderRole } from '../../consensus/member-set.ts';

/** queued: on disk. pending: in a transaction that was sent. done: its block is on the main chain, see outcome. */
export type RecordState = 'queued' | 'pending' | 'done';

export interface OutboxRecord {
  /** Order of acknowledgement. */
  readonly order: number;
  readonly id: Uint8Array;
  readonly statement: Uint8Array;
  /** Gone once the statement is final. */
  attachment: Attachment | undefined;
  readonly role: SenderRole;
  /** ms since 1970, when it was acknowledged. */
  readonly made: number;
  state: RecordState;
  /** The transaction that carries it, once sent. */
  transaction: Uint8Array | undefined;
  validUntil: number | undefined;
  height: number | undefined;
  outcome: Outcome | undefined;
}

/** Known and not refused: it waits, or it was applied, and what a replaced block takes back is sent again. */
export function willStand(record: OutboxRecord | undefined): boolean {
  return record !== undefined && (record.state !== 'done' || record.outcome?.status !== 'refused');
}

const STATES: readonly RecordState[] = ['queued', 'pending', 'done'];
const ROLES: readonly SenderRole[] = ['node', 'gateway'];
const VERSION = 1;
const NONE = new Uint8Array(0);

export function encodeRecord(record: OutboxRecord): Uint8Array {
  const out = new Writer(record.statement.length + 192)
    .u8(VERSION)
    .u64(record.order)
    .fixed(record.id, 32)
    .bytes16(record.statement)
    .u8(ROLES.indexOf(record.role))
    .u64(record.made)
    .u8(STATES.indexOf(record.state))
    .bytes16(record.transaction ?? NONE)
    .u64(record.validUntil ?? 0)
    .u64(record.height ?? 0)
    .bytes16(record.outcome === undefined ? NONE : encodeOutcome(record.outcome))
    .u8(record.attachment === undefined ? 0 : 1);
  if (record.attachment !== undefined) out.fixed(record.attachment.salt, 32).bytes16(record.attachment.bytes);
  return out.finish();
}

export function decodeRecord(bytes: Uint8Array): OutboxRecord {
  const reader = new Reader(bytes);
  if (reader.u8() !== VERSION) throw new CodecError({ code: 'codec.value', field: 'outbox version' });
  const order = reader.u64();
  const id = reader.fixed(32);
  const statement = reader.bytes16(MAX_TRANSACTION_BYTES);
  const role = ROLES[reader.u8()];
  const made = reader.u64();
  const state = STATES[reader.u8()];
  const transaction = reader.bytes16(32);
  const validUntil = reader.u64();
  const height = reader.u64();
  const outcome = reader.bytes16();
  const attached = reader.u8() === 1;
  const attachment = attached ? { salt: reader.fixed(32), bytes: reader.bytes16(MAX_ATTACHMENT_BYTES) } : undefined;
  reader.end();
  if (role === undefined || state === undefined) throw new CodecError({ code: 'codec.value', field: 'outbox record' });
  return {
    order,
    id,
    statement,
    attachment,
    role,
    made,
    state,
    transaction: transaction.length === 32 ? transaction : undefined,
    validUntil: validUntil === 0 ? undefined : validUntil,
    height: height === 0 ? undefined : height,
    outcome: outcome.length === 0 ? undefined : decodeOutcome(outcome),
  };
}
