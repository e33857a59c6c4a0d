// What is asked and answered over `/wardmesh/audit/1` (PROTOCOL 12.5): the clinic of a reader asks what was logged about its
// ticket. Owns bytes only.
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import type { ProtocolOptions } from '../../p2p/ports.ts';
import { readSigned, type SignedEvent, writeSigned } from '../../records/audit/event.ts';
import {
  decodeLeafProof,
  encodeLeafProof,
  type LeafProof,
  MAX_LEAF_PROOF_BYTES,
} from '../../records/audit/leaf-proof.ts';

export const AUDIT: ProtocolOptions = {
  protocol: '/wardmesh/audit/1',
  maxRequestBytes: 32,
  maxChunkBytes: MAX_LEAF_PROOF_BYTES,
  maxChunks: 1,
  rate: 10,
  burst: 100,
};

export type AuditAnswer =
  /** No event says anything of this ticket. */
  | { readonly type: 'none' }
  /** Logged and not anchored yet. */
  | { readonly type: 'logged'; readonly event: SignedEvent }
  | { readonly type: 'anchored'; readonly proof: LeafProof };

const TYPES = ['none', 'logged', 'anchored'] as const;

export function encodeAuditAnswer(answer: AuditAnswer): Uint8Array {
  const out = new Writer(1024).u8(TYPES.indexOf(answer.type) + 1);
  if (answer.type === 'logged') writeSigned(out, answer.event);
  if (answer.type === 'anchored') {
    const proof = encodeLeafProof(answer.proof);
    out.fixed(proof, proof.length);
  }
  return out.finish();
}

/** Throws CodecError. */
export function decodeAuditAnswer(bytes: Uint8Array): AuditAnswer {
  const input = new Reader(bytes);
  const type = TYPES[input.u8() - 1];
  if (type === undefined) throw new CodecError({ code: 'codec.value', field: 'audit.type' });
  if (type === 'anchored') return { type, proof: decodeLeafProof(input.fixed(input.left)) };
  const answer = type === 'none' ? ({ type } as const) : ({ type, event: readSigned(input) } as const);
  input.end();
  return answer;
}
