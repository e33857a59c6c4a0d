// Layout of links and votes, and what a vote key signs (PROTOCOL 5.13.2). Owns bytes only.
import { CodecError } from '../../../common/codec/errors.ts';
import { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';
import { taggedHash } from '../../../common/crypto/tagged-hash.ts';
import { HASH_BYTES, SIGNATURE_BYTES } from '../../limits.ts';
import type { Checkpoint, ClinicSignature, Link, Vote } from './types.ts';

export const LINK_BYTES = 4 + 2 * (8 + HASH_BYTES);
export const CLINIC_SIGNATURE_BYTES = 2 + SIGNATURE_BYTES;
export const VOTE_BYTES = LINK_BYTES + CLINIC_SIGNATURE_BYTES;

export function writeCheckpoint(out: Writer, checkpoint: Checkpoint): Writer {
  return out.u64(checkpoint.epoch).fixed(checkpoint.id, HASH_BYTES);
}

export function readCheckpoint(input: Reader): Checkpoint {
  return { epoch: input.u64(), id: input.fixed(HASH_BYTES) };
}

/** `set u32 | source: epoch u64, id 32 | target: epoch u64, id 32`. */
export function writeLink(out: Writer, link: Link): Writer {
  out.u32(link.set);
  writeCheckpoint(out, link.source);
  return writeCheckpoint(out, link.target);
}

/** Throws CodecError when the target's epoch is not above the source's. */
export function readLink(input: Reader): Link {
  const link = { set: input.u32(), source: readCheckpoint(input), target: readCheckpoint(input) };
  if (link.target.epoch <= link.source.epoch) throw new CodecError({ code: 'codec.value', field: 'link' });
  return link;
}

export function encodeLink(link: Link): Uint8Array {
  return writeLink(new Writer(LINK_BYTES), link).finish();
}

/** What the vote key signs, 32 bytes. */
export function voteMessage(genesisId: Uint8Array, link: Link): Uint8Array {
  return taggedHash('wardmesh/vote/1', genesisId, encodeLink(link));
}

/** `clinic u16 | signature 64`. */
export function writeClinicSignature(out: Writer, { clinic, signature }: ClinicSignature): Writer {
  return out.u16(clinic).fixed(signature, SIGNATURE_BYTES);
}

export function readClinicSignature(input: Reader): ClinicSignature {
  return { clinic: input.u16(), signature: input.fixed(SIGNATURE_BYTES) };
}

/** `link | clinic u16 | signature 64`. */
export function encodeVote(vote: Vote): Uint8Array {
  return writeClinicSignature(writeLink(new Writer(VOTE_BYTES), vote.link), vote).finish();
}

export function readVote(input: Reader): Vote {
  const link = readLink(input);
  return { link, ...readClinicSignature(input) };
}

export function decodeVote(bytes: Uint8Array): Vote {
  const input = new Reader(bytes);
  const vote = readVote(input);
  input.end();
  return vote;
}
