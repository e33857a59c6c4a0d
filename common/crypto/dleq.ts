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
const IDENTITY: Point = sumOfProducts([], []);

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
export function proveDleq(secret: Scalar, statement: DleqStatement, nonce?: Scalar): Uint8Array {
  const batch = new DleqProver(statement);
  batch.add(statement);
  return batch.prove(secret, nonce);
}

/** VerifyProof. */
export function verifyDleq(statement: DleqStatement, proof: Uint8Array): boolean {
  const batch = new DleqVerifier(statement);
  batch.add(statement);
  return batch.verify(proof);
}

type Pairs = Pick<DleqStatement, 'inputs' | 'outputs'>;
type Subject = Pick<DleqStatement, 'publicKey' | 'context'>;

/** One proof over pairs that come in parts, in their order: hundreds at once would hold up an event loop. */
export class DleqProver {
  private readonly weights: Weights;
  private composite: Point = IDENTITY;

  constructor(subject: Subject) {
    this.weights = new Weights(subject);
  }

  add(pairs: Pairs): void {
    const weights = this.weights.next(pairs);
    this.composite = this.composite.add(sumOfProducts(pointsOf(pairs.inputs), weights));
  }

  prove(secret: Scalar, nonce: Scalar = randomScalar()): Uint8Array {
    const { publicKey, context } = this.weights;
    const composite = elementOf(this.composite);
    const image = elementOf(times(composite.point, secret));
    const challenge = challengeOf(publicKey, composite, image, publicOf(nonce), times(composite.point, nonce), context);
    return concatBytes(encodeScalar(challenge), encodeScalar(subtract(nonce, multiply(challenge, secret))));
  }
}

/** Checks such a proof, with the pairs in parts as well. */
export class DleqVerifier {
  private readonly weights: Weights;
  private composite: Point = IDENTITY;
  private image: Point = IDENTITY;

  constructor(subject: Subject) {
    this.weights = new Weights(subject);
  }

  add(pairs: Pairs): void {
    const weights = this.weights.next(pairs);
    this.composite = this.composite.add(sumOfProducts(pointsOf(pairs.inputs), weights));
    this.image = this.image.add(sumOfProducts(pointsOf(pairs.outputs), weights));
  }

  verify(proof: Uint8Array): boolean {
    checkLength(proof, DLEQ_PROOF_BYTES, 'proof');
    const { publicKey, context } = this.weights;
    try {
      const challenge = decodeScalar(proof.subarray(0, SCALAR_BYTES));
      const response = decodeScalar(proof.subarray(SCALAR_BYTES));
      const composite = elementOf(this.composite);
      const image = elementOf(this.image);
      const base = sumOfProducts([BASE.point, publicKey.point], [response, challenge]);
      const other = sumOfProducts([composite.point, image.point], [response, challenge]);
      return challenge === challengeOf(publicKey, composite, image, base, other, context);
    } catch (error) {
      if (error instanceof CryptoError) return false;
      throw error;
    }
  }
}

/** ComputeComposites: a weight for each pair, from its place and all that the proof is about. */
class Weights {
  readonly publicKey: Element;
  readonly context: Uint8Array;
  private readonly seed: Uint8Array;
  private count = 0;

  constructor({ publicKey, context = VOPRF_CONTEXT }: Subject) {
    this.publicKey = publicKey;
    this.context = context;
    this.seed = sha512(concatBytes(sized(publicKey.bytes), sized(concatBytes(encoder.encode('Seed-'), context))));
  }

  next({ inputs, outputs }: Pairs): Scalar[] {
    if (inputs.length === 0 || this.count + inputs.length > MAX_DLEQ_PAIRS || inputs.length !== outputs.length) {
      throw new CryptoError({ code: 'crypto.input', field: 'pairs' });
    }
    const label = encoder.encode('Composite');
    return inputs.map(({ bytes }, i) => {
      const index = this.count++;
      const place = Uint8Array.of(index >> 8, index & 0xff);
      const transcript = concatBytes(sized(this.seed), place, sized(bytes), sized(outputs[i].bytes), label);
      return hashToScalar(transcript, scalarTag(this.context));
    });
  }
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
