// State rows of the ceremony family (PROTOCOL 7.13): the ceremony of each purpose, what was said in its run, and the
// generations that came of them. Owns layouts and reading.
import { CodecError } from '../../../common/codec/errors.ts';
import { Reader } from '../../../common/codec/reader.ts';
import type { Writer } from '../../../common/codec/writer.ts';
import { rowWriter } from '../row-writer.ts';
import { ceremonyCommitKey, ceremonyKey, complaintKey, keyGenerationKey } from '../tables.ts';
import { readName } from '../threats/types.ts';
import type { ClinicNumber, StateReader } from '../types.ts';
import { PURPOSES, type Purpose } from './purpose.ts';
import { type CeremonyMode, MODES } from './types.ts';

export const STEPS = ['commit', 'deal', 'answer', 'made', 'failed'] as const;
export type CeremonyStep = (typeof STEPS)[number];

export const BLAMES = ['wrong-share', 'no-answer', 'many-complaints-against', 'many-complaints-by'] as const;
/** Why a clinic is left out of the runs that follow. */
export type CeremonyBlame = (typeof BLAMES)[number];

export interface CeremonyPart {
  readonly clinic: ClinicNumber;
  /** May deal: every clinic of a new key; of a resharing who holds a share of the generation before. */
  readonly mayDeal: boolean;
  /** Is to hold a share. */
  readonly holds: boolean;
  /** Said what it deals in this run. */
  readonly committed: boolean;
  /** Its shares make the key: fixed when dealing begins. */
  readonly deals: boolean;
  /** Has its share. */
  readonly confirmed: boolean;
  readonly blame: CeremonyBlame | undefined;
  /** Complaints in this run: against it, those of them without an answer, by it, those of them without an answer. */
  readonly against: number;
  readonly unanswered: number;
  readonly complaints: number;
  readonly waiting: number;
}

export interface CeremonyRow {
  readonly ceremony: Uint8Array;
  /** Id of the statement that began it, and who made it. */
  readonly created: Uint8Array;
  readonly clinic: ClinicNumber;
  readonly mode: CeremonyMode;
  /** That it makes. */
  readonly generation: number;
  /** The newest generation that was ever made: one less, unless this one was. */
  readonly made: number;
  /** Shares that make the key. */
  readonly threshold: number;
  /** Dealers without whom there is no key. */
  readonly needed: number;
  readonly attempt: number;
  readonly step: CeremonyStep;
  /** Height of the block that began the step. */
  readonly since: number;
  /** In the order of their numbers. */
  readonly parts: readonly CeremonyPart[];
}

export interface CommitRow {
  readonly created: Uint8Array;
  readonly commitments: readonly Uint8Array[];
}

/** A complaint, with the share once it is answered. */
export interface ComplaintRow {
  readonly created: Uint8Array;
  readonly share: Uint8Array | undefined;
}

export interface GenerationHolder {
  readonly clinic: ClinicNumber;
  /** Public half of its share, which lies at the clinic's number. */
  readonly verificationShare: Uint8Array;
}

export interface GenerationRow {
  readonly publicKey: Uint8Array;
  readonly threshold: number;
  /** How few shares ever made this key. */
  readonly origin: number;
  /** Height of the block that made it. */
  readonly height: number;
  readonly ceremony: Uint8Array;
  readonly attempt: number;
  readonly holders: readonly GenerationHolder[];
}

/** Clinics that hold shares of one generation: the first by their numbers, where there are more. */
export const MAX_CEREMONY_CLINICS = 64;

const FLAGS = ['mayDeal', 'holds', 'committed', 'deals', 'confirmed'] as const;

export function encodeCeremonyRow(row: CeremonyRow): Uint8Array {
  checkCount(row.parts.length);
  const out = rowWriter()
    .fixed(row.ceremony, 32)
    .fixed(row.created, 32)
    .u16(row.clinic)
    .u8(MODES.indexOf(row.mode) + 1)
    .u32(row.generation)
    .u32(row.made)
    .u16(row.threshold)
    .u16(row.needed)
    .u8(row.attempt)
    .u8(STEPS.indexOf(row.step) + 1)
    .u64(row.since)
    .u8(row.parts.length);
  for (const part of row.parts) writePart(out, part);
  return out.finish();
}

export function decodeCeremonyRow(bytes: Uint8Array): CeremonyRow {
  const input = new Reader(bytes);
  const row = {
    ceremony: input.fixed(32),
    created: input.fixed(32),
    clinic: input.u16(),
    mode: readName(input, MODES, 'ceremony.mode'),
    generation: input.u32(),
    made: input.u32(),
    threshold: input.u16(),
    needed: input.u16(),
    attempt: input.u8(),
    step: readName(input, STEPS, 'ceremony.step'),
    since: input.u64(),
    parts: readParts(input),
  };
  input.end();
  return row;
}

function writePart(out: Writer, part: CeremonyPart): void {
  const flags = FLAGS.reduce((bits, flag, at) => bits | (part[flag] ? 1 << at : 0), 0);
  out
    .u16(part.clinic)
    .u8(flags)
    .u8(part.blame === undefined ? 0 : BLAMES.indexOf(part.blame) + 1);
  out.u8(part.against).u8(part.unanswered).u8(part.complaints).u8(part.waiting);
}

function readParts(input: Reader): CeremonyPart[] {
  const count = input.u8();
  checkCount(count);
  return Array.from({ length: count }, () => {
    const clinic = input.u16();
    const flags = input.u8();
    if (flags >> FLAGS.length !== 0) throw new CodecError({ code: 'codec.value', field: 'ceremony.flags' });
    const [mayDeal, holds, committed, deals, confirmed] = FLAGS.map((_, at) => ((flags >> at) & 1) === 1);
    const blamed = input.u8();
    if (blamed > BLAMES.length) throw new CodecError({ code: 'codec.value', field: 'ceremony.blame' });
    const counts = { against: input.u8(), unanswered: input.u8(), complaints: input.u8(), waiting: input.u8() };
    return { clinic, mayDeal, holds, committed, deals, confirmed, blame: BLAMES[blamed - 1], ...counts };
  });
}

export function encodeCommitRow({ created, commitments }: CommitRow): Uint8Array {
  const out = rowWriter().fixed(created, 32);
  for (const commitment of commitments) out.fixed(commitment, 32);
  return out.finish();
}

export function decodeCommitRow(bytes: Uint8Array): CommitRow {
  const input = new Reader(bytes);
  const created = input.fixed(32);
  const commitments: Uint8Array[] = [];
  while (input.left > 0) commitments.push(input.fixed(32));
  return { created, commitments };
}

/** `created 32`, and `share 32` once there is an answer. */
export function encodeComplaintRow({ created, share }: ComplaintRow): Uint8Array {
  const out = rowWriter().fixed(created, 32);
  if (share !== undefined) out.fixed(share, 32);
  return out.finish();
}

export function decodeComplaintRow(bytes: Uint8Array): ComplaintRow {
  const input = new Reader(bytes);
  const created = input.fixed(32);
  const share = input.left > 0 ? input.fixed(32) : undefined;
  input.end();
  return { created, share };
}

export function encodeGenerationRow(row: GenerationRow): Uint8Array {
  checkCount(row.holders.length);
  const out = rowWriter()
    .fixed(row.publicKey, 32)
    .u16(row.threshold)
    .u16(row.origin)
    .u64(row.height)
    .fixed(row.ceremony, 32)
    .u8(row.attempt)
    .u8(row.holders.length);
  for (const { clinic, verificationShare } of row.holders) out.u16(clinic).fixed(verificationShare, 32);
  return out.finish();
}

export function decodeGenerationRow(bytes: Uint8Array): GenerationRow {
  const input = new Reader(bytes);
  const head = {
    publicKey: input.fixed(32),
    threshold: input.u16(),
    origin: input.u16(),
    height: input.u64(),
    ceremony: input.fixed(32),
    attempt: input.u8(),
  };
  const count = input.u8();
  checkCount(count);
  const holders = Array.from({ length: count }, () => ({ clinic: input.u16(), verificationShare: input.fixed(32) }));
  input.end();
  return { ...head, holders };
}

export function findCeremony(state: StateReader, purpose: Purpose): CeremonyRow | undefined {
  const bytes = state.get(ceremonyKey(purposeByte(purpose)));
  return bytes === undefined ? undefined : decodeCeremonyRow(bytes);
}

export function findGeneration(state: StateReader, purpose: Purpose, generation: number): GenerationRow | undefined {
  const bytes = state.get(keyGenerationKey(purposeByte(purpose), generation));
  return bytes === undefined ? undefined : decodeGenerationRow(bytes);
}

export function findCommit(state: StateReader, ceremony: Uint8Array, clinic: ClinicNumber): CommitRow | undefined {
  const bytes = state.get(ceremonyCommitKey(ceremony, clinic));
  return bytes === undefined ? undefined : decodeCommitRow(bytes);
}

export function findComplaint(
  state: StateReader,
  ceremony: Uint8Array,
  holder: ClinicNumber,
  dealer: ClinicNumber,
): ComplaintRow | undefined {
  const bytes = state.get(complaintKey(ceremony, holder, dealer));
  return bytes === undefined ? undefined : decodeComplaintRow(bytes);
}

export function purposeByte(purpose: Purpose): number {
  return PURPOSES.indexOf(purpose) + 1;
}

function checkCount(length: number): void {
  if (length <= MAX_CEREMONY_CLINICS) return;
  throw new CodecError({ code: 'codec.length', field: 'ceremony.clinics', length, limit: MAX_CEREMONY_CLINICS });
}
