// Many runs of the model with one set of rules, and the mutants that the same runs must catch.
import { hasQuorum } from '../../../../consensus/chain/finality/quorum.ts';
import { nextLink } from '../../../../consensus/chain/finality/voter-rule.ts';
import { FinalityModel } from './model.ts';
import { REAL, type Rules } from './model-chain.ts';

/** Random events of one run: blocks of up to sixty epochs. */
const STEPS = 250;

export interface Summary {
  readonly runs: number;
  /** The seed of the first run that finalised two conflicting blocks, and what they were. */
  readonly conflict: { readonly seed: number; readonly what: string } | undefined;
  /** Runs in which anything but genesis became final. */
  readonly finalising: number;
  readonly finalised: number;
  /** Runs in which blocks of more than one member set became final. */
  readonly changing: number;
}

/** Stops at the first conflict. */
export function runModels(runs: number, rules: Rules = REAL, firstSeed = 1): Summary {
  let [finalising, finalised, changing] = [0, 0, 0];
  for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
    const model = new FinalityModel({ seed, rules });
    model.run(STEPS);
    if (model.finalised.length > 1) finalising++;
    finalised += model.finalised.length - 1;
    if (model.setsSeen > 1) changing++;
    if (model.conflict !== undefined) {
      return { runs: seed - firstSeed + 1, conflict: { seed, what: model.conflict }, finalising, finalised, changing };
    }
  }
  return { runs, conflict: undefined, finalising, finalised, changing };
}

export const MUTANTS: Readonly<Record<string, Rules>> = {
  'counts no quorum of the set before': {
    ...REAL,
    quorum: (sets, clinics) => hasQuorum({ ...sets, previous: undefined }, clinics),
  },
  'lets a vote surround an earlier one': {
    ...REAL,
    next: (memory, view) => nextLink({ ...memory, source: 0 }, { ...view, highestJustified: 0 }),
  },
  'forgets its vote file and goes on': { ...REAL, recovers: false },
};
