// One access event with all that shows it to an outsider (PROTOCOL 12.4): its leaf proof, and the chain's own proof of the
// statement that anchored it. Owns the bytes and the check of one against the other; the proof of the chain is consensus/proofs.
import { concatBytes, equalBytes } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { tagPrefix } from '../../common/crypto/tagged-hash.ts';
import type { Genesis } from '../../consensus/genesis.ts';
import { readAnchors } from '../../consensus/ledger/audit/types.ts';
import { AUDIT_ANCHOR } from '../../consensus/ledger/kinds.ts';
import { decodePayload } from '../../consensus/ledger/payload.ts';
import { ProofError } from '../../consensus/proofs/errors.ts';
import { MAX_PROOF_BYTES } from '../../consensus/proofs/proof-file.ts';
import { type Verified, verifyProof } from '../../consensus/proofs/verify-proof.ts';
import { type AccessEvent, decodeEvent } from './event.ts';
import { type Anchored, decodeLeafProof, holds, type LeafProof, MAX_LEAF_PROOF_BYTES } from './leaf-proof.ts';

/** A length byte and the name: how the file begins. */
const MAGIC = tagPrefix('wardmesh/access-proof/1');
export const MAX_ACCESS_PROOF_BYTES = MAGIC.length + 4 + MAX_LEAF_PROOF_BYTES + MAX_PROOF_BYTES;

export interface VerifiedAccess {
  readonly leaf: LeafProof;
  readonly event: AccessEvent;
  /** Of the statement. */
  readonly chain: Verified;
}

export function isAccessProof(start: Uint8Array): boolean {
  return start.length >= MAGIC.length && equalBytes(start.subarray(0, MAGIC.length), MAGIC);
}

/** Of `encodeLeafProof`, and a proof file of the statement that anchored it. */
export function encodeAccessProof(leaf: Uint8Array, chain: Uint8Array): Uint8Array {
  return concatBytes(MAGIC, new Writer(4).u32(leaf.length).finish(), leaf, chain);
}

/** Throws ProofError, CodecError where the bytes do not show that the clinic wrote this event down on this network. */
export async function verifyAccessProof(genesis: Genesis, bytes: Uint8Array): Promise<VerifiedAccess> {
  if (!isAccessProof(bytes)) throw new CodecError({ code: 'codec.value', field: 'magic' });
  const input = new Reader(bytes.subarray(MAGIC.length));
  const length = input.u32();
  if (length > MAX_LEAF_PROOF_BYTES) {
    throw new CodecError({ code: 'codec.length', field: 'leaf', length, limit: MAX_LEAF_PROOF_BYTES });
  }
  const leaf = decodeLeafProof(input.fixed(length));
  const chain = await verifyProof(genesis, input.fixed(input.left));
  const anchor = anchorIn(chain, leaf);
  if (anchor === undefined || !(await holds(leaf, anchor, chain.light.genesisId))) {
    throw new ProofError({ code: 'proof.event' });
  }
  return { leaf, event: decodeEvent(leaf.event.bytes), chain };
}

/** What the statement anchored from this number on, where the chain applied it for that clinic. */
function anchorIn({ conclusion }: Verified, { clinic, first }: LeafProof): Anchored | undefined {
  if (conclusion.type !== 'statement') return undefined;
  const { kind, author, payload } = conclusion.transaction.transaction.statements[conclusion.statement];
  if (kind !== AUDIT_ANCHOR || author.type !== 'clinic' || author.clinic !== clinic) return undefined;
  const entries = decodePayload(payload, readAnchors) ?? [];
  const at = entries.findIndex((entry) => entry.first === first);
  return conclusion.outcome.entries[at]?.status === 'applied' ? entries[at] : undefined;
}
