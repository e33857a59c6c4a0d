// Bytes of a signature definition: what is signed, stored on chain and compared between clinics.
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { SIGNATURE_CATEGORIES, SIGNATURE_FIELDS, SIGNATURE_SEVERITIES } from '../../common/threat-names.ts';
import {
  COUNT_BUCKETS,
  type Condition,
  flawOf,
  MAX_CONDITIONS,
  MAX_LITERALS,
  MAX_NAME_CHARS,
  MAX_SIGNATURE_BYTES,
  type SignatureDefinition,
} from './signature.ts';

const FORMAT = 1;
const START = 1;
const END = 2;
const SHAPE = 4;

const buckets: readonly number[] = COUNT_BUCKETS;

/**
 * `format u8 = 1 | name t8 | category u8 | severity u8 | points u8 | detectedAt u64 | sources u8 | requests u8 | conditions u8,
 * each: fields u8 (bit per field) | flags u8 | literals u8, each t8`. Throws CodecError for a definition with a flaw.
 */
export function encodeSignature(definition: SignatureDefinition): Uint8Array {
  check(definition);
  const out = text8(new Writer(MAX_SIGNATURE_BYTES).u8(FORMAT), definition.name)
    .u8(SIGNATURE_CATEGORIES.indexOf(definition.category) + 1)
    .u8(SIGNATURE_SEVERITIES.indexOf(definition.severity) + 1)
    .u8(definition.points)
    .u64(definition.detectedAt)
    .u8(buckets.indexOf(definition.sources))
    .u8(buckets.indexOf(definition.requests))
    .u8(definition.conditions.length);
  for (const { fields, view, start, end, literals } of definition.conditions) {
    out.u8(fields.reduce((mask, field) => mask | (1 << SIGNATURE_FIELDS.indexOf(field)), 0));
    out.u8((start ? START : 0) | (end ? END : 0) | (view === 'shape' ? SHAPE : 0)).u8(literals.length);
    for (const literal of literals) text8(out, literal);
  }
  const { length } = out;
  if (length > MAX_SIGNATURE_BYTES) {
    throw new CodecError({ code: 'codec.length', field: 'signature', length, limit: MAX_SIGNATURE_BYTES });
  }
  return out.finish();
}

/** As `encodeSignature` writes it. Throws CodecError for anything else. */
export function decodeSignature(bytes: Uint8Array): SignatureDefinition {
  const { length } = bytes;
  if (length > MAX_SIGNATURE_BYTES) {
    throw new CodecError({ code: 'codec.length', field: 'signature', length, limit: MAX_SIGNATURE_BYTES });
  }
  const reader = new Reader(bytes);
  if (reader.u8() !== FORMAT) fail('format');
  const definition = {
    name: readText8(reader, MAX_NAME_CHARS, 'name'),
    category: SIGNATURE_CATEGORIES[reader.u8() - 1] ?? fail('category'),
    severity: SIGNATURE_SEVERITIES[reader.u8() - 1] ?? fail('severity'),
    points: reader.u8(),
    detectedAt: reader.u64(),
    sources: buckets[reader.u8()] ?? fail('sources'),
    requests: buckets[reader.u8()] ?? fail('requests'),
    conditions: readConditions(reader),
  };
  reader.end();
  check(definition);
  return definition;
}

function readConditions(reader: Reader): Condition[] {
  const count = reader.u8();
  if (count > MAX_CONDITIONS) fail('conditions');
  return Array.from({ length: count }, () => {
    const mask = reader.u8();
    const flags = reader.u8();
    if (flags > (START | END | SHAPE)) fail('flags');
    const literals = reader.u8();
    if (literals > MAX_LITERALS) fail('literals');
    return {
      fields: SIGNATURE_FIELDS.filter((_, place) => (mask & (1 << place)) !== 0),
      view: (flags & SHAPE) === 0 ? ('text' as const) : ('shape' as const),
      start: (flags & START) !== 0,
      end: (flags & END) !== 0,
      literals: Array.from({ length: literals }, () => readText8(reader, MAX_SIGNATURE_BYTES, 'literal')),
    };
  });
}

function text8(out: Writer, text: string): Writer {
  out.u8(text.length);
  for (let i = 0; i < text.length; i++) out.u8(text.charCodeAt(i));
  return out;
}

/** One byte a character; `check` refuses what is not ASCII. */
function readText8(reader: Reader, limit: number, field: string): string {
  const length = reader.u8();
  if (length > limit) throw new CodecError({ code: 'codec.length', field, length, limit });
  return String.fromCharCode(...reader.fixed(length));
}

function check(definition: SignatureDefinition): void {
  const flaw = flawOf(definition);
  if (flaw !== undefined) fail(`signature.${flaw}`);
}

function fail(field: string): never {
  throw new CodecError({ code: 'codec.value', field });
}
