// Frames of requests and answers (docs/PROTOCOL.md). Request: `length u32 | bytes`, then the asker closes its side.
// Answer: frames `status u8 | length u32 | body`; chunks, then exactly one end or error frame. Owns no stream.
import { concatBytes, EMPTY_BYTES } from '../../common/bytes.ts';
import { MAX_REASON_BYTES } from '../limits.ts';
import { FramingViolation } from './errors.ts';

/** Status bytes; those of errors are eth2's where it has one. */
export const STATUS = { chunk: 0, badRequest: 1, serverError: 2, unavailable: 3, end: 4, rateLimited: 139 } as const;

export const REQUEST_HEADER_BYTES = 4;
export const FRAME_HEADER_BYTES = 5;

export type Frame =
  | { readonly kind: 'chunk'; readonly body: Uint8Array }
  | { readonly kind: 'end' }
  | { readonly kind: 'error'; readonly status: 1 | 2 | 3; readonly reason: string }
  | { readonly kind: 'rateLimited'; readonly retryAfterMs: number };

export interface FrameHeader {
  readonly status: number;
  readonly length: number;
}

const REASON = /^[a-z0-9.-]*$/;

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function readU32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at);
}

export function encodeRequest(request: Uint8Array): Uint8Array {
  return concatBytes(u32(request.length), request);
}

/** The length that a request header announces, refused above `limit` before anything is buffered for it. */
export function decodeRequestHeader(header: Uint8Array, limit: number): number {
  const length = readU32(header, 0);
  if (length > limit) throw new FramingViolation('frame-too-large');
  return length;
}

export function encodeFrame(frame: Frame): Uint8Array {
  return concatBytes(...frameParts(frame));
}

/** Header and body of a frame, as two: to join them would be one more copy of a body that is large. */
export function frameParts(frame: Frame): readonly [header: Uint8Array, body: Uint8Array] {
  const [status, body] = contentOf(frame);
  return [concatBytes(Uint8Array.of(status), u32(body.length)), body];
}

function contentOf(frame: Frame): readonly [status: number, body: Uint8Array] {
  switch (frame.kind) {
    case 'chunk':
      return [STATUS.chunk, frame.body];
    case 'end':
      return [STATUS.end, EMPTY_BYTES];
    case 'rateLimited':
      return [STATUS.rateLimited, u32(Math.min(0xffff_ffff, Math.ceil(frame.retryAfterMs)))];
    case 'error':
      return [frame.status, new TextEncoder().encode(reasonText(frame.reason))];
  }
}

/** What is no short code does not leave this node: a message may name things that are nobody else's business. */
function reasonText(reason: string): string {
  return REASON.test(reason) && reason.length <= MAX_REASON_BYTES ? reason : '';
}

/** Checks status and length before the body is awaited. */
export function decodeFrameHeader(header: Uint8Array, maxChunkBytes: number): FrameHeader {
  const status = header[0];
  const length = readU32(header, 1);
  switch (status) {
    case STATUS.chunk:
      if (length > maxChunkBytes) throw new FramingViolation('frame-too-large');
      break;
    case STATUS.end:
      if (length !== 0) throw new FramingViolation('malformed-frame');
      break;
    case STATUS.rateLimited:
      if (length !== 4) throw new FramingViolation('malformed-frame');
      break;
    case STATUS.badRequest:
    case STATUS.serverError:
    case STATUS.unavailable:
      if (length > MAX_REASON_BYTES) throw new FramingViolation('frame-too-large');
      break;
    default:
      throw new FramingViolation('unknown-status');
  }
  return { status, length };
}

/** `body` has the length that the header announced. */
export function decodeFrame(header: FrameHeader, body: Uint8Array): Frame {
  switch (header.status) {
    case STATUS.chunk:
      return { kind: 'chunk', body };
    case STATUS.end:
      return { kind: 'end' };
    case STATUS.rateLimited:
      return { kind: 'rateLimited', retryAfterMs: readU32(body, 0) };
    default: {
      let reason = '';
      for (const byte of body) reason += String.fromCharCode(byte);
      if (!REASON.test(reason)) throw new FramingViolation('malformed-frame');
      return { kind: 'error', status: header.status as 1 | 2 | 3, reason };
    }
  }
}
