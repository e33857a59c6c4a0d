// State rows of organisations and clinics (PROTOCOL 7.1.1): the set in force, and who was a member before.
import { CodecError } from '../../../common/codec/errors.ts';
import { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';
import type { ClinicStatus, Member, Organisation } from '../../member-set.ts';
import { readFlag } from '../object-row.ts';
import { MAX_MEMBER_NAME_BYTES, readClinicRecord, writeClinicRecord } from './record.ts';

/** By status byte minus 1. */
const STATUSES: readonly ClinicStatus[] = ['active', 'removed', 'left'];

/** The id of the row is the organisation's number. */
export function encodeOrganisationRow(organisation: Organisation): Uint8Array {
  return new Writer(64).text16(organisation.name, MAX_MEMBER_NAME_BYTES).finish();
}

export function decodeOrganisationRow(number: number, bytes: Uint8Array): Organisation {
  const input = new Reader(bytes);
  const name = input.text16(MAX_MEMBER_NAME_BYTES);
  input.end();
  return { number, name };
}

/** The id of the row is the clinic's number. */
export function encodeClinicRow(member: Member): Uint8Array {
  const out = new Writer(512).u16(member.organisation).u8(STATUSES.indexOf(member.status) + 1);
  return writeClinicRecord(out.u8(member.voteSuspended ? 1 : 0), member).finish();
}

export function decodeClinicRow(number: number, bytes: Uint8Array): Member {
  const input = new Reader(bytes);
  const organisation = input.u16();
  const status = STATUSES[input.u8() - 1];
  if (status === undefined) throw new CodecError({ code: 'codec.value', field: 'clinic.status' });
  const member = { number, organisation, status, voteSuspended: readFlag(input), ...readClinicRecord(input) };
  input.end();
  return member;
}
