// Payloads of the ceremony family (PROTOCOL 7.13) and the ids of what they create. Points and scalars are bytes here: what
// they must be is apply.ts.

import { concatBytes } from '../../../common/bytes.ts';
import { CodecError } from '../../../common/codec/errors.ts';
import type { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';
import { SCHNORR_PROOF_BYTES } from '../../../common/crypto/schnorr.ts';
import { tagPrefix } from '../../../common/crypto/tagged-hash.ts';
import { childId, clinicBytes, SALT_BYTES } from '../objects.ts';
import { readName } from '../threats/types.ts';
import type { ClinicNumber } from '../types.ts';
import { PURPOSES, type Purpose } from './purpose.ts';

export const MODES = ['generate', 'reshare'] as const;
/** A key that nobody had before, or new shares of the one there is. */
export type CeremonyMode = (typeof MODES)[number];

export interface BeginPayload {
  readonly salt: Uint8Array;
  readonly purpose: Purpose;
  readonly mode: CeremonyMode;
  /** The one that the ceremony is to make: one more than the newest. */
  readonly generation: number;
}

/** Which run of which ceremony a statement is about. */
export interface Run {
  readonly purpose: Purpose;
  /** Object of the statement that began it, 32 bytes. */
  readonly ceremony: Uint8Array;
  /** 1, and one more each time that it starts again. */
  readonly attempt: number;
}

export interface CommitPayload extends Run {
  /** That the dealer knows its secret, 64 bytes. */
  readonly proof: Uint8Array;
  /** As many as the threshold, 32 bytes each, that of the secret first. */
  readonly commitments: readonly Uint8Array[];
}

export interface ComplainPayload extends Run {
  readonly dealer: ClinicNumber;
}

export interface AnswerPayload extends Run {
  readonly holder: ClinicNumber;
  /** What the dealer dealt this holder, a scalar of 32 bytes: public from now on. */
  readonly share: Uint8Array;
}

const RUN_BYTES = 34;
const POINT_BYTES = 32;

export function encodeBegin({ salt, purpose, mode, generation }: BeginPayload): Uint8Array {
  const out = writePurpose(new Writer(SALT_BYTES + 6).fixed(salt, SALT_BYTES), purpose);
  return out
    .u8(MODES.indexOf(mode) + 1)
    .u32(generation)
    .finish();
}

export function readBegin(input: Reader): BeginPayload {
  return {
    salt: input.fixed(SALT_BYTES),
    purpose: readPurpose(input),
    mode: readName(input, MODES, 'ceremony.mode'),
    generation: input.u32(),
  };
}

export function encodeCommit(payload: CommitPayload): Uint8Array {
  const { proof, commitments } = payload;
  const length = RUN_BYTES + SCHNORR_PROOF_BYTES + POINT_BYTES * commitments.length;
  const out = writeRun(new Writer(length), payload).fixed(proof, SCHNORR_PROOF_BYTES);
  for (const commitment of commitments) out.fixed(commitment, POINT_BYTES);
  return out.finish();
}

export function readCommit(input: Reader): CommitPayload {
  const run = readRun(input);
  const proof = input.fixed(SCHNORR_PROOF_BYTES);
  if (input.left === 0 || input.left % POINT_BYTES !== 0) {
    throw new CodecError({ code: 'codec.value', field: 'ceremony.commitments' });
  }
  const commitments = Array.from({ length: input.left / POINT_BYTES }, () => input.fixed(POINT_BYTES));
  return { ...run, proof, commitments };
}

export function encodeComplain(payload: ComplainPayload): Uint8Array {
  return writeRun(new Writer(RUN_BYTES + 2), payload)
    .u16(payload.dealer)
    .finish();
}

export function readComplain(input: Reader): ComplainPayload {
  return { ...readRun(input), dealer: input.u16() };
}

export function encodeAnswer(payload: AnswerPayload): Uint8Array {
  return writeRun(new Writer(RUN_BYTES + 34), payload)
    .u16(payload.holder)
    .fixed(payload.share, 32)
    .finish();
}

export function readAnswer(input: Reader): AnswerPayload {
  return { ...readRun(input), holder: input.u16(), share: input.fixed(32) };
}

/** `ceremony.result`: that the author has its share. */
export function encodeResult(run: Run): Uint8Array {
  return writeRun(new Writer(RUN_BYTES), run).finish();
}

export function readResult(input: Reader): Run {
  return readRun(input);
}

/** Id of what a clinic says in one run, about another where there is one. */
export function ceremonyObject(
  kind: number,
  { ceremony, attempt }: Pick<Run, 'ceremony' | 'attempt'>,
  clinic: ClinicNumber,
  other?: ClinicNumber,
): Uint8Array {
  const about = other === undefined ? [] : [clinicBytes(other)];
  return childId(ceremony, kind, concatBytes(Uint8Array.of(attempt), clinicBytes(clinic), ...about));
}

/** What a dealer's proof of knowledge is bound to. */
export function commitContext(genesisId: Uint8Array, { ceremony, attempt }: Run, dealer: ClinicNumber): Uint8Array {
  const who = concatBytes(Uint8Array.of(attempt), clinicBytes(dealer));
  return concatBytes(tagPrefix('wardmesh/ceremony-commit/1'), genesisId, ceremony, who);
}

function writeRun(out: Writer, { purpose, ceremony, attempt }: Run): Writer {
  return writePurpose(out, purpose).fixed(ceremony, 32).u8(attempt);
}

function readRun(input: Reader): Run {
  return { purpose: readPurpose(input), ceremony: input.fixed(32), attempt: input.u8() };
}

function writePurpose(out: Writer, purpose: Purpose): Writer {
  return out.u8(PURPOSES.indexOf(purpose) + 1);
}

function readPurpose(input: Reader): Purpose {
  return readName(input, PURPOSES, 'ceremony.purpose');
}
