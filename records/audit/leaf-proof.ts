// That one access event stands under an anchor on the chain (PROTOCOL 12.4): made by the clinic that logged it, checked by
// whoever knows the chain. Owns the bytes and the check.
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { MAX_ANCHORED_EVENTS } from '../../consensus/limits.ts';
import { merkleProof, merkleRoot, verifyMerkleProof } from '../../consensus/merkle.ts';
import { eventLeaf, isSigned, readSigned, type SignedEvent, writeSigned } from './event.ts';

/** Enough for MAX_ANCHORED_EVENTS. */
const MAX_HASHES = 16;
export const MAX_LEAF_PROOF_BYTES = 8 * 1024;

export interface LeafProof {
  /** Which clinic anchored it, and the anchor's first event on the chain. */
  readonly clinic: ClinicNumber;
  readonly first: number;
  readonly count: number;
  /** Of the event among those of the anchor, from 0. */
  readonly index: number;
  readonly event: SignedEvent;
  readonly hashes: readonly Uint8Array[];
}

/** What the chain says of the anchor. */
export interface Anchored {
  readonly count: number;
  readonly root: Uint8Array;
}

/** From leaves (`eventLeaf`). */
export function rootOf(leaves: readonly Uint8Array[]): Uint8Array {
  return merkleRoot(leaves);
}

export function leafProof(
  about: Pick<LeafProof, 'clinic' | 'first' | 'event'>,
  leaves: readonly Uint8Array[],
  index: number,
): LeafProof {
  return { ...about, count: leaves.length, index, hashes: merkleProof(leaves, index) };
}

/** Whether the event is what the clinic signed and stands where the proof says. */
export async function holds(proof: LeafProof, anchor: Anchored, genesisId: Uint8Array): Promise<boolean> {
  const { clinic, event, index, count, hashes } = proof;
  if (count !== anchor.count) return false;
  if (!verifyMerkleProof(anchor.root, eventLeaf(event), index, count, hashes)) return false;
  return isSigned(event, genesisId, clinic);
}

export function encodeLeafProof(proof: LeafProof): Uint8Array {
  const out = new Writer(1024).u16(proof.clinic).u64(proof.first).u32(proof.count).u32(proof.index);
  writeSigned(out, proof.event).u8(proof.hashes.length);
  for (const hash of proof.hashes) out.fixed(hash, 32);
  return out.finish();
}

/** Throws CodecError. */
export function decodeLeafProof(bytes: Uint8Array): LeafProof {
  const input = new Reader(bytes);
  const place = { clinic: input.u16(), first: input.u64(), count: input.u32(), index: input.u32() };
  if (place.count === 0 || place.count > MAX_ANCHORED_EVENTS || place.index >= place.count) {
    throw new CodecError({ code: 'codec.value', field: 'leaf' });
  }
  const event = readSigned(input);
  const length = input.u8();
  if (length > MAX_HASHES) throw new CodecError({ code: 'codec.length', field: 'leaf', length, limit: MAX_HASHES });
  const hashes = Array.from({ length }, () => input.fixed(32));
  input.end();
  return { ...place, event, hashes };
}
