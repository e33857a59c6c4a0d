// 100,000 random histories of the finality gadget, and how many of as many the mutants take to break.
import { expect, it } from 'vitest';
import { MUTANTS, runModels } from '../consensus/chain/finality/model-runs.ts';
import { writeReport } from '../helpers/report.ts';

const RUNS = 100_000;

it('never has two conflicting final blocks in 100,000 histories', async () => {
  const began = performance.now();
  const summary = runModels(RUNS);
  const seconds = Math.round((performance.now() - began) / 1000);
  const mutants = Object.entries(MUTANTS).map(([name, rules]) => {
    const { conflict, runs } = runModels(RUNS, rules);
    return [`first conflict of a gadget that ${name}`, conflict === undefined ? 'none' : `run ${runs}`] as const;
  });
  await writeReport(
    'finality-model',
    'Finality against its model',
    'Random block trees, partitions, fewer than a third liars, crashes, restores from old vote files, changes of the member set (`test/consensus/chain/finality/model.ts`), with the functions of the node.',
    [
      ['histories', RUNS],
      ['time', `${seconds} s`],
      ['histories that finalised something', summary.finalising],
      ['final checkpoints', summary.finalised],
      ['histories that finalised blocks of more than one member set', summary.changing],
      ['conflicts', summary.conflict === undefined ? 0 : `seed ${summary.conflict.seed}: ${summary.conflict.what}`],
      ...mutants,
    ],
  );
  expect(summary.conflict).toBeUndefined();
  for (const [, result] of mutants) expect(result).not.toBe('none');
});
