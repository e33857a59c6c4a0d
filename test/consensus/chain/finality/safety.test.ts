// The finality gadget against the model: safety over random histories, liveness over calm ones.
import { describe, expect, it } from 'vitest';
import { EPOCH_BLOCKS } from '../../../../consensus/limits.ts';
import { FinalityModel } from './model.ts';
import { MUTANTS, runModels } from './model-runs.ts';

/** A part of the 10,000 of `.ci/run` and the 100,000 of the long tests. */
const RUNS = 1_500;

describe('finality', () => {
  it('never has two conflicting final blocks, whatever partitions, liars, restores and changes of members do', () => {
    const summary = runModels(RUNS);
    expect(summary.conflict).toBeUndefined();
    // The runs are about something: most finalise, many through a change of the set.
    expect(summary.finalising).toBeGreaterThan(0.7 * RUNS);
    expect(summary.changing).toBeGreaterThan(0.2 * RUNS);
    expect(summary.finalised).toBeGreaterThan(4 * RUNS);
  });

  for (const [name, rules] of Object.entries(MUTANTS)) {
    it(`breaks in the same runs with a gadget that ${name}`, () => {
      expect(runModels(RUNS, rules).conflict).toBeDefined();
    });
  }

  it('advances with every epoch while all honest voters are connected', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const model = new FinalityModel({ seed });
      for (let epochs = 4; epochs < 12; epochs++) {
        model.calm(EPOCH_BLOCKS);
        expect(model.finalisedEverywhere).toBeGreaterThanOrEqual(Math.floor(model.height / EPOCH_BLOCKS) - 2);
      }
    }
  });

  it('waits while half of the voters are offline, and resumes within two epochs of their return', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const model = new FinalityModel({ seed });
      model.calm(4 * EPOCH_BLOCKS);
      const before = model.finalisedEverywhere;
      expect(before).toBeGreaterThan(0);
      model.offline(3);
      const left = model.height;
      model.calm(10 * EPOCH_BLOCKS);
      expect(model.height).toBe(left + 10 * EPOCH_BLOCKS);
      // A vote of the last moments may still be on its way into a block.
      const waiting = model.finalisedEverywhere;
      expect(waiting).toBeLessThanOrEqual(before + 1);
      model.heal();
      const returned = model.height;
      model.settle();
      model.calm(2 * EPOCH_BLOCKS);
      expect(model.height).toBe(returned + 2 * EPOCH_BLOCKS);
      expect(model.finalisedEverywhere).toBeGreaterThan(waiting);
    }
  });
});
