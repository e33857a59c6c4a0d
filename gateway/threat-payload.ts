// What a threat report says in its sealed attachment: the address and short evidence. No path, user, name or exact time.
import { CodecError } from '../common/codec/errors.ts';
import { Reader } from '../common/codec/reader.ts';
import { Writer } from '../common/codec/writer.ts';
import type { Network } from './address.ts';
import { readNetwork, writeNetwork } from './network-codec.ts';

export interface ThreatPayload {
  readonly network: Network;
  /** Score that led to the report, 0-100; 0 for a manual one. */
  readonly score: number;
  /** Requests and failures (of sign-in, of anything refused) that were counted. */
  readonly requests: number;
  readonly failures: number;
  /** A person's words, at most 240 bytes of UTF-8 in NFC; empty for automatic reports. */
  readonly note: string;
}

/** Every payload has this size, so that a ciphertext tells nothing about the address or the note. */
export const PAYLOAD_BYTES = 272;
/** Of UTF-8. */
export const MAX_NOTE_BYTES = 240;

const FORMAT = 1;

/** `format u8 = 1 | network | score u8 | requests u32 | failures u32 | note t16 | zeros`, 272 bytes. */
export function encodeThreatPayload(payload: ThreatPayload): Uint8Array {
  if (payload.score > 100) throw new CodecError({ code: 'codec.range', field: 'score' });
  const out = writeNetwork(new Writer(PAYLOAD_BYTES).u8(FORMAT), payload.network)
    .u8(payload.score)
    .u32(payload.requests)
    .u32(payload.failures)
    .text16(payload.note, MAX_NOTE_BYTES)
    .finish();
  const padded = new Uint8Array(PAYLOAD_BYTES);
  padded.set(out);
  return padded;
}

/** 272 bytes as `encodeThreatPayload` writes them. Throws CodecError for anything else, also for padding that is not zero. */
export function decodeThreatPayload(bytes: Uint8Array): ThreatPayload {
  if (bytes.length !== PAYLOAD_BYTES) {
    throw new CodecError({ code: 'codec.length', field: 'payload', length: bytes.length, limit: PAYLOAD_BYTES });
  }
  const reader = new Reader(bytes);
  if (reader.u8() !== FORMAT) throw new CodecError({ code: 'codec.value', field: 'format' });
  const network = readNetwork(reader);
  const score = reader.u8();
  if (score > 100) throw new CodecError({ code: 'codec.range', field: 'score' });
  const requests = reader.u32();
  const failures = reader.u32();
  const note = reader.text16(MAX_NOTE_BYTES);
  if (reader.fixed(reader.left).some((byte) => byte !== 0))
    throw new CodecError({ code: 'codec.value', field: 'padding' });
  return { network, score, requests, failures, note };
}
