// Evaluation under a whole key that a test holds, for what stands on an evaluator.
import { oprfEvaluate, oprfPublicKey } from '../../common/crypto/oprf.ts';
import { mapInSlices } from '../../common/in-slices.ts';
import { IdentifierError } from '../../identity/patient/errors.ts';
import { type IdentifierEvaluator, MAX_EVALUATIONS } from '../../identity/patient/evaluator.ts';

export function localEvaluator(secretKey: Uint8Array): IdentifierEvaluator {
  return {
    mode: 'single-key',
    key: oprfPublicKey(secretKey),
    async evaluate(blinded) {
      if (blinded.length > MAX_EVALUATIONS) throw new IdentifierError({ code: 'identifier.busy' });
      return mapInSlices(blinded, (element) => oprfEvaluate(secretKey, element));
    },
  };
}
