// What clinics say to each other about emergencies (`/wardmesh/emergency/1`): here are escrows of a chart of mine, help me
// open this patient's, this is how an emergency stands. Owns bytes only.
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import type { ProtocolOptions } from '../../p2p/ports.ts';
import { type Category, categoryByte, categoryOfByte } from '../../records/category.ts';
import { ESCROW_BYTES, type Escrow, encodeEscrow, readEscrow } from '../../records/emergency/escrow.ts';
import { MAX_PARTIALS, PARTIAL_PROOF_BYTES } from '../../records/emergency/partials.ts';
import {
  encodeEmergency,
  MAX_EMERGENCY_REQUEST_BYTES,
  readEmergency,
  type SignedEmergency,
} from '../../records/emergency/request.ts';

/** Escrows in one message. */
export const MAX_ESCROWS = 256;
export const HANDLE_BYTES = 32;
const VALUE_BYTES = 32;

export const EMERGENCY: ProtocolOptions = {
  protocol: '/wardmesh/emergency/1',
  maxRequestBytes: 3 + MAX_ESCROWS * (HANDLE_BYTES + ESCROW_BYTES),
  maxChunkBytes: 7 + MAX_PARTIALS * (ESCROW_BYTES + VALUE_BYTES) + PARTIAL_PROOF_BYTES,
  maxChunks: 1,
  rate: 20,
  burst: 200,
};

/** Why a clinic does not help, in the order of their bytes, from 1; new ones go to the end. */
export const EMERGENCY_FAULTS = [
  'clinic',
  'signature',
  'time',
  'factor',
  'role',
  'text',
  'overdue',
  'limit',
  'not-fresh',
  'no-share',
  'nothing',
  'ended',
] as const;
export type EmergencyFault = (typeof EMERGENCY_FAULTS)[number];

/** Bytes of the words of a review. */
export const MAX_REVIEW_TEXT = 2_000;

export const VERDICTS = ['justified', 'unjustified'] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface EmergencyEnd {
  /** ms; 0: only its end ends it. */
  readonly closed: number;
  readonly review: { readonly verdict: Verdict; readonly at: number } | undefined;
}

export interface PatientEscrow {
  readonly handle: Uint8Array;
  readonly escrow: Escrow;
}

export type EmergencyMessage =
  | { readonly type: 'help'; readonly emergency: SignedEmergency }
  | ({ readonly type: 'notice'; readonly emergency: SignedEmergency } & EmergencyEnd)
  | { readonly type: 'escrows'; readonly escrows: readonly PatientEscrow[] }
  /** Epochs before this one open nothing any more. */
  | { readonly type: 'drop'; readonly chart: Uint8Array; readonly category: Category; readonly below: number };

export interface HelpedEscrow {
  readonly escrow: Escrow;
  readonly value: Uint8Array;
}

export type EmergencyAnswer =
  | { readonly type: 'done' }
  | { readonly type: 'refused'; readonly fault: EmergencyFault }
  | {
      readonly type: 'partials';
      readonly generation: number;
      readonly helped: readonly HelpedEscrow[];
      readonly proof: Uint8Array;
    };

/** `1 | emergency`, `2 | emergency | closed u64 | verdict u8 (0: none) | at u64`, `3 | n u16 | n x (handle | escrow)`, `4 | chart | category u8 | below u32`. */
export function encodeEmergencyMessage(message: EmergencyMessage): Uint8Array {
  const out = new Writer(MAX_EMERGENCY_REQUEST_BYTES);
  switch (message.type) {
    case 'help':
      return writeEmergency(out.u8(1), message.emergency).finish();
    case 'notice': {
      writeEmergency(out.u8(2), message.emergency).u64(message.closed);
      const { review } = message;
      return out
        .u8(review === undefined ? 0 : VERDICTS.indexOf(review.verdict) + 1)
        .u64(review?.at ?? 0)
        .finish();
    }
    case 'escrows':
      out.u8(3).u16(message.escrows.length);
      for (const { handle, escrow } of message.escrows) {
        out.fixed(handle, HANDLE_BYTES).fixed(encodeEscrow(escrow), ESCROW_BYTES);
      }
      return out.finish();
    case 'drop':
      return out.u8(4).fixed(message.chart, 32).u8(categoryByte(message.category)).u32(message.below).finish();
  }
}

/** Throws CodecError. */
export function decodeEmergencyMessage(bytes: Uint8Array): EmergencyMessage {
  const input = new Reader(bytes);
  const message = readMessage(input);
  input.end();
  return message;
}

function readMessage(input: Reader): EmergencyMessage {
  switch (input.u8()) {
    case 1:
      return { type: 'help', emergency: readEmergency(input) };
    case 2:
      return { type: 'notice', emergency: readEmergency(input), ...readEnd(input) };
    case 3: {
      const count = readCount(input, MAX_ESCROWS, 'escrows');
      const escrows = Array.from({ length: count }, () => ({
        handle: input.fixed(HANDLE_BYTES),
        escrow: readEscrow(input),
      }));
      return { type: 'escrows', escrows };
    }
    case 4: {
      const chart = input.fixed(32);
      const category = categoryOfByte(input.u8());
      if (category === undefined) throw new CodecError({ code: 'codec.value', field: 'drop.category' });
      return { type: 'drop', chart, category, below: input.u32() };
    }
    default:
      throw new CodecError({ code: 'codec.value', field: 'emergency.message' });
  }
}

export function readEnd(input: Reader): EmergencyEnd {
  const closed = input.u64();
  const byte = input.u8();
  const at = input.u64();
  const verdict = VERDICTS[byte - 1];
  if ((byte !== 0 && verdict === undefined) || (byte === 0 && at !== 0)) {
    throw new CodecError({ code: 'codec.value', field: 'emergency.review' });
  }
  return { closed, review: verdict === undefined ? undefined : { verdict, at } };
}

/** `1`, `2 | fault u8`, `3 | generation u32 | n u16 | n x (escrow | value) | proof`. */
export function encodeEmergencyAnswer(answer: EmergencyAnswer): Uint8Array {
  if (answer.type === 'done') return Uint8Array.of(1);
  if (answer.type === 'refused') return Uint8Array.of(2, EMERGENCY_FAULTS.indexOf(answer.fault) + 1);
  const out = new Writer(1024).u8(3).u32(answer.generation).u16(answer.helped.length);
  for (const { escrow, value } of answer.helped) {
    out.fixed(encodeEscrow(escrow), ESCROW_BYTES).fixed(value, VALUE_BYTES);
  }
  return out.fixed(answer.proof, PARTIAL_PROOF_BYTES).finish();
}

/** Throws CodecError. */
export function decodeEmergencyAnswer(bytes: Uint8Array): EmergencyAnswer {
  const input = new Reader(bytes);
  const answer = readAnswer(input);
  input.end();
  return answer;
}

function readAnswer(input: Reader): EmergencyAnswer {
  switch (input.u8()) {
    case 1:
      return { type: 'done' };
    case 2: {
      const fault = EMERGENCY_FAULTS[input.u8() - 1];
      if (fault === undefined) throw new CodecError({ code: 'codec.value', field: 'emergency.fault' });
      return { type: 'refused', fault };
    }
    case 3: {
      const generation = input.u32();
      const count = readCount(input, MAX_PARTIALS, 'partials');
      const helped = Array.from({ length: count }, () => ({
        escrow: readEscrow(input),
        value: input.fixed(VALUE_BYTES),
      }));
      return { type: 'partials', generation, helped, proof: input.fixed(PARTIAL_PROOF_BYTES) };
    }
    default:
      throw new CodecError({ code: 'codec.value', field: 'emergency.answer' });
  }
}

function writeEmergency(out: Writer, emergency: SignedEmergency): Writer {
  const bytes = encodeEmergency(emergency);
  return out.fixed(bytes, bytes.length);
}

function readCount(input: Reader, limit: number, field: string): number {
  const length = input.u16();
  if (length === 0 || length > limit) throw new CodecError({ code: 'codec.length', field, length, limit });
  return length;
}
