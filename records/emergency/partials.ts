// Partial decryptions of escrows: what one clinic's share makes of their points, with one proof for all of them, and how a
// threshold of those opens them. Who may ask for one is node/emergency/.

import { DLEQ_PROOF_BYTES, type DleqStatement, proveDleq, verifyDleq } from '../../common/crypto/dleq.ts';
import { CryptoError } from '../../common/crypto/errors.ts';
import {
  decodeElement,
  decodeScalar,
  type Element,
  elementOf,
  interpolateElements,
  times,
} from '../../common/crypto/group.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { type Escrow, openEscrow } from './escrow.ts';

/** Escrows under one proof. */
export const MAX_PARTIALS = 256;
export { DLEQ_PROOF_BYTES as PARTIAL_PROOF_BYTES };

/** In the order of the escrows. */
export interface Partials {
  readonly values: readonly Uint8Array[];
  readonly proof: Uint8Array;
}

/** What a proof of partials is for: it serves no other emergency and no other network. */
export interface PartialContext {
  readonly genesisId: Uint8Array;
  /** Of the emergency. */
  readonly object: Uint8Array;
}

/** `points` from `soundPoint`: nothing is computed on a point whose proof was not checked. */
export function partialsOf(
  points: readonly Element[],
  share: Uint8Array,
  verificationShare: Uint8Array,
  context: PartialContext,
): Partials {
  const secret = decodeScalar(share, 'share');
  const outputs = points.map(({ point }) => elementOf(times(point, secret)));
  const statement = statementOf(points, outputs, decodeElement(verificationShare, 'share'), context);
  return { values: outputs.map(({ bytes }) => bytes), proof: proveDleq(secret, statement) };
}

export function verifyPartials(
  points: readonly Element[],
  partials: Partials,
  verificationShare: Uint8Array,
  context: PartialContext,
): boolean {
  if (partials.values.length !== points.length) return false;
  try {
    const outputs = partials.values.map((value) => decodeElement(value, 'partial'));
    return verifyDleq(statementOf(points, outputs, decodeElement(verificationShare), context), partials.proof);
  } catch (error) {
    if (error instanceof CryptoError) return false;
    throw error;
  }
}

export interface HolderPartials {
  readonly index: number;
  readonly partials: Pick<Partials, 'values'>;
}

/** Category keys in the order of the escrows; the holders' proofs were checked. Throws CryptoError `crypto.open`. */
export function combinePartials(
  escrows: readonly Escrow[],
  holders: readonly HolderPartials[],
  genesisId: Uint8Array,
): Uint8Array[] {
  return escrows.map((escrow, n) => {
    const parts = holders.map(({ index, partials }) => ({ index, point: decodeElement(partials.values[n]).point }));
    return openEscrow(escrow, interpolateElements(parts), genesisId);
  });
}

function statementOf(
  inputs: readonly Element[],
  outputs: readonly Element[],
  publicKey: Element,
  { genesisId, object }: PartialContext,
): DleqStatement {
  return { publicKey, inputs, outputs, context: taggedHash('wardmesh/escrow-partials/1', genesisId, object) };
}
