// One step of a light chain: a final header with what makes it final, and what its state says about changes of the
// members (PROTOCOL 10.1). Owns bytes and bounds; light-chain.ts judges them.
import { EMPTY_BYTES } from '../../common/bytes.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { MAX_CERTIFICATE_BYTES } from '../chain/finality/certificate.ts';
import { readHeader, writeHeader } from '../chain/header.ts';
import type { Header } from '../chain/types.ts';
import { MAX_PAYLOAD_BYTES } from '../limits.ts';

/** A state row with the proof of its presence, both encoded. */
export interface ProvenRow {
  readonly value: Uint8Array;
  readonly proof: Uint8Array;
}

/** What the state under one root says about approved changes. */
export interface ProvenChanges {
  /** Rows of changes under the header's state root: those that follow the ones known from earlier steps, in order. */
  readonly changes: readonly ProvenRow[];
  /** Encoded proof under the same root that no further change was approved; empty when it is not given. */
  readonly closing: Uint8Array;
}

export interface LightStep extends ProvenChanges {
  /** Of a checkpoint. */
  readonly header: Header;
  /** Encoded, never empty: the header's checkpoint is its source and the next epoch its target, or governance's. */
  readonly certificate: Uint8Array;
}

export const NO_CHANGES: ProvenChanges = { changes: [], closing: EMPTY_BYTES };

/** More than governance approves in an epoch; what is left over goes with the next step. */
export const MAX_STEP_CHANGES = 255;
/** A change comes in a statement's payload; its row has a height before it. */
export const MAX_CHANGE_ROW_BYTES = 8 + MAX_PAYLOAD_BYTES;
/** A proof of the state has at most 256 siblings. */
export const MAX_STATE_PROOF_BYTES = 2 + 32 + 32 * 256 + 1 + 64;
export const MAX_STEP_BYTES = 8 * 1024 * 1024;

/** `header 232 | certificate b16 | count u8 | count x (row b16 | proof b16) | closing b16`. */
export function encodeLightStep(step: LightStep): Uint8Array {
  const out = writeHeader(new Writer(1024), step.header).bytes16(step.certificate, MAX_CERTIFICATE_BYTES);
  return writeProvenChanges(out, step).finish();
}

export function writeProvenChanges(out: Writer, { changes, closing }: ProvenChanges): Writer {
  out.u8(changes.length);
  for (const { value, proof } of changes)
    out.bytes16(value, MAX_CHANGE_ROW_BYTES).bytes16(proof, MAX_STATE_PROOF_BYTES);
  return out.bytes16(closing, MAX_STATE_PROOF_BYTES);
}

/** Throws CodecError. */
export function decodeLightStep(bytes: Uint8Array): LightStep {
  const input = new Reader(bytes);
  const header = readHeader(input);
  const step = { header, certificate: input.bytes16(MAX_CERTIFICATE_BYTES), ...readProvenChanges(input) };
  input.end();
  return step;
}

export function readProvenChanges(input: Reader): ProvenChanges {
  const count = input.u8();
  const changes: ProvenRow[] = [];
  for (let i = 0; i < count; i++) {
    changes.push({ value: input.bytes16(MAX_CHANGE_ROW_BYTES), proof: input.bytes16(MAX_STATE_PROOF_BYTES) });
  }
  return { changes, closing: input.bytes16(MAX_STATE_PROOF_BYTES) };
}
