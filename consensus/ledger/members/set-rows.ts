// State rows of the member set in force, of finality and of the approved changes (PROTOCOL 6.6, 7.1): what a block finds
// when it begins. Owns layouts and reading; what moves them is start-of-block.ts and certificates.ts.
import { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';
import type { Checkpoint } from '../../chain/finality/types.ts';
import { readCheckpoint, writeCheckpoint } from '../../chain/finality/vote.ts';
import { LedgerError } from '../errors.ts';
import { readFlag } from '../object-row.ts';
import { COUNTERS_KEY, changeKey, checkpointKey, FINALITY_KEY, SET_KEY } from '../tables.ts';
import type { StateReader } from '../types.ts';
import { type Change, readChange, writeChange } from './change.ts';

/** Which member set counts, and during a transition the one before it, whose quorum is needed as well. */
export interface SetInForce {
  readonly id: number;
  readonly previous: number | undefined;
}

export interface SetRow extends SetInForce {
  /** Height of the first block that it was in force for. */
  readonly since: number;
}

/** Changes that a certificate made final: the set of the first `count` comes into force at a height. */
export interface Ripe {
  readonly count: number;
  readonly bites: number;
  /** By the checkpoint file: the set before has no say in the transition. */
  readonly waived: boolean;
}

export interface FinalityRow {
  readonly justified: Checkpoint;
  readonly finalised: Checkpoint;
  readonly ripe: Ripe | undefined;
  /** The lowest epoch whose checkpoint row is still there. */
  readonly oldest: number;
}

export interface CheckpointRow extends SetInForce {
  /** Block id, 32 bytes. */
  readonly block: Uint8Array;
  readonly justified: boolean;
}

export interface ChangeRow {
  /** Of the block that approved it. */
  readonly height: number;
  readonly change: Change;
}

export function encodeSetRow(row: SetRow): Uint8Array {
  return writeSet(new Writer(17), row).u64(row.since).finish();
}

export function decodeSetRow(bytes: Uint8Array): SetRow {
  const input = new Reader(bytes);
  const row = { ...readSet(input), since: input.u64() };
  input.end();
  return row;
}

export function encodeFinalityRow({ justified, finalised, ripe, oldest }: FinalityRow): Uint8Array {
  const out = writeCheckpoint(writeCheckpoint(new Writer(112), justified), finalised).u64(oldest);
  if (ripe === undefined) return out.u8(0).finish();
  return out
    .u8(1)
    .u32(ripe.count)
    .u64(ripe.bites)
    .u8(ripe.waived ? 1 : 0)
    .finish();
}

export function decodeFinalityRow(bytes: Uint8Array): FinalityRow {
  const input = new Reader(bytes);
  const justified = readCheckpoint(input);
  const finalised = readCheckpoint(input);
  const oldest = input.u64();
  const ripe = readFlag(input) ? { count: input.u32(), bites: input.u64(), waived: readFlag(input) } : undefined;
  input.end();
  return { justified, finalised, ripe, oldest };
}

export function encodeCheckpointRow(row: CheckpointRow): Uint8Array {
  return writeSet(new Writer(42).fixed(row.block, 32), row)
    .u8(row.justified ? 1 : 0)
    .finish();
}

export function decodeCheckpointRow(bytes: Uint8Array): CheckpointRow {
  const input = new Reader(bytes);
  const row = { block: input.fixed(32), ...readSet(input), justified: readFlag(input) };
  input.end();
  return row;
}

export function encodeChangeRow({ height, change }: ChangeRow): Uint8Array {
  return writeChange(new Writer(512).u64(height), change).finish();
}

export function decodeChangeRow(bytes: Uint8Array): ChangeRow {
  const input = new Reader(bytes);
  const row = { height: input.u64(), change: readChange(input) };
  input.end();
  return row;
}

/** How many changes were approved so far. */
export function encodeCounters(changes: number): Uint8Array {
  return new Writer(4).u32(changes).finish();
}

export function changeCount(state: StateReader): number {
  const input = new Reader(present(state, COUNTERS_KEY, 'counters'));
  const changes = input.u32();
  input.end();
  return changes;
}

export function setRow(state: StateReader): SetRow {
  return decodeSetRow(present(state, SET_KEY, 'member set'));
}

export function finalityRow(state: StateReader): FinalityRow {
  return decodeFinalityRow(present(state, FINALITY_KEY, 'finality'));
}

export function findCheckpoint(state: StateReader, epoch: number): CheckpointRow | undefined {
  const bytes = state.get(checkpointKey(epoch));
  return bytes === undefined ? undefined : decodeCheckpointRow(bytes);
}

/** A change that was approved: the caller knows that there are so many. */
export function changeRow(state: StateReader, number: number): ChangeRow {
  return decodeChangeRow(present(state, changeKey(number), 'change'));
}

/** The set in force for the block of `height` upon this state: the one that bites there, else the one of its parent. */
export function setForBlock(state: StateReader, height: number): SetInForce {
  const { id, previous } = setRow(state);
  const { ripe } = finalityRow(state);
  if (ripe?.bites !== height) return { id, previous };
  return { id: ripe.count, previous: ripe.waived ? undefined : id };
}

function writeSet(out: Writer, { id, previous }: SetInForce): Writer {
  out.u32(id);
  return previous === undefined ? out.u8(0) : out.u8(1).u32(previous);
}

function readSet(input: Reader): SetInForce {
  const id = input.u32();
  return { id, previous: readFlag(input) ? input.u32() : undefined };
}

function present(state: StateReader, key: Uint8Array, what: string): Uint8Array {
  const bytes = state.get(key);
  if (bytes === undefined) throw new LedgerError({ code: 'ledger.row', what });
  return bytes;
}
