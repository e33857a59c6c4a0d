// Who evaluates blinded identity numbers. This first form holds the whole key here (t = 1); the threshold form asks t clinics
// and stands behind the same interface.
import { equalBytes } from '../../common/bytes.ts';
import { oprfEvaluate, oprfPublicKey } from '../../common/crypto/oprf.ts';
import { IdentifierError } from './errors.ts';
import { mapInSlices } from './in-slices.ts';

/** Elements in one call. */
export const MAX_EVALUATIONS = 256;

export interface IdentifierEvaluator {
  /** `single-key`: identifiers are enumerable by the holders of the key, and `status` says so. */
  readonly mode: string;
  /** One evaluated element (32 bytes) per blinded one, in order; at most 256. */
  evaluate(blinded: readonly Uint8Array[]): Promise<readonly Uint8Array[]>;
}

/** Refuses a secret that does not belong to the network's identifier key: it would give every patient a second PID. */
export function localEvaluator(secretKey: Uint8Array, publicKey: Uint8Array): IdentifierEvaluator {
  if (!equalBytes(oprfPublicKey(secretKey), publicKey)) throw new IdentifierError({ code: 'identifier.key' });
  return {
    mode: 'single-key',
    async evaluate(blinded) {
      if (blinded.length > MAX_EVALUATIONS) throw new IdentifierError({ code: 'identifier.busy' });
      return mapInSlices(blinded, (element) => oprfEvaluate(secretKey, element));
    },
  };
}

/** Of a clinic that is not admitted. */
export const noEvaluator: IdentifierEvaluator = {
  mode: 'none',
  evaluate: async () => {
    throw new IdentifierError({ code: 'identifier.no-key' });
  },
};
