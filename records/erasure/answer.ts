// What a clinic answers when it is asked whether it can still open what was erased: how many rows of it are left, signed, so
// that a false answer is evidence. And the certificate of an erasure: who shredded when, and who has not answered.
import { signEd25519, signingKeyPair, verifyEd25519 } from '#crypto';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';

export const CHALLENGE_NONCE_BYTES = 16;
export const ERASURE_ANSWER_BYTES = 2 + 32 + CHALLENGE_NONCE_BYTES + 8 + 4 + 4 + 8 + 64;
/** Holders that a certificate lists: as many as there are members. */
export const MAX_CERTIFICATE_HOLDERS = 1024;
const MAX_APPROVERS = 8;

/** To one question alone: the nonce is the asker's. */
export interface ErasureAnswer {
  readonly clinic: ClinicNumber;
  readonly erasure: Uint8Array;
  readonly nonce: Uint8Array;
  /** When it shredded, ms; 0: it has not. */
  readonly shredded: number;
  /** Rows that it shredded then. */
  readonly removed: number;
  /** Rows that it has now. */
  readonly left: number;
  /** ms. */
  readonly at: number;
}

export interface CertifiedHolder {
  readonly clinic: ClinicNumber;
  /** Undefined: it has not answered. */
  readonly answered: { readonly statement: Uint8Array; readonly removed: number; readonly time: number } | undefined;
}

export interface ErasureCertificate {
  readonly genesisId: Uint8Array;
  readonly erasure: Uint8Array;
  /** Whose records they were. */
  readonly clinic: ClinicNumber;
  readonly subjects: number;
  /** Accounts, in the order in which they approved. */
  readonly approvers: readonly Uint8Array[];
  /** ms, of the block. */
  readonly approved: number;
  readonly holders: readonly CertifiedHolder[];
  /** ms. */
  readonly made: number;
}

export interface Signed<T> {
  readonly value: T;
  /** Node key of the clinic. */
  readonly key: Uint8Array;
  readonly signature: Uint8Array;
}

export function signAnswer(value: ErasureAnswer, genesisId: Uint8Array, seed: Uint8Array): Uint8Array {
  const bytes = answerBytes(value);
  const signature = signEd25519(seed, taggedHash('wardmesh/erasure-answer/1', genesisId, bytes));
  return new Writer(ERASURE_ANSWER_BYTES).fixed(bytes, bytes.length).fixed(signature, 64).finish();
}

/** Undefined for what that key did not sign. Throws CodecError. */
export async function openAnswer(
  signed: Uint8Array,
  genesisId: Uint8Array,
  nodeKey: Uint8Array,
): Promise<ErasureAnswer | undefined> {
  const input = new Reader(signed);
  const answer = {
    clinic: input.u16(),
    erasure: input.fixed(32),
    nonce: input.fixed(CHALLENGE_NONCE_BYTES),
    shredded: input.u64(),
    removed: input.u32(),
    left: input.u32(),
    at: input.u64(),
  };
  const signature = input.fixed(64);
  input.end();
  const message = taggedHash('wardmesh/erasure-answer/1', genesisId, answerBytes(answer));
  return (await verifyEd25519(nodeKey, message, signature)) ? answer : undefined;
}

export function signCertificate(value: ErasureCertificate, seed: Uint8Array): Signed<ErasureCertificate> {
  const { publicKey: key } = signingKeyPair(seed);
  return { value, key, signature: signEd25519(seed, certificateMessage(value)) };
}

export function verifyCertificate({ value, key, signature }: Signed<ErasureCertificate>): Promise<boolean> {
  return verifyEd25519(key, certificateMessage(value), signature);
}

/** Clinics that have not said that they shredded: while there are any, nobody may say that all is gone. */
export function unanswered({ holders }: ErasureCertificate): ClinicNumber[] {
  return holders.filter(({ answered }) => answered === undefined).map(({ clinic }) => clinic);
}

export function encodeCertificate(certificate: ErasureCertificate): Uint8Array {
  const { genesisId, erasure, clinic, subjects, approvers, approved, holders, made } = certificate;
  const out = new Writer(1024).fixed(genesisId, 32).fixed(erasure, 32).u16(clinic).u16(subjects).u8(approvers.length);
  for (const account of approvers) out.fixed(account, 32);
  out.u64(approved).u16(holders.length);
  for (const { clinic: holder, answered } of holders) {
    out.u16(holder).u8(answered === undefined ? 0 : 1);
    if (answered !== undefined) out.fixed(answered.statement, 32).u32(answered.removed).u64(answered.time);
  }
  return out.u64(made).finish();
}

/** Throws CodecError. */
export function decodeCertificate(bytes: Uint8Array): ErasureCertificate {
  const input = new Reader(bytes);
  const about = { genesisId: input.fixed(32), erasure: input.fixed(32), clinic: input.u16(), subjects: input.u16() };
  const approvers = Array.from({ length: bounded(input.u8(), MAX_APPROVERS) }, () => input.fixed(32));
  const approved = input.u64();
  const holders = Array.from({ length: bounded(input.u16(), MAX_CERTIFICATE_HOLDERS) }, (): CertifiedHolder => {
    const clinic = input.u16();
    const flag = input.u8();
    if (flag > 1) throw new CodecError({ code: 'codec.value', field: 'certificate.answered' });
    const answered = flag === 0 ? undefined : { statement: input.fixed(32), removed: input.u32(), time: input.u64() };
    return { clinic, answered };
  });
  const certificate = { ...about, approvers, approved, holders, made: input.u64() };
  input.end();
  return certificate;
}

function bounded(length: number, limit: number): number {
  if (length > limit) throw new CodecError({ code: 'codec.length', field: 'certificate', length, limit });
  return length;
}

function certificateMessage(certificate: ErasureCertificate): Uint8Array {
  return taggedHash('wardmesh/erasure-certificate/1', encodeCertificate(certificate));
}

function answerBytes({ clinic, erasure, nonce, shredded, removed, left, at }: ErasureAnswer): Uint8Array {
  return new Writer(ERASURE_ANSWER_BYTES)
    .u16(clinic)
    .fixed(erasure, 32)
    .fixed(nonce, CHALLENGE_NONCE_BYTES)
    .u64(shredded)
    .u32(removed)
    .u32(left)
    .u64(at)
    .finish();
}
