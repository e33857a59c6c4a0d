// Rows of the record of accesses, in the access database:
//
// | prefix | key                | value                                                             |
// |--------|--------------------|-------------------------------------------------------------------|
// | ae     | number u64         | signed event, then in clear: handle 32, count u16, record ids 32  |
// | ap     | patient tag, down  | nothing; down = 2^53 - 1 - number: newest first                   |
// | at     | ticket hash 32     | number u64 of the first event about it                            |
// | ab     | last number u64    | batch under one anchor                                            |
// | aw     | ticket hash 32     | watched: who served it, and when                                  |
import { concatBytes } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { readSigned, type SignedEvent, writeSigned } from '../../records/audit/event.ts';

export const EVENTS = Uint8Array.of(0x61, 0x65);
export const OF_PATIENT = Uint8Array.of(0x61, 0x70);
export const OF_TICKET = Uint8Array.of(0x61, 0x74);
export const BATCHES = Uint8Array.of(0x61, 0x62);
export const WATCHED = Uint8Array.of(0x61, 0x77);

/** An event with what its tags stand for; that never leaves this clinic but to those who may read it. */
export interface KeptEvent {
  readonly signed: SignedEvent;
  readonly handle: Uint8Array;
  readonly records: readonly Uint8Array[];
}

export interface Batch {
  /** Numbers of this clinic's own first and last event in it. */
  readonly from: number;
  readonly to: number;
  /** As the anchor says on the chain. */
  readonly first: number;
  readonly count: number;
  readonly root: Uint8Array;
  readonly statement: Uint8Array;
  /** ms. */
  readonly made: number;
  /** Whether the chain was seen to have it. */
  readonly anchored: boolean;
}

export const WATCH_STATES = ['waiting', 'unlogged', 'unproven'] as const;
export type WatchState = (typeof WATCH_STATES)[number];

export interface Watched {
  readonly serving: ClinicNumber;
  /** ms. */
  readonly served: number;
  readonly state: WatchState;
}

export const eventKey = (number: number): Uint8Array => concatBytes(EVENTS, u64(number));
export const ticketKey = (ticket: Uint8Array): Uint8Array => concatBytes(OF_TICKET, ticket);
export const batchKey = (to: number): Uint8Array => concatBytes(BATCHES, u64(to));
export const watchedKey = (ticket: Uint8Array): Uint8Array => concatBytes(WATCHED, ticket);

export function patientPrefix(tag: Uint8Array): Uint8Array {
  return concatBytes(OF_PATIENT, tag);
}

export function patientEventKey(tag: Uint8Array, number: number): Uint8Array {
  return concatBytes(OF_PATIENT, tag, u64(Number.MAX_SAFE_INTEGER - number));
}

/** Of an `eventKey`. */
export function numberOf(key: Uint8Array): number {
  return new Reader(key.subarray(key.length - 8)).u64();
}

/** Of a `patientEventKey`. */
export function numberOfPatientKey(key: Uint8Array): number {
  return Number.MAX_SAFE_INTEGER - numberOf(key);
}

export function encodeNumber(number: number): Uint8Array {
  return u64(number);
}

export function encodeKept({ signed, handle, records }: KeptEvent): Uint8Array {
  const out = writeSigned(new Writer(512), signed).fixed(handle, 32).u16(records.length);
  for (const record of records) out.fixed(record, 32);
  return out.finish();
}

export function decodeKept(bytes: Uint8Array): KeptEvent {
  const input = new Reader(bytes);
  const [signed, handle] = [readSigned(input), input.fixed(32)];
  const records: Uint8Array[] = [];
  for (let left = input.u16(); left > 0; left--) records.push(input.fixed(32));
  input.end();
  return { signed, handle, records };
}

export function encodeBatch(batch: Batch): Uint8Array {
  return new Writer(128)
    .u64(batch.from)
    .u64(batch.to)
    .u64(batch.first)
    .u32(batch.count)
    .fixed(batch.root, 32)
    .fixed(batch.statement, 32)
    .u64(batch.made)
    .u8(batch.anchored ? 1 : 0)
    .finish();
}

export function decodeBatch(bytes: Uint8Array): Batch {
  const input = new Reader(bytes);
  const batch = {
    ...{ from: input.u64(), to: input.u64(), first: input.u64(), count: input.u32() },
    ...{ root: input.fixed(32), statement: input.fixed(32), made: input.u64(), anchored: input.u8() === 1 },
  };
  input.end();
  return batch;
}

export function encodeWatched({ serving, served, state }: Watched): Uint8Array {
  return new Writer(16)
    .u16(serving)
    .u64(served)
    .u8(WATCH_STATES.indexOf(state) + 1)
    .finish();
}

export function decodeWatched(bytes: Uint8Array): Watched {
  const input = new Reader(bytes);
  const [serving, served, state] = [input.u16(), input.u64(), WATCH_STATES[input.u8() - 1]];
  if (state === undefined) throw new CodecError({ code: 'codec.value', field: 'watched.state' });
  input.end();
  return { serving, served, state };
}

function u64(value: number): Uint8Array {
  return new Writer(8).u64(value).finish();
}
