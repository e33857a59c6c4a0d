// Rows of the light chain (layout.ts, table l): proofs that were made while the state was there, the steps that are kept
// for ever, and the last one. Owns keys and values only.
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { type ProvenChanges, readProvenChanges, writeProvenChanges } from '../../consensus/proofs/light-step.ts';
import { TABLE, tableKey } from './layout.ts';

const CAPTURED = 1;
const KEPT = 2;
const LAST = 3;

export const LAST_STEP_KEY = tableKey(TABLE.light, Uint8Array.of(LAST));
export const KEPT_PREFIX = tableKey(TABLE.light, Uint8Array.of(KEPT));
export const CAPTURED_PREFIX = tableKey(TABLE.light, Uint8Array.of(CAPTURED));

export function keptKey(epoch: number): Uint8Array {
  return tableKey(TABLE.light, new Writer(9).u8(KEPT).u64(epoch).finish());
}

export function capturedKey(epoch: number): Uint8Array {
  return tableKey(TABLE.light, new Writer(9).u8(CAPTURED).u64(epoch).finish());
}

/** The epoch that a captured row's key names. */
export function capturedEpoch(key: Uint8Array): number {
  return new Reader(key.subarray(CAPTURED_PREFIX.length)).u64();
}

/** Proofs under the state root that the checkpoint of an epoch will carry. */
export interface Captured extends ProvenChanges {
  readonly stateRoot: Uint8Array;
  /** How many changes come before the first of them. */
  readonly known: number;
}

/** `state root 32 | known u32 | changes as in a step`. */
export function encodeCaptured({ stateRoot, known, ...proven }: Captured): Uint8Array {
  return writeProvenChanges(new Writer(1024).fixed(stateRoot, 32).u32(known), proven).finish();
}

export function decodeCaptured(bytes: Uint8Array): Captured {
  const input = new Reader(bytes);
  const captured = { stateRoot: input.fixed(32), known: input.u32(), ...readProvenChanges(input) };
  input.end();
  return captured;
}
