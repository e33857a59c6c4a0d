// Evaluation under a key that no clinic has: asks as many holders of shares as the threshold at once, checks each answer
// against the holder's verification share, asks others for what was refused or wrong, and puts the parts together.
// With a threshold of 1 the share of this clinic is enough. Owns no transport and no blame.
import { EMPTY_BYTES, equalBytes } from '../../common/bytes.ts';
import { oprfEvaluate, oprfPublicKey } from '../../common/crypto/oprf.ts';
import { mapInSlices } from '../../common/in-slices.ts';
import { IdentifierError } from './errors.ts';
import { type IdentifierEvaluator, MAX_EVALUATIONS } from './evaluator.ts';
import { combinePartials, type IndexedElements, type PartialEvaluation, verifyPartial } from './partials.ts';

export interface ShareOwner {
  readonly clinic: number;
  readonly index: number;
  readonly verificationShare: Uint8Array;
}

/** One generation of the identifier key. */
export interface EvaluationKey {
  readonly generation: number;
  /** Of the whole key; a resharing keeps it. */
  readonly publicKey: Uint8Array;
  readonly threshold: number;
  readonly holders: readonly ShareOwner[];
}

/** What is counted apart: identifiers of documents, and tokens by which duplicates are found. */
export type EvaluationUse = 'identifier' | 'link';

export type EvaluationMode = 'none' | 'single-key' | 'threshold';

export type PartialAnswer =
  | ({ readonly type: 'evaluated' } & PartialEvaluation)
  /** No more for this clinic before `until`, ms since 1970. */
  | { readonly type: 'quota'; readonly until: number }
  | { readonly type: 'unavailable' };

export interface ThresholdEvaluatorOptions {
  readonly clinic: number;
  readonly use: EvaluationUse;
}

export interface ThresholdEvaluatorModules {
  /** That in force first; then others that give the same identifiers, while some may not have seen the switch. */
  keys(): readonly EvaluationKey[];
  /** This clinic's share of a generation. */
  own(generation: number): Uint8Array | undefined;
  /** Never throws: what went wrong is `unavailable`. */
  ask(holder: ShareOwner, request: EvaluationRequest): Promise<PartialAnswer>;
  /** Those who are likely to answer, first. */
  inOrder(holders: readonly ShareOwner[]): readonly ShareOwner[];
  /** An answer that its holder did not compute with its share. */
  onWrong(holder: ShareOwner): void;
}

export interface EvaluationRequest {
  readonly use: EvaluationUse;
  readonly generation: number;
  readonly blinded: readonly Uint8Array[];
}

interface Attempt {
  readonly parts: IndexedElements[];
  /** When each holder that refused for its quota gives again. */
  readonly refusals: number[];
}

export class ThresholdEvaluator implements IdentifierEvaluator {
  private readonly options: ThresholdEvaluatorOptions;
  private readonly modules: ThresholdEvaluatorModules;

  constructor(options: ThresholdEvaluatorOptions, modules: ThresholdEvaluatorModules) {
    this.options = options;
    this.modules = modules;
  }

  /** `single-key` while one share is enough: identifiers are enumerable by each holder. */
  get mode(): EvaluationMode {
    const [key] = this.modules.keys();
    if (key === undefined) return 'none';
    return key.threshold === 1 ? 'single-key' : 'threshold';
  }

  get key(): Uint8Array {
    return this.modules.keys()[0]?.publicKey ?? EMPTY_BYTES;
  }

  /** Throws IdentifierError: `no-key`, `busy`, `quota`, `unreachable`. */
  async evaluate(blinded: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
    if (blinded.length > MAX_EVALUATIONS) throw new IdentifierError({ code: 'identifier.busy' });
    const keys = this.modules.keys();
    if (keys.length === 0) throw new IdentifierError({ code: 'identifier.no-key' });
    let best: { key: EvaluationKey; attempt: Attempt } | undefined;
    for (const key of keys) {
      const attempt = await this.attempt(key, blinded);
      if (attempt.parts.length === key.threshold) return combinePartials(attempt.parts);
      best ??= { key, attempt };
    }
    throw failure(best!.key, best!.attempt);
  }

  /** At most `threshold` parts, each verified. */
  private async attempt(key: EvaluationKey, blinded: readonly Uint8Array[]): Promise<Attempt> {
    const { generation, threshold, holders } = key;
    const attempt: Attempt = { parts: [], refusals: [] };
    const own = holders.find(({ clinic }) => clinic === this.options.clinic);
    const share = this.modules.own(generation);
    // A share that is not the one of the chain would give every patient a second PID.
    if (own !== undefined && share !== undefined && equalBytes(oprfPublicKey(share), own.verificationShare)) {
      const evaluated = await mapInSlices(blinded, (element) => oprfEvaluate(share, element));
      attempt.parts.push({ index: own.index, evaluated });
    }
    const others = [...this.modules.inOrder(holders.filter((holder) => holder !== own))];
    const next = async (): Promise<void> => {
      // Each that fails is followed by another, so that no more are asked than are needed.
      for (let holder = others.shift(); holder !== undefined; holder = others.shift()) {
        if (await this.part(holder, { use: this.options.use, generation, blinded }, attempt)) return;
      }
    };
    await Promise.all(Array.from({ length: threshold - attempt.parts.length }, next));
    return attempt;
  }

  private async part(holder: ShareOwner, request: EvaluationRequest, { parts, refusals }: Attempt): Promise<boolean> {
    const { ask, onWrong } = this.modules;
    const answer = await ask(holder, request);
    if (answer.type === 'quota') refusals.push(answer.until);
    if (answer.type !== 'evaluated') return false;
    if (!(await verifyPartial(holder.verificationShare, request.blinded, answer))) {
      onWrong(holder);
      return false;
    }
    parts.push({ index: holder.index, evaluated: answer.evaluated });
    return true;
  }
}

/** Quota where it alone is missing: then waiting helps, and until when is known. */
function failure({ threshold }: EvaluationKey, { parts, refusals }: Attempt): IdentifierError {
  const missing = threshold - parts.length;
  if (refusals.length < missing) {
    return new IdentifierError({ code: 'identifier.unreachable', reached: parts.length, needed: threshold });
  }
  const [until] = refusals.sort((a, b) => a - b).slice(missing - 1);
  return new IdentifierError({ code: 'identifier.quota', until });
}
