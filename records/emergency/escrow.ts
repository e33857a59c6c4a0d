// An escrow of a category key: sealed to the members' emergency key (hashed ElGamal), so that a threshold of clinics can open
// it without the clinic that made it. The point carries a proof that its maker knows the exponent, bound to network, chart,
// category, epoch and what is sealed (the form of TDH2): nobody can turn another patient's point into one that holds here.
import { aeadOpen, aeadSeal, hkdfSha256 } from '#crypto';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { AEAD_NONCE_BYTES, AEAD_TAG_BYTES } from '../../common/crypto/bounds.ts';
import { CryptoError, checkLength } from '../../common/crypto/errors.ts';
import {
  decodeElement,
  ELEMENT_BYTES,
  type Element,
  elementOf,
  type Point,
  publicOf,
  type Random,
  randomScalar,
  times,
} from '../../common/crypto/group.ts';
import { proveKnowledge, SCHNORR_PROOF_BYTES, verifyKnowledge } from '../../common/crypto/schnorr.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { type Category, categoryByte, categoryOfByte } from '../category.ts';

const CATEGORY_KEY_BYTES = 32;
const SEALED_BYTES = CATEGORY_KEY_BYTES + AEAD_TAG_BYTES;
export const ESCROW_BYTES = 2 + 32 + 1 + 4 + 32 + ELEMENT_BYTES + SEALED_BYTES + SCHNORR_PROOF_BYTES;

/** The key of an escrow is used once: its nonce may be any. */
const NONCE = new Uint8Array(AEAD_NONCE_BYTES);
const KEK_INFO = new TextEncoder().encode('wardmesh/escrow-key/1');

export interface EscrowName {
  /** Whose chart it is. */
  readonly clinic: ClinicNumber;
  readonly chart: Uint8Array;
  readonly category: Category;
  readonly epoch: number;
}

export interface Escrow extends EscrowName {
  /** The members' emergency key, 32 bytes: resharing keeps it. */
  readonly publicKey: Uint8Array;
  /** r x base. */
  readonly point: Uint8Array;
  readonly sealed: Uint8Array;
  /** That the maker knows r. */
  readonly proof: Uint8Array;
}

export interface EscrowNetwork {
  readonly genesisId: Uint8Array;
  /** Of the emergency key in force. */
  readonly publicKey: Uint8Array;
}

/** Throws CryptoError `crypto.input` for what is no key. */
export function makeEscrow(
  name: EscrowName,
  { genesisId, publicKey }: EscrowNetwork,
  categoryKey: Uint8Array,
  random?: Random,
): Escrow {
  checkLength(categoryKey, CATEGORY_KEY_BYTES, 'categoryKey');
  const members = decodeElement(publicKey, 'publicKey');
  const exponent = randomScalar(random);
  const point = elementOf(publicOf(exponent));
  const named = { ...name, publicKey: members.bytes, point: point.bytes };
  const key = keyFrom(times(members.point, exponent), named, genesisId);
  const unproven = { ...named, sealed: aeadSeal(key, NONCE, categoryKey, nameBytes(named)) };
  return { ...unproven, proof: proveKnowledge(exponent, point, contextOf(unproven, genesisId), random) };
}

/** Its point where the proof holds for this network's key and for this name; undefined otherwise. */
export function soundPoint(escrow: Escrow, genesisId: Uint8Array): Element | undefined {
  try {
    const point = decodeElement(escrow.point, 'point');
    return verifyKnowledge(point, contextOf(escrow, genesisId), escrow.proof) ? point : undefined;
  } catch (error) {
    if (error instanceof CryptoError) return undefined;
    throw error;
  }
}

/** The category key, from the secret times the point. Throws CryptoError `crypto.open`. */
export function openEscrow(escrow: Escrow, shared: Point, genesisId: Uint8Array): Uint8Array {
  return aeadOpen(keyFrom(shared, escrow, genesisId), NONCE, escrow.sealed, nameBytes(escrow));
}

export function encodeEscrow(escrow: Escrow): Uint8Array {
  const name = nameBytes(escrow);
  return new Writer(ESCROW_BYTES)
    .fixed(name, name.length)
    .fixed(escrow.publicKey, ELEMENT_BYTES)
    .fixed(escrow.point, ELEMENT_BYTES)
    .fixed(escrow.sealed, SEALED_BYTES)
    .fixed(escrow.proof, SCHNORR_PROOF_BYTES)
    .finish();
}

/** Throws CodecError. Nothing is checked but its form. */
export function decodeEscrow(bytes: Uint8Array): Escrow {
  const input = new Reader(bytes);
  const escrow = readEscrow(input);
  input.end();
  return escrow;
}

export function readEscrow(input: Reader): Escrow {
  const clinic = input.u16();
  const chart = input.fixed(32);
  const category = categoryOfByte(input.u8());
  if (category === undefined) throw new CodecError({ code: 'codec.value', field: 'escrow.category' });
  const epoch = input.u32();
  const publicKey = input.fixed(ELEMENT_BYTES);
  const point = input.fixed(ELEMENT_BYTES);
  const sealed = input.fixed(SEALED_BYTES);
  return { clinic, chart, category, epoch, publicKey, point, sealed, proof: input.fixed(SCHNORR_PROOF_BYTES) };
}

function nameBytes({ clinic, chart, category, epoch }: EscrowName): Uint8Array {
  return new Writer(39).u16(clinic).fixed(chart, 32).u8(categoryByte(category)).u32(epoch).finish();
}

/** What the proof of knowledge is bound to. */
function contextOf(escrow: Omit<Escrow, 'proof'>, genesisId: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/escrow/1', genesisId, nameBytes(escrow), escrow.publicKey, escrow.sealed);
}

function keyFrom(shared: Point, escrow: Omit<Escrow, 'proof' | 'sealed'>, genesisId: Uint8Array): Uint8Array {
  const salt = taggedHash('wardmesh/escrow-salt/1', genesisId, nameBytes(escrow), escrow.publicKey, escrow.point);
  return hkdfSha256(shared.toBytes(), salt, KEK_INFO, 32);
}
