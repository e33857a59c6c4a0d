// The part that rows of created objects have in common, and what a statement's version means for it (PROTOCOL 4.2, 4.8).
import { equalBytes } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import type { Reader } from '../../common/codec/reader.ts';
import type { Writer } from '../../common/codec/writer.ts';
import { ALREADY_APPLIED, refused } from './outcome.ts';
import type { Outcome, Statement } from './types.ts';

export interface ObjectRow {
  readonly version: number;
  readonly live: boolean;
  /** Statement ids: the one that made version 1, and the last that was applied. */
  readonly created: Uint8Array;
  readonly latest: Uint8Array;
}

/** The statement that a check is about. */
export interface Identified {
  readonly id: Uint8Array;
  readonly statement: Statement;
}

export function writeObject(out: Writer, row: ObjectRow): Writer {
  return out
    .u32(row.version)
    .u8(row.live ? 1 : 0)
    .fixed(row.created, 32)
    .fixed(row.latest, 32);
}

export function readObject(input: Reader): ObjectRow {
  return { version: input.u32(), live: readFlag(input), created: input.fixed(32), latest: input.fixed(32) };
}

export function readFlag(input: Reader): boolean {
  const value = input.u8();
  if (value > 1) throw new CodecError({ code: 'codec.value', field: 'flag' });
  return value === 1;
}

export function newObject(statement: Uint8Array): ObjectRow {
  return { version: 1, live: true, created: statement, latest: statement };
}

/** Undefined: go on and create. */
export function checkCreate({ id, statement }: Identified, row: ObjectRow | undefined): Outcome | undefined {
  if (row === undefined) return statement.version === 1 ? undefined : refused('version');
  return equalBytes(row.created, id) ? ALREADY_APPLIED : refused('exists');
}

/** Undefined: go on and make the next version. */
export function checkChange({ id, statement }: Identified, row: ObjectRow): Outcome | undefined {
  if (equalBytes(row.latest, id)) return ALREADY_APPLIED;
  if (!row.live) return refused('ended');
  return statement.version === row.version + 1 ? undefined : refused('version');
}

/** Undefined: go on and end. What has ended already needs no second end. */
export function checkEnd({ statement }: Identified, row: ObjectRow): Outcome | undefined {
  if (statement.version < 1 || statement.version > row.version) return refused('version');
  return row.live ? undefined : ALREADY_APPLIED;
}
