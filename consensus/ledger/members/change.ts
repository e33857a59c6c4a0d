// Changes of the member set and their layout (PROTOCOL 7.1.3). They form one numbered list in chain order; what one does
// to a set is member-set.ts, whether it may is check-change.ts.
import { CodecError } from '../../../common/codec/errors.ts';
import { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';
import type { ClinicNumber, OrganisationNumber } from '../types.ts';
import {
  CLINIC_KEYS,
  type ClinicRecord,
  MAX_MEMBER_ADDRESSES,
  MAX_MEMBER_NAME_BYTES,
  MAX_MEMBER_NETWORKS,
  readClinicRecord,
  readTexts,
  writeClinicRecord,
  writeTexts,
} from './record.ts';

export type Change =
  /** A clinic of an organisation that is a member, or of a new one by its name. */
  | { readonly type: 'admit'; readonly organisation: OrganisationNumber | string; readonly clinic: ClinicRecord }
  /** New values for what is named; a new vote key ends a suspension. */
  | { readonly type: 'update'; readonly clinic: ClinicNumber; readonly fields: Partial<ClinicRecord> }
  | { readonly type: 'remove-clinic'; readonly clinic: ClinicNumber }
  | { readonly type: 'remove-organisation'; readonly organisation: OrganisationNumber }
  /** By the clinic itself. */
  | { readonly type: 'leave'; readonly clinic: ClinicNumber }
  /** By evidence: the vote key does not count until an update brings another. */
  | { readonly type: 'suspend-vote'; readonly clinic: ClinicNumber };

export type ChangeType = Change['type'];

/** By type byte minus 1. */
const TYPES: readonly ChangeType[] = [
  'admit',
  'update',
  'remove-clinic',
  'remove-organisation',
  'leave',
  'suspend-vote',
];
/** By bit of an update's mask, lowest first; the layout has them in this order. */
const FIELDS = ['name', ...CLINIC_KEYS, 'addresses', 'networks'] as const satisfies readonly (keyof ClinicRecord)[];

export function encodeChange(change: Change): Uint8Array {
  return writeChange(new Writer(512), change).finish();
}

/** Throws CodecError unless `bytes` are exactly one change. */
export function decodeChange(bytes: Uint8Array): Change {
  const input = new Reader(bytes);
  const change = readChange(input);
  input.end();
  return change;
}

export function writeChange(out: Writer, change: Change): Writer {
  out.u8(TYPES.indexOf(change.type) + 1);
  switch (change.type) {
    case 'admit':
      // Organisations are numbered from 1: 0 says that a name follows.
      if (typeof change.organisation === 'number') out.u16(positive(change.organisation));
      else out.u16(0).text16(change.organisation, MAX_MEMBER_NAME_BYTES);
      return writeClinicRecord(out, change.clinic);
    case 'update':
      return writeFields(out.u16(change.clinic), change.fields);
    case 'remove-organisation':
      return out.u16(change.organisation);
    default:
      return out.u16(change.clinic);
  }
}

export function readChange(input: Reader): Change {
  const type = TYPES[input.u8() - 1];
  switch (type) {
    case undefined:
      throw new CodecError({ code: 'codec.value', field: 'change.type' });
    case 'admit': {
      const number = input.u16();
      const organisation = number === 0 ? input.text16(MAX_MEMBER_NAME_BYTES) : number;
      return { type, organisation, clinic: readClinicRecord(input) };
    }
    case 'update':
      return { type, clinic: input.u16(), fields: readFields(input) };
    case 'remove-organisation':
      return { type, organisation: input.u16() };
    default:
      return { type, clinic: input.u16() };
  }
}

function writeFields(out: Writer, fields: Partial<ClinicRecord>): Writer {
  out.u8(mask(fields));
  if (fields.name !== undefined) out.text16(fields.name, MAX_MEMBER_NAME_BYTES);
  for (const name of CLINIC_KEYS) {
    const key = fields[name];
    if (key !== undefined) out.fixed(key, 32);
  }
  if (fields.addresses !== undefined) writeTexts(out, fields.addresses, MAX_MEMBER_ADDRESSES);
  if (fields.networks !== undefined) writeTexts(out, fields.networks, MAX_MEMBER_NETWORKS);
  return out;
}

function readFields(input: Reader): Partial<ClinicRecord> {
  const bits = input.u8();
  if (bits === 0) throw new CodecError({ code: 'codec.value', field: 'change.fields' });
  const has = (name: (typeof FIELDS)[number]) => (bits & (1 << FIELDS.indexOf(name))) !== 0;
  const fields: { -readonly [K in keyof ClinicRecord]?: ClinicRecord[K] } = {};
  if (has('name')) fields.name = input.text16(MAX_MEMBER_NAME_BYTES);
  for (const name of CLINIC_KEYS) if (has(name)) fields[name] = input.fixed(32);
  if (has('addresses')) fields.addresses = readTexts(input, MAX_MEMBER_ADDRESSES);
  if (has('networks')) fields.networks = readTexts(input, MAX_MEMBER_NETWORKS);
  return fields;
}

function mask(fields: Partial<ClinicRecord>): number {
  let bits = 0;
  for (const [bit, name] of FIELDS.entries()) if (fields[name] !== undefined) bits |= 1 << bit;
  if (bits === 0) throw new CodecError({ code: 'codec.value', field: 'change.fields' });
  return bits;
}

function positive(organisation: OrganisationNumber): OrganisationNumber {
  if (organisation === 0) throw new CodecError({ code: 'codec.value', field: 'change.organisation' });
  return organisation;
}
