// Terms as bytes (PROTOCOL 7.6): lists are sets, written in the order of their bytes, so that equal terms are equal bytes.
// Every bound before allocation; what does not fit a sealed attachment is refused when it is written.
import { compareBytes } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { CATEGORIES, type Category } from '../category.ts';
import { isLabel } from '../sensitivity.ts';
import { MAX_WORD_BYTES } from '../vault/word.ts';
import { readActor, writeActor } from './actor-codec.ts';
import {
  ACCESS_MODES,
  type DataScope,
  type Grantor,
  type Provision,
  PURPOSES,
  type Purpose,
  type Rule,
  type ScopeItem,
  type Span,
  type Subject,
  type Terms,
} from './terms.ts';

/** An attachment has 4,096: the rest is for the proof of authority and the seal. */
export const MAX_TERMS_BYTES = 3840;
export const MAX_RULE_ACTORS = 32;
export const MAX_RULE_PURPOSES = 16;
export const MAX_RULE_LABELS = 16;
export const MAX_RULE_ITEMS = 64;
export const MAX_EXCEPTIONS = 16;

const FORMAT = 1;
const MAX_POLICY = 256;
const MAX_STUDY = 64;
const MAX_LABEL = 16;
const MAX_RECORD_ID = 32;

/** Throws CodecError for terms out of bounds. Equal terms give equal bytes, however their lists were ordered. */
export function encodeTerms(terms: Terms): Uint8Array {
  const out = new Writer(512).u8(FORMAT);
  writeSubject(out, terms.subject);
  writeGrantor(out, terms.grantor);
  out.u64(terms.givenAt).u8(ACCESS_MODES.indexOf(terms.mode) + 1);
  writeTime(out, terms.eraseAt);
  out.text16(terms.policy, MAX_POLICY);
  out.bytes16(terms.source ?? new Uint8Array(0), MAX_RECORD_ID);
  writeRule(out, terms.provision);
  writeSet(out, terms.provision.exceptions, MAX_EXCEPTIONS, writeRule);
  const bytes = out.finish();
  if (bytes.length > MAX_TERMS_BYTES) throw tooLong(bytes.length);
  return bytes;
}

/** Throws CodecError. What it accepts encodes to the same bytes. */
export function decodeTerms(bytes: Uint8Array): Terms {
  if (bytes.length > MAX_TERMS_BYTES) throw tooLong(bytes.length);
  const input = new Reader(bytes);
  if (input.u8() !== FORMAT) throw wrong('format');
  const subject = readSubject(input);
  const grantor = readGrantor(input);
  const givenAt = input.u64();
  const mode = named(ACCESS_MODES, input.u8(), 'mode');
  const eraseAt = readTime(input);
  const policy = input.text16(MAX_POLICY);
  const source = input.bytes16(MAX_RECORD_ID);
  const rule = readRule(input);
  const provision: Provision = { ...rule, exceptions: readSet(input, MAX_EXCEPTIONS, readRule) };
  input.end();
  return {
    subject,
    grantor,
    givenAt,
    mode,
    ...(eraseAt === undefined ? {} : { eraseAt }),
    policy,
    ...(source.length === 0 ? {} : { source }),
    provision,
  };
}

function writeSubject(out: Writer, subject: Subject): void {
  if (subject.kind === 'chart') out.u8(1).fixed(subject.id, 32);
  else out.u8(2).fixed(subject.handle, 32);
}

function readSubject(input: Reader): Subject {
  const kind = input.u8();
  if (kind === 1) return { kind: 'chart', id: input.fixed(32) };
  if (kind === 2) return { kind: 'patient', handle: input.fixed(32) };
  throw wrong('subject');
}

function writeGrantor(out: Writer, grantor: Grantor): void {
  if (grantor.kind === 'patient') out.u8(1).fixed(grantor.account, 32);
  else if (grantor.kind === 'guardian') out.u8(2).fixed(grantor.account, 32);
  else if (grantor.kind === 'take-over') {
    out.u8(5).bytes16(grantor.word, MAX_WORD_BYTES).fixed(grantor.signature, 64);
  } else if (grantor.account === undefined) out.u8(3).u16(grantor.clinic);
  else out.u8(4).u16(grantor.clinic).fixed(grantor.account, 32);
}

function readGrantor(input: Reader): Grantor {
  const kind = input.u8();
  if (kind === 1) return { kind: 'patient', account: input.fixed(32) };
  if (kind === 2) return { kind: 'guardian', account: input.fixed(32) };
  if (kind === 3) return { kind: 'custody', clinic: input.u16() };
  if (kind === 4) return { kind: 'custody', clinic: input.u16(), account: input.fixed(32) };
  if (kind === 5) return { kind: 'take-over', word: input.bytes16(MAX_WORD_BYTES), signature: input.fixed(64) };
  throw wrong('grantor');
}

function writeRule(out: Writer, rule: Rule): void {
  out.u8(rule.effect === 'permit' ? 1 : 2);
  writeSet(out, rule.actors, MAX_RULE_ACTORS, writeActor);
  writeSet(out, rule.purposes, MAX_RULE_PURPOSES, writePurpose);
  writeSpan(out, rule.period);
  const { categories, written, labels, items } = rule.data;
  out.u16(categoryBits(categories));
  writeSpan(out, written);
  writeSet(out, labels, MAX_RULE_LABELS, writeLabel);
  writeSet(out, items, MAX_RULE_ITEMS, writeItem);
}

function readRule(input: Reader): Rule {
  const effect = named(['permit', 'deny'] as const, input.u8(), 'effect');
  const actors = readSet(input, MAX_RULE_ACTORS, readActor);
  const purposes = readSet(input, MAX_RULE_PURPOSES, readPurpose);
  const period = readSpan(input);
  const categories = categoriesOf(input.u16());
  const written = readSpan(input);
  const labels = readSet(input, MAX_RULE_LABELS, readLabel);
  const data: DataScope = { categories, written, labels, items: readSet(input, MAX_RULE_ITEMS, readItem) };
  return { effect, actors, purposes, period, data };
}

function writePurpose(out: Writer, { code, study }: Purpose): void {
  if (study !== undefined && (code !== 'HRESCH' || study === '')) throw wrong('study');
  out.u8(PURPOSES.indexOf(code) + 1).text16(study ?? '', MAX_STUDY);
}

function readPurpose(input: Reader): Purpose {
  const code = named(PURPOSES, input.u8(), 'purpose');
  const study = input.text16(MAX_STUDY);
  if (study !== '' && code !== 'HRESCH') throw wrong('study');
  return study === '' ? { code } : { code, study };
}

function writeLabel(out: Writer, label: string): void {
  if (!isLabel(label)) throw wrong('label');
  out.text16(label, MAX_LABEL);
}

function readLabel(input: Reader): string {
  const label = input.text16(MAX_LABEL);
  if (!isLabel(label)) throw wrong('label');
  return label;
}

function writeItem(out: Writer, item: ScopeItem): void {
  if (item.kind === 'author') {
    writeActor(out.u8(3), item.author);
    return;
  }
  if (item.id.length === 0) throw wrong('item');
  out.u8(item.kind === 'record' ? 1 : 2).bytes16(item.id, MAX_RECORD_ID);
}

function readItem(input: Reader): ScopeItem {
  const kind = input.u8();
  if (kind === 3) {
    const author = readActor(input);
    if (author.kind === 'application') throw wrong('author');
    return { kind: 'author', author };
  }
  if (kind !== 1 && kind !== 2) throw wrong('item');
  const id = input.bytes16(MAX_RECORD_ID);
  if (id.length === 0) throw wrong('item');
  return { kind: kind === 1 ? 'record' : 'encounter', id };
}

/** Times of 0 to 2^53 - 1 as themselves plus one, so that zero says that there is none. */
function writeTime(out: Writer, time: number | undefined): void {
  out.u64(time === undefined ? 0 : time + 1);
}

function readTime(input: Reader): number | undefined {
  const time = input.u64();
  return time === 0 ? undefined : time - 1;
}

function writeSpan(out: Writer, { from, until }: Span): void {
  writeTime(out, from);
  writeTime(out, until);
}

function readSpan(input: Reader): Span {
  const from = readTime(input);
  const until = readTime(input);
  return { ...(from === undefined ? {} : { from }), ...(until === undefined ? {} : { until }) };
}

function categoryBits(categories: readonly Category[]): number {
  return categories.reduce((bits, category) => bits | (1 << CATEGORIES.indexOf(category)), 0);
}

function categoriesOf(bits: number): Category[] {
  if (bits >>> CATEGORIES.length !== 0) throw wrong('categories');
  return CATEGORIES.filter((_, index) => (bits & (1 << index)) !== 0);
}

/** Each element once, in the order of its bytes. */
function writeSet<T>(out: Writer, items: readonly T[], limit: number, write: (out: Writer, item: T) => void): void {
  const parts = items
    .map((item) => {
      const part = new Writer(64);
      write(part, item);
      return part.finish();
    })
    .sort(compareBytes)
    .filter((part, index, all) => index === 0 || compareBytes(part, all[index - 1]) !== 0);
  if (parts.length > limit) throw new CodecError({ code: 'codec.length', field: 'set', length: parts.length, limit });
  out.u8(parts.length);
  for (const part of parts) out.fixed(part, part.length);
}

function readSet<T>(input: Reader, limit: number, read: (input: Reader) => T): T[] {
  const length = input.u8();
  if (length > limit) throw new CodecError({ code: 'codec.length', field: 'set', length, limit });
  const items: T[] = [];
  let last: Uint8Array | undefined;
  for (let i = 0; i < length; i++) {
    const from = input.offset;
    items.push(read(input));
    const bytes = input.since(from);
    if (last !== undefined && compareBytes(last, bytes) >= 0) throw wrong('order');
    last = bytes;
  }
  return items;
}

function named<T extends string>(names: readonly T[], byte: number, field: string): T {
  const name = names[byte - 1];
  if (name === undefined) throw wrong(field);
  return name;
}

function wrong(field: string): CodecError {
  return new CodecError({ code: 'codec.value', field: `consent.${field}` });
}

function tooLong(length: number): CodecError {
  return new CodecError({ code: 'codec.length', field: 'consent', length, limit: MAX_TERMS_BYTES });
}
