// A value that fits a JSON schema, always the same one, for examples of answers: made of the schema, so that an example
// cannot fall behind it. Words and figures by the name of a field, where a reader should recognise it.
import { sha256 } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import type { JsonSchema } from '../rest/operations.ts';

const encoder = new TextEncoder();
const TIME = 1_790_000_000_000;

/** By the name of the field that holds it. */
const STRINGS: Readonly<Record<string, string>> = {
  name: 'Northside Clinic',
  clinicName: 'Northside Clinic',
  signerName: 'Northside Clinic',
  organisationName: 'Aspen Health',
  displayName: 'Dr Maria Lopez',
  familyName: 'Lopez',
  givenName: 'Maria',
  network: 'wardmesh-trial',
  version: '0.1.0',
  kernel: 'wasm',
  address: '203.0.113.7',
  language: 'en',
  device: 'Firefox on Linux',
  pid: 'pid1qpzry9x8gf2tvdw0s3jn54khce6mua7l7k3hz2',
  peerId: '12D3KooWGRUVh8hDqBXq1Vb9T9kVnGJ5yD9cXy3yQ2mZ1cD8Zr4v',
  proof: '574d523101',
  reason: 'asked for by its operator',
  country: 'US',
  idType: 'ssn',
};

const NUMBERS: Readonly<Record<string, number>> = {
  height: 1234,
  timestamp: TIME,
  issued: TIME,
  now: TIME,
  made: TIME,
  began: TIME,
  since: TIME,
  clinic: 1,
  signer: 1,
  organisation: 1,
  blockInterval: 30_000,
  size: 1024,
};

/** Times are whole numbers of milliseconds; fields that are named like one hold one. */
const TIME_NAME = /(?:At|Until|until|expires|lastUsed|lastActive)$/;

/** First variant, one entry a list, every field. Undefined only for a schema that takes nothing. */
export function sampleOf(schema: JsonSchema, name = ''): unknown {
  const variants = (schema['anyOf'] ?? schema['oneOf']) as readonly JsonSchema[] | undefined;
  if (variants !== undefined) return sampleOf(variants[0], name);
  if ('const' in schema) return schema['const'];
  if (schema['enum'] !== undefined) return (schema['enum'] as readonly unknown[])[0];
  const type = Array.isArray(schema['type']) ? schema['type'][0] : schema['type'];
  if (type === 'object') return objectSample(schema);
  if (type === 'array') return listSample(schema, name);
  if (type === 'string') return stringSample(schema, name);
  if (type === 'integer' || type === 'number') return numberSample(schema, name);
  if (type === 'boolean') return true;
  return type === 'null' ? null : {};
}

function objectSample(schema: JsonSchema): Record<string, unknown> {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>;
  return Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, sampleOf(field, name)]));
}

function listSample(schema: JsonSchema, name: string): unknown[] {
  const count = Math.max(1, Number(schema['minItems'] ?? 1));
  return Array.from({ length: count }, () => sampleOf((schema['items'] ?? {}) as JsonSchema, name.replace(/s$/, '')));
}

function stringSample(schema: JsonSchema, name: string): string {
  const pattern = String(schema['pattern'] ?? '');
  const least = Number(schema['minLength'] ?? 0);
  const digits = /\[0-9a-f\]\{(\d+)\}\$$/.exec(pattern)?.[1];
  if (digits !== undefined) return hexSample(name, Number(digits));
  if (/^\^\(\?:\[0-9a-f\]\{2\}\)[*+]\$$/.test(pattern)) return STRINGS[name] ?? hexSample(name, Math.max(least, 16));
  if (pattern.startsWith('^(?:0|[1-9]') || pattern.startsWith('^[1-9]')) return '42';
  if (pattern === '^0x[0-9a-fA-F]{40}$') return `0x${hexSample(name, 40)}`;
  if (schema['format'] === 'date') return '1980-04-12';
  if (schema['format'] === 'uri') return 'https://northside.example/register#token';
  if (schema['format'] === 'email') return 'maria.lopez@northside.example';
  return (STRINGS[name] ?? name).padEnd(least, '-');
}

function hexSample(name: string, digits: number): string {
  return toHex(sha256(encoder.encode(`example ${name}`)))
    .repeat(Math.ceil(digits / 64))
    .slice(0, digits);
}

function numberSample(schema: JsonSchema, name: string): number {
  const wanted = NUMBERS[name] ?? (TIME_NAME.test(name) ? TIME : 1);
  const most = Number(schema['maximum'] ?? Number.MAX_SAFE_INTEGER);
  return Math.min(most, Math.max(Number(schema['minimum'] ?? wanted), wanted));
}
