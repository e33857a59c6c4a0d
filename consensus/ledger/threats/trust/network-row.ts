// The one state row about all reports (PROTOCOL 7.10.10): how many are in force, and up to when the expired ones are gone.
import { Reader } from '../../../../common/codec/reader.ts';
import { rowWriter } from '../../row-writer.ts';
import { THREATS_KEY } from '../../tables.ts';
import type { StateReader } from '../../types.ts';

export interface ThreatsRow {
  /** Reports in force that count elsewhere. */
  readonly active: number;
  /** The last step of expiry whose reports are gone. */
  readonly swept: number;
}

export function encodeThreats({ active, swept }: ThreatsRow): Uint8Array {
  return rowWriter().u32(active).u64(swept).finish();
}

export function decodeThreats(bytes: Uint8Array): ThreatsRow {
  const input = new Reader(bytes);
  const row = { active: input.u32(), swept: input.u64() };
  input.end();
  return row;
}

/** Undefined before the first report. */
export function findThreats(state: StateReader): ThreatsRow | undefined {
  const bytes = state.get(THREATS_KEY);
  return bytes === undefined ? undefined : decodeThreats(bytes);
}
