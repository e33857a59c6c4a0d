// How one clinic asks another to evaluate blinded elements with its share of the identifier key: bytes only (PROTOCOL 8.24).
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { DLEQ_PROOF_BYTES } from '../../common/crypto/dleq.ts';
import { OPRF_ELEMENT_BYTES } from '../../common/crypto/oprf.ts';
import { MAX_EVALUATIONS } from '../../identity/patient/evaluator.ts';
import type { EvaluationRequest, EvaluationUse } from '../../identity/patient/threshold-evaluator.ts';
import type { ProtocolOptions } from '../../p2p/ports.ts';

/** Elements in one chunk of an answer: the first comes while the rest is computed. */
export const ELEMENTS_IN_CHUNK = 32;

const HEADER_BYTES = 7;

export const EVALUATE: ProtocolOptions = {
  protocol: '/wardmesh/evaluate/1',
  maxRequestBytes: HEADER_BYTES + MAX_EVALUATIONS * OPRF_ELEMENT_BYTES,
  maxChunkBytes: 1 + ELEMENTS_IN_CHUNK * OPRF_ELEMENT_BYTES,
  maxChunks: MAX_EVALUATIONS / ELEMENTS_IN_CHUNK + 1,
  // Elements: several times what one clinic can register, since each costs it an scrypt.
  rate: 200,
  burst: 8 * MAX_EVALUATIONS,
  cost: (request) => Math.max(1, Math.ceil((request.length - HEADER_BYTES) / OPRF_ELEMENT_BYTES)),
};

/** By byte, from 1. */
export const USES = ['identifier', 'link'] as const satisfies readonly EvaluationUse[];

/** `use u8 | generation u32 | count u16 (1..256) | count x 32`. */
export function encodeEvaluationRequest({ use, generation, blinded }: EvaluationRequest): Uint8Array {
  const out = new Writer(HEADER_BYTES + blinded.length * OPRF_ELEMENT_BYTES);
  out
    .u8(USES.indexOf(use) + 1)
    .u32(generation)
    .u16(blinded.length);
  for (const element of blinded) out.fixed(element, OPRF_ELEMENT_BYTES);
  return out.finish();
}

export function decodeEvaluationRequest(bytes: Uint8Array): EvaluationRequest {
  const reader = new Reader(bytes);
  const use = USES[reader.u8() - 1];
  if (use === undefined) throw new CodecError({ code: 'codec.value', field: 'evaluation.use' });
  const generation = reader.u32();
  const count = reader.u16();
  if (count < 1 || count > MAX_EVALUATIONS) throw new CodecError({ code: 'codec.range', field: 'evaluation.count' });
  const blinded = Array.from({ length: count }, () => reader.fixed(OPRF_ELEMENT_BYTES));
  reader.end();
  return { use, generation, blinded };
}

/** A chunk of the answer. Elements in their order, then the proof; or that no more is computed before a time. */
export type EvaluationChunk =
  | { readonly type: 'elements'; readonly elements: readonly Uint8Array[] }
  | { readonly type: 'proof'; readonly proof: Uint8Array }
  | { readonly type: 'quota'; readonly until: number };

/** `1 | count x 32`, `2 | proof 64`, `3 | until u64`. */
export function encodeEvaluationChunk(chunk: EvaluationChunk): Uint8Array {
  switch (chunk.type) {
    case 'elements': {
      const out = new Writer(1 + chunk.elements.length * OPRF_ELEMENT_BYTES).u8(1);
      for (const element of chunk.elements) out.fixed(element, OPRF_ELEMENT_BYTES);
      return out.finish();
    }
    case 'proof':
      return new Writer(1 + DLEQ_PROOF_BYTES).u8(2).fixed(chunk.proof, DLEQ_PROOF_BYTES).finish();
    case 'quota':
      return new Writer(9).u8(3).u64(chunk.until).finish();
  }
}

export function decodeEvaluationChunk(bytes: Uint8Array): EvaluationChunk {
  const reader = new Reader(bytes);
  const chunk = readChunk(reader, bytes.length - 1);
  reader.end();
  return chunk;
}

function readChunk(reader: Reader, rest: number): EvaluationChunk {
  switch (reader.u8()) {
    case 1: {
      const count = Math.floor(rest / OPRF_ELEMENT_BYTES);
      if (count < 1 || count > ELEMENTS_IN_CHUNK) throw new CodecError({ code: 'codec.range', field: 'elements' });
      return { type: 'elements', elements: Array.from({ length: count }, () => reader.fixed(OPRF_ELEMENT_BYTES)) };
    }
    case 2:
      return { type: 'proof', proof: reader.fixed(DLEQ_PROOF_BYTES) };
    case 3:
      return { type: 'quota', until: reader.u64() };
    default:
      throw new CodecError({ code: 'codec.value', field: 'evaluation.chunk' });
  }
}
