// What clinics say to each other about erasures (`/wardmesh/erasure/1`): shred this chart, for the chain has approved it; show
// that you cannot open it any more. Owns bytes only.
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import type { ProtocolOptions } from '../../p2p/ports.ts';
import { CHALLENGE_NONCE_BYTES, ERASURE_ANSWER_BYTES } from '../../records/erasure/answer.ts';

export const ERASURE: ProtocolOptions = {
  protocol: '/wardmesh/erasure/1',
  maxRequestBytes: 1 + 3 * 32,
  maxChunkBytes: 3 + ERASURE_ANSWER_BYTES,
  maxChunks: 1,
  rate: 10,
  burst: 200,
};

export type ErasureMessage =
  /** From the clinic whose chart it is. The handle finds what is filed by patient. */
  | { readonly type: 'shred'; readonly erasure: Uint8Array; readonly chart: Uint8Array; readonly handle: Uint8Array }
  /** From anybody. */
  | { readonly type: 'challenge'; readonly erasure: Uint8Array; readonly nonce: Uint8Array };

export type ErasureReply =
  | { readonly type: 'done' }
  /** The chain here has not approved it finally. */
  | { readonly type: 'wait' }
  /** Bytes of a signed ErasureAnswer. */
  | { readonly type: 'answer'; readonly signed: Uint8Array };

export function encodeErasureMessage(message: ErasureMessage): Uint8Array {
  const out = new Writer(ERASURE.maxRequestBytes).u8(message.type === 'shred' ? 1 : 2).fixed(message.erasure, 32);
  if (message.type === 'shred') return out.fixed(message.chart, 32).fixed(message.handle, 32).finish();
  return out.fixed(message.nonce, CHALLENGE_NONCE_BYTES).finish();
}

/** Throws CodecError. */
export function decodeErasureMessage(bytes: Uint8Array): ErasureMessage {
  const input = new Reader(bytes);
  const type = input.u8();
  if (type !== 1 && type !== 2) throw new CodecError({ code: 'codec.value', field: 'erasure.message' });
  const erasure = input.fixed(32);
  const message =
    type === 1
      ? ({ type: 'shred', erasure, chart: input.fixed(32), handle: input.fixed(32) } as const)
      : ({ type: 'challenge', erasure, nonce: input.fixed(CHALLENGE_NONCE_BYTES) } as const);
  input.end();
  return message;
}

export function encodeErasureReply(reply: ErasureReply): Uint8Array {
  if (reply.type === 'answer') return new Writer(3 + ERASURE_ANSWER_BYTES).u8(3).bytes16(reply.signed).finish();
  return Uint8Array.of(reply.type === 'done' ? 1 : 2);
}

/** Throws CodecError. */
export function decodeErasureReply(bytes: Uint8Array): ErasureReply {
  const input = new Reader(bytes);
  const type = input.u8();
  if (type < 1 || type > 3) throw new CodecError({ code: 'codec.value', field: 'erasure.reply' });
  const signed = type === 3 ? input.bytes16(ERASURE_ANSWER_BYTES) : undefined;
  input.end();
  if (signed !== undefined) return { type: 'answer', signed };
  return { type: type === 1 ? 'done' : 'wait' };
}
