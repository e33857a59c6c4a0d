// Proof that pairs of elements have one and the same exponent as a public key (RFC 9497 2.2): a holder's partial results
// are what its share makes of the inputs. One proof covers a batch. The default context is that of VOPRF(ristretto255,
// SHA-512), so a proof of the whole key is the one of the RFC.
import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes } from '../bytes.ts';
import { CryptoError, checkLength } from './errors.ts';
import {
  BASE,
  decodeScalar,
  type Element,
  elementOf,
  encodeScalar,
  hashToScalar,
  multiply,
  type Point,
  publicOf,
  randomScalar,
  SCALAR_BYTES,
  type Scalar,
  subtract,
  sumOfProducts,
  times,
} from './group.ts';

/** `challenge 32 | response 32`. */
export const DLEQ_PROOF_BYTES = 2 * SCALAR_BYTES;
/** Pairs under one proof: their place is a u16. */
export const MAX_DLEQ_PAIRS = 0xffff;

const encoder = new TextEncoder();

/** `contextString` of RFC 9497 for the verifiable mode. */
export const VOPRF_CONTEXT: Uint8Array = concatBytes(
  encoder.encode('OPRFV1-'),
  Uint8Array.of(1),
  encoder.encode('-ristretto255-SHA512'),
);

export interface DleqStatement {
  readonly publicKey: Element;
  /** As many of the one as of the other, in step: `outputs[i]` is the secret times `inputs[i]`. */
  readonly inputs: readonly Element[];
  readonly outputs: readonly Element[];
  /** Says what the proof is for; that of VOPRF by default. */
  readonly context?: Uint8Array;
}

/** GenerateProof. `nonce` is a fresh random scalar. */
export function proveDleq(secret: Scalar, statement: DleqStatement, nonce: Scalar = randomScalar()): Uint8Array {
  const { publicKey, inputs, context = VOPRF_CONTEXT } = statement;
  const composite = elementOf(sumOfProducts(pointsOf(inputs), weightsOf(statement)));
  const image = elementOf(times(composite.point, secret));
  const challenge = challengeOf(publicKey, composite, image, publicOf(nonce), times(composite.point, nonce), context);
  return concatBytes(encodeScalar(challenge), encodeScalar(subtract(nonce, multiply(challenge, secret))));
}

/** VerifyProof. */
export function verifyDleq(statement: DleqStatement, proof: Uint8Array): boolean {
  const { publicKey, inputs, outputs, context = VOPRF_CONTEXT } = statement;
  checkLength(proof, DLEQ_PROOF_BYTES, 'proof');
  try {
    const challenge = decodeScalar(proof.subarray(0, SCALAR_BYTES));
    const response = decodeScalar(proof.subarray(SCALAR_BYTES));
    const weights = weightsOf(statement);
    const composite = elementOf(sumOfProducts(pointsOf(inputs), weights));
    const image = elementOf(sumOfProducts(pointsOf(outputs), weights));
    const base = sumOfProducts([BASE.point, publicKey.point], [response, challenge]);
    const other = sumOfProducts([composite.point, image.point], [response, challenge]);
    return challenge === challengeOf(publicKey, composite, image, base, other, context);
  } catch (error) {
    if (error instanceof CryptoError) return false;
    throw error;
  }
}

/** ComputeComposites: a weight for each pair, from all that the proof is about. */
function weightsOf({ publicKey, inputs, outputs, context = VOPRF_CONTEXT }: DleqStatement): Scalar[] {
  if (inputs.length === 0 || inputs.length > MAX_DLEQ_PAIRS || inputs.length !== outputs.length) {
    throw new CryptoError({ code: 'crypto.input', field: 'pairs' });
  }
  const seed = sha512(concatBytes(sized(publicKey.bytes), sized(concatBytes(encoder.encode('Seed-'), context))));
  const label = encoder.encode('Composite');
  return inputs.map(({ bytes }, index) => {
    const place = Uint8Array.of(index >> 8, index & 0xff);
    const transcript = concatBytes(sized(seed), place, sized(bytes), sized(outputs[index].bytes), label);
    return hashToScalar(transcript, scalarTag(context));
  });
}

function challengeOf(
  publicKey: Element,
  composite: Element,
  image: Element,
  base: Point,
  other: Point,
  context: Uint8Array,
): Scalar {
  const elements = [publicKey.bytes, composite.bytes, image.bytes, base.toBytes(), other.toBytes()];
  return hashToScalar(concatBytes(...elements.map(sized), encoder.encode('Challenge')), scalarTag(context));
}

function scalarTag(context: Uint8Array): Uint8Array {
  return concatBytes(encoder.encode('HashToScalar-'), context);
}

/** I2OSP(length, 2) before it. */
function sized(bytes: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(bytes.length >> 8, bytes.length & 0xff), bytes);
}

function pointsOf(elements: readonly Element[]): Point[] {
  return elements.map(({ point }) => point);
}
