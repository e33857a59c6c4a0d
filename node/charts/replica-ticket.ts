// What a clinic signs to be given the ciphertext of a row that it keeps (PROTOCOL 13.10): by the clinic of the chart, or by
// whoever else keeps the row and sees that the asker does. Owns bytes, signature and proof; who is served is replicas.ts.
import { signEd25519, verifyEd25519 } from '#crypto';
import { equalBytes } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { TICKET_ACTIONS } from '../../records/ticket.ts';

/** Tells it from tickets of readers, as the first byte. */
export const REPLICA_FORM = TICKET_ACTIONS.length + 1;
export const REPLICA_NONCE_BYTES = 16;
const SIGNATURE_BYTES = 64;

export interface ReplicaTicket {
  readonly asker: ClinicNumber;
  readonly serving: ClinicNumber;
  /** ms. */
  readonly ends: number;
  readonly nonce: Uint8Array;
  /** The row whose ciphertext it is. */
  readonly writer: ClinicNumber;
  readonly chart: Uint8Array;
  readonly record: Uint8Array;
  readonly version: number;
  /** That the asker has the row whole: only who keeps it, or was served it to read, can tell. */
  readonly proof: Uint8Array;
}

export interface SignedReplicaTicket {
  readonly ticket: ReplicaTicket;
  readonly body: Uint8Array;
  readonly signature: Uint8Array;
}

export function encodeReplicaTicket(ticket: ReplicaTicket, genesisId: Uint8Array, nodeSeed: Uint8Array): Uint8Array {
  const { asker, serving, ends, nonce, writer, chart, record, version, proof } = ticket;
  const out = new Writer(224).u8(REPLICA_FORM).u16(asker).u16(serving).u64(ends).fixed(nonce, REPLICA_NONCE_BYTES);
  const body = out.u16(writer).fixed(chart, 32).fixed(record, 32).u32(version).fixed(proof, 32).finish();
  const signature = signEd25519(nodeSeed, signedBytes(genesisId, body));
  return new Writer(body.length + SIGNATURE_BYTES).fixed(body, body.length).fixed(signature, SIGNATURE_BYTES).finish();
}

/** Throws CodecError. The signature is not checked. */
export function decodeReplicaTicket(bytes: Uint8Array): SignedReplicaTicket {
  const input = new Reader(bytes);
  if (input.u8() !== REPLICA_FORM) throw new CodecError({ code: 'codec.value', field: 'replica.form' });
  const [asker, serving, ends] = [input.u16(), input.u16(), input.u64()];
  const nonce = input.fixed(REPLICA_NONCE_BYTES);
  const [writer, chart, record] = [input.u16(), input.fixed(32), input.fixed(32)];
  const [version, proof] = [input.u32(), input.fixed(32)];
  const signature = input.fixed(SIGNATURE_BYTES);
  input.end();
  const ticket = { asker, serving, ends, nonce, writer, chart, record, version, proof };
  return { ticket, body: bytes.subarray(0, bytes.length - SIGNATURE_BYTES), signature };
}

export function verifyReplicaTicket(
  { body, signature }: SignedReplicaTicket,
  genesisId: Uint8Array,
  nodeKey: Uint8Array,
): Promise<boolean> {
  return verifyEd25519(nodeKey, signedBytes(genesisId, body), signature);
}

/** `wrap`: of the row, which lists leave out. */
export function possessionOf(wrap: Uint8Array, nonce: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/replica-proof/1', wrap, nonce);
}

export function provesPossession({ proof, nonce }: ReplicaTicket, wrap: Uint8Array | undefined): boolean {
  return wrap !== undefined && equalBytes(possessionOf(wrap, nonce), proof);
}

function signedBytes(genesisId: Uint8Array, body: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/replica/1', genesisId, body);
}
