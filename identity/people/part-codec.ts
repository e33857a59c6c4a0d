// A part as bytes, for disk and for other clinics: canonical JSON, read strictly and within bounds before it is parsed.
import { canonicalJson } from '../../common/canonical-json.ts';
import { PersonRecordError } from './errors.ts';
import { MANY_VALUES, SINGLE_VALUES } from './part-values.ts';
import { MAX_STAMP_COUNTER, type Stamp } from './stamps.ts';
import type { ManyPartKind, Part, PartName, SinglePartName } from './types.ts';

/** A photo in base64 with a change of it; the largest of a record's parts. */
export const MAX_PART_BYTES = 400_000;

const MANY: Readonly<Record<ManyPartKind, RegExp>> = {
  passkey: /^p-[0-9a-f]{22}$/,
  wallet: /^0x[0-9a-f]{40}$/,
  approval: /^[0-9a-f]{32}$/,
  release: /^[1-7]$/,
};
const USER = /^[0-9a-f]{32}$/;

const utf8 = new TextEncoder();
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Whether text names a part that records have. */
export function isPartName(text: string): text is PartName {
  if (Object.hasOwn(SINGLE_VALUES, text)) return true;
  const [kind, id] = splitName(text);
  return Object.hasOwn(MANY, kind) && MANY[kind as ManyPartKind].test(id);
}

/** Throws PersonRecordError `people.part` for a value that the part cannot have, so that nothing is written that nobody reads. */
export function encodePart(part: Part): Uint8Array {
  const bytes = utf8.encode(canonicalJson(part));
  decodePart(bytes);
  return bytes;
}

/** Throws PersonRecordError `people.part`. */
export function decodePart(bytes: Uint8Array): Part {
  if (bytes.length > MAX_PART_BYTES) throw malformed('bytes');
  let value: unknown;
  try {
    value = JSON.parse(strict.decode(bytes));
  } catch {
    throw malformed('json');
  }
  return readPart(value);
}

function readPart(input: unknown): Part {
  const { user, name, stamp, value } = members(input, ['user', 'name', 'stamp', 'value'], 'part');
  if (typeof user !== 'string' || !USER.test(user)) throw malformed('user');
  if (typeof name !== 'string' || !isPartName(name)) throw malformed('name');
  return { user, name, stamp: readStamp(stamp), value: value === null ? null : (readValue(name, value) as never) };
}

function readValue(name: PartName, value: unknown): unknown {
  const [kind, id] = splitName(name);
  const schema = id === '' ? SINGLE_VALUES[kind as SinglePartName] : MANY_VALUES[kind as ManyPartKind];
  const read = schema.safeParse(value);
  if (!read.success) throw malformed(kind);
  const named = read.data as { id?: string; address?: string };
  if (kind === 'passkey' && named.id !== id) throw malformed(kind);
  if (kind === 'wallet' && named.address !== id) throw malformed(kind);
  return read.data;
}

function readStamp(input: unknown): Stamp {
  const { time, counter, clinic } = members(input, ['time', 'counter', 'clinic'], 'stamp');
  if (!within(time, 0, 8.64e15) || !within(counter, 0, MAX_STAMP_COUNTER) || !within(clinic, 1, 0xffff_ffff)) {
    throw malformed('stamp');
  }
  return { time, counter, clinic };
}

function members<N extends string>(input: unknown, names: readonly N[], part: string): Record<N, unknown> {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) throw malformed(part);
  const keys = Object.keys(input);
  if (keys.length !== names.length || !names.every((name) => Object.hasOwn(input, name))) throw malformed(part);
  return input as Record<N, unknown>;
}

function within(value: unknown, low: number, high: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high;
}

function splitName(name: string): [kind: string, id: string] {
  const slash = name.indexOf('/');
  return slash < 0 ? [name, ''] : [name.slice(0, slash), name.slice(slash + 1)];
}

function malformed(part: string): PersonRecordError {
  return new PersonRecordError({ code: 'people.part', part });
}
