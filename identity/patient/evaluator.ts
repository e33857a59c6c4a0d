// Who evaluates blinded identity numbers under the identifier key of the network: threshold-evaluator.ts.

/** Elements in one call. */
export const MAX_EVALUATIONS = 256;

export interface IdentifierEvaluator {
  /** `single-key`: identifiers are enumerable by the holders of the key, and `status` says so. */
  readonly mode: string;
  /** Public half of the key in force, 32 bytes: another key makes other identifiers. Empty where there is none. */
  readonly key: Uint8Array;
  /** One evaluated element (32 bytes) per blinded one, in order; at most 256. */
  evaluate(blinded: readonly Uint8Array[]): Promise<readonly Uint8Array[]>;
}
