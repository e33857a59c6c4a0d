// What a clinic shows of a patient before any record is opened, and its bytes: on this clinic's disk and between the branches of
// an organisation (PROTOCOL 8.28).
import { CodecError } from '../../common/codec/errors.ts';
import type { Reader } from '../../common/codec/reader.ts';
import type { Writer } from '../../common/codec/writer.ts';
import { looksLikePid, type Pid, parsePid } from '../../identity/patient/pid.ts';

export interface DirectoryEntry {
  readonly pid: Pid;
  /** Empty for what is not known. */
  readonly family: string;
  readonly given: string;
  readonly title: string;
  /** YYYY, YYYY-MM or YYYY-MM-DD. */
  readonly birthDate: string;
  readonly sex: 'female' | 'male' | 'other' | 'unknown' | '';
  /** The document that the patient is counted under: its type and number. */
  readonly type: string;
  readonly number: string;
}

const SEXES = ['', 'female', 'male', 'other', 'unknown'] as const;
/** Bytes of one text of an entry. */
export const MAX_ENTRY_TEXT = 256;
const MAX_PID = 64;
/** Texts, their lengths, the identifier and a byte for the sex. */
export const MAX_ENTRY_BYTES = 2 + MAX_PID + 6 * (2 + MAX_ENTRY_TEXT) + 1;

const encoder = new TextEncoder();

/** Texts as an entry may hold them: well formed, NFC, cut to the bytes that fit. A part of such a text is one itself. */
export function entryText(text: string): string {
  let kept = '';
  let bytes = 0;
  for (const character of text.toWellFormed().normalize('NFC').trim()) {
    bytes += encoder.encode(character).length;
    if (bytes > MAX_ENTRY_TEXT) break;
    kept += character;
  }
  return kept.trimEnd();
}

/** `pid t16 | family t16 | given t16 | title t16 | birth date t16 | type t16 | number t16 | sex u8`. */
export function writeEntry(out: Writer, entry: DirectoryEntry): Writer {
  const { pid, family, given, title, birthDate, sex, type, number } = entry;
  out.text16(pid, MAX_PID);
  for (const text of [family, given, title, birthDate, type, number]) out.text16(text, MAX_ENTRY_TEXT);
  return out.u8(SEXES.indexOf(sex));
}

/** Throws CodecError. */
export function readEntry(input: Reader): DirectoryEntry {
  const text = input.text16(MAX_PID);
  const pid = pidIn(text);
  if (pid !== text) throw new CodecError({ code: 'codec.value', field: 'entry.pid' });
  const [family, given, title, birthDate, type, number] = Array.from({ length: 6 }, () => input.text16(MAX_ENTRY_TEXT));
  if (!/^(\d{4}(-\d\d(-\d\d)?)?)?$/.test(birthDate))
    throw new CodecError({ code: 'codec.value', field: 'entry.birth' });
  const sex = SEXES[input.u8()];
  if (sex === undefined) throw new CodecError({ code: 'codec.value', field: 'entry.sex' });
  return { pid, family, given, title, birthDate, sex, type, number };
}

function pidIn(text: string): Pid | undefined {
  try {
    return looksLikePid(text) ? parsePid(text) : undefined;
  } catch {
    return undefined;
  }
}

export function hasName({ family, given }: Pick<DirectoryEntry, 'family' | 'given'>): boolean {
  return family !== '' || given !== '';
}

/** An entry that says nothing but who. */
export function bareEntry(pid: Pid): DirectoryEntry {
  return { pid, family: '', given: '', title: '', birthDate: '', sex: '', type: '', number: '' };
}
