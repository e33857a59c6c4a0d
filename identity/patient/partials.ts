// Threshold evaluation of a batch: what the holder of one share computes and proves, how that is checked against its
// verification share, and how the parts of t holders make the evaluation under the whole key. In slices, because of the
// event loop. Owns no share and asks nobody.
import { DLEQ_PROOF_BYTES, DleqProver, DleqVerifier } from '../../common/crypto/dleq.ts';
import { CryptoError } from '../../common/crypto/errors.ts';
import {
  decodeElement,
  decodeScalar,
  type Element,
  elementOf,
  lagrangeAtZero,
  publicOf,
  type Scalar,
  sumOfProducts,
  times,
} from '../../common/crypto/group.ts';
import { mapInSlices } from '../../common/in-slices.ts';

/** Pairs of a proof that are summed up at a time: about 12 ms. */
const PAIRS = 32;

/** What one holder gives: an element for each blinded one, and one proof for all (RFC 9497, mode VOPRF). */
export interface PartialEvaluation {
  readonly evaluated: readonly Uint8Array[];
  readonly proof: Uint8Array;
}

/** With the index of the holder's share. */
export interface IndexedElements {
  readonly index: number;
  readonly evaluated: readonly Uint8Array[];
}

/** A batch under one share: `add` its elements part by part in their order, then `prove`. */
export class PartialBatch {
  private readonly secret: Scalar;
  private readonly prover: DleqProver;

  /** Throws CryptoError for what is no scalar. */
  constructor(share: Uint8Array) {
    this.secret = decodeScalar(share, 'share');
    this.prover = new DleqProver({ publicKey: elementOf(publicOf(this.secret)) });
  }

  /** Throws CryptoError for what is no element, and for the identity. */
  async add(blinded: readonly Uint8Array[]): Promise<Uint8Array[]> {
    const evaluated: Uint8Array[] = [];
    for (let at = 0; at < blinded.length; at += PAIRS) {
      const inputs = await decodeAll(blinded.slice(at, at + PAIRS), 'blinded');
      const outputs = await mapInSlices(inputs, ({ point }) => elementOf(times(point, this.secret)));
      this.prover.add({ inputs, outputs });
      for (const { bytes } of outputs) evaluated.push(bytes);
    }
    return evaluated;
  }

  prove(): Uint8Array {
    return this.prover.prove(this.secret);
  }
}

/** False for everything that the holder of this verification share did not compute from these elements. */
export async function verifyPartial(
  verificationShare: Uint8Array,
  blinded: readonly Uint8Array[],
  { evaluated, proof }: PartialEvaluation,
): Promise<boolean> {
  if (evaluated.length !== blinded.length || proof.length !== DLEQ_PROOF_BYTES) return false;
  try {
    const publicKey = decodeElement(verificationShare, 'verificationShare');
    const verifier = new DleqVerifier({ publicKey });
    for (let at = 0; at < blinded.length; at += PAIRS) {
      const inputs = await decodeAll(blinded.slice(at, at + PAIRS), 'blinded');
      const outputs = await decodeAll(evaluated.slice(at, at + PAIRS), 'evaluated');
      verifier.add({ inputs, outputs });
    }
    return verifier.verify(proof);
  } catch (error) {
    if (error instanceof CryptoError) return false;
    throw error;
  }
}

/** Of as many holders as the threshold. Checks nothing: unverified parts give an evaluation under no key at all. */
export async function combinePartials(parts: readonly IndexedElements[]): Promise<Uint8Array[]> {
  const weights = lagrangeAtZero(parts.map(({ index }) => index));
  const [first, ...others] = parts;
  // At a threshold of one the share is the key.
  if (others.length === 0) return [...first.evaluated];
  return mapInSlices(first.evaluated, (_, i) => {
    const points = parts.map(({ evaluated }) => decodeElement(evaluated[i], 'evaluated').point);
    return elementOf(sumOfProducts(points, weights)).bytes;
  });
}

function decodeAll(elements: readonly Uint8Array[], field: string): Promise<Element[]> {
  return mapInSlices(elements, (bytes) => decodeElement(bytes, field));
}
