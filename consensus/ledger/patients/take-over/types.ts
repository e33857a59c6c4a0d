// Payloads and objects of take-overs: how a patient, or whoever acts for one, gets authority over what clinics keep
// (PROTOCOL 7.4.8 on).
import type { Reader } from '../../../../common/codec/reader.ts';
import { Writer } from '../../../../common/codec/writer.ts';
import { authorBytes } from '../../authors.ts';
import {
  PATIENTS_TAKE_OVER_ACKNOWLEDGE,
  PATIENTS_TAKE_OVER_OBJECT,
  PATIENTS_TAKE_OVER_OUTVOTE,
  PATIENTS_TAKE_OVER_START,
  PATIENTS_TAKE_OVER_WITNESS,
} from '../../kinds.ts';
import { governanceMessage } from '../../members/types.ts';
import { childId, clinicBytes } from '../../objects.ts';
import type { Author, ClinicNumber } from '../../types.ts';

export interface StartPayload {
  readonly handle: Uint8Array;
  /** X25519 key: what belongs to the authority is sealed to it. */
  readonly encryptionKey: Uint8Array;
  /** Salted commitment to who takes over for whom and until when, 32 bytes. */
  readonly commitment: Uint8Array;
}

export interface OutvotePayload {
  readonly takeOver: Uint8Array;
  readonly clinic: ClinicNumber;
  /** By its governance key. */
  readonly signature: Uint8Array;
}

export function encodeStart({ handle, encryptionKey, commitment }: StartPayload): Uint8Array {
  return new Writer(96).fixed(handle, 32).fixed(encryptionKey, 32).fixed(commitment, 32).finish();
}

export function readStart(input: Reader): StartPayload {
  return { handle: input.fixed(32), encryptionKey: input.fixed(32), commitment: input.fixed(32) };
}

/** `witness`, `acknowledge`, `object`, `withdraw`: the take-over. */
export function encodeTakeOver(takeOver: Uint8Array): Uint8Array {
  return new Writer(32).fixed(takeOver, 32).finish();
}

export function readTakeOver(input: Reader): Uint8Array {
  return input.fixed(32);
}

/** `finish` says all in its object: the payload is empty. */
export function readFinish(input: Reader): true {
  input.end();
  return true;
}

export function encodeOutvote({ takeOver, clinic, signature }: OutvotePayload): Uint8Array {
  return new Writer(98).fixed(takeOver, 32).u16(clinic).fixed(signature, 64).finish();
}

export function readOutvote(input: Reader): OutvotePayload {
  return { takeOver: input.fixed(32), clinic: input.u16(), signature: input.fixed(64) };
}

/** One per patient and key: who was stopped begins again with another key. */
export function takeOverObject(handle: Uint8Array, key: Uint8Array): Uint8Array {
  return childId(handle, PATIENTS_TAKE_OVER_START, key);
}

export function witnessObject(takeOver: Uint8Array, clinic: ClinicNumber): Uint8Array {
  return childId(takeOver, PATIENTS_TAKE_OVER_WITNESS, clinicBytes(clinic));
}

export function acknowledgeObject(takeOver: Uint8Array, clinic: ClinicNumber): Uint8Array {
  return childId(takeOver, PATIENTS_TAKE_OVER_ACKNOWLEDGE, clinicBytes(clinic));
}

/** Named by `withdraw` too. */
export function objectionObject(takeOver: Uint8Array, author: Author): Uint8Array {
  return childId(takeOver, PATIENTS_TAKE_OVER_OBJECT, authorBytes(author));
}

export function outvoteObject(takeOver: Uint8Array, clinic: ClinicNumber): Uint8Array {
  return childId(takeOver, PATIENTS_TAKE_OVER_OUTVOTE, clinicBytes(clinic));
}

/** What a governance key signs to outvote the objections to a take-over, 32 bytes. */
export function outvoteMessage(genesisId: Uint8Array, takeOver: Uint8Array): Uint8Array {
  return governanceMessage(genesisId, takeOver, OUTVOTE);
}

/** No change of the members begins with this byte. */
const OUTVOTE = Uint8Array.of(0xff);
