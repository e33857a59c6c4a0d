// State rows of the threat key's epochs (PROTOCOL 7.10.21). The first is genesis's and has no row until a report counts for it.
import { Reader } from '../../../../common/codec/reader.ts';
import { Writer } from '../../../../common/codec/writer.ts';
import type { Genesis } from '../../../genesis.ts';
import type { MemberSet } from '../../../member-set.ts';
import type { Overlay } from '../../overlay.ts';
import { NEWEST_THREAT_EPOCH_KEY, threatEpochKey } from '../../tables.ts';
import type { ClinicNumber, StateReader } from '../../types.ts';
import { FIRST_THREAT_EPOCH } from './types.ts';

export interface EpochRow {
  /** Of the key, 32 bytes. */
  readonly hash: Uint8Array;
  /** The statement that began it; zeros for genesis. */
  readonly statement: Uint8Array;
  /** Who made the key; 0 for genesis. */
  readonly clinic: ClinicNumber;
  /** Of the block that began it. */
  readonly height: number;
  /** Timestamp of that block, ms since 1970. */
  readonly since: number;
  /** How many clinics were members no more. */
  readonly departed: number;
  /** The latest end of a report under this key, ms since 1970; 0 for none. */
  readonly lastExpires: number;
}

export function encodeEpochRow(row: EpochRow): Uint8Array {
  return new Writer(94)
    .fixed(row.hash, 32)
    .fixed(row.statement, 32)
    .u16(row.clinic)
    .u64(row.height)
    .u64(row.since)
    .u32(row.departed)
    .u64(row.lastExpires)
    .finish();
}

export function decodeEpochRow(bytes: Uint8Array): EpochRow {
  const input = new Reader(bytes);
  const row = {
    hash: input.fixed(32),
    statement: input.fixed(32),
    clinic: input.u16(),
    height: input.u64(),
    since: input.u64(),
    departed: input.u32(),
    lastExpires: input.u64(),
  };
  input.end();
  return row;
}

export function decodeNewestEpoch(bytes: Uint8Array | undefined): number {
  return bytes === undefined ? FIRST_THREAT_EPOCH : new Reader(bytes).u32();
}

/** The epoch that began last. */
export function newestEpoch(state: StateReader): number {
  return decodeNewestEpoch(state.get(NEWEST_THREAT_EPOCH_KEY));
}

/** As it is in a state that holds these bytes for it; undefined for an epoch that has not begun. */
export function epochRow(genesis: Genesis, epoch: number, bytes: Uint8Array | undefined): EpochRow | undefined {
  if (bytes !== undefined) return decodeEpochRow(bytes);
  return epoch === FIRST_THREAT_EPOCH ? firstEpoch(genesis) : undefined;
}

export function findEpoch(genesis: Genesis, state: StateReader, epoch: number): EpochRow | undefined {
  return epochRow(genesis, epoch, state.get(threatEpochKey(epoch)));
}

export function putEpoch(state: Overlay, epoch: number, row: EpochRow): void {
  state.set(threatEpochKey(epoch), encodeEpochRow(row));
}

export function beginEpoch(state: Overlay, epoch: number, row: EpochRow): void {
  putEpoch(state, epoch, row);
  state.set(NEWEST_THREAT_EPOCH_KEY, new Writer(4).u32(epoch).finish());
}

/** Clinics that left or were removed, ever. */
export function departedOf({ records, size }: MemberSet): number {
  return records.length - size;
}

function firstEpoch({ threatKeyHash, created }: Genesis): EpochRow {
  const none = { statement: new Uint8Array(32), clinic: 0, height: 0, departed: 0, lastExpires: 0 };
  return { ...none, hash: threatKeyHash, since: created };
}
