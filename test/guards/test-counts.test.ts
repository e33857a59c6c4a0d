import { describe, expect, it } from 'vitest';
import { countTests, filesToRunAgain, type Report } from '../../scripts/test-counts.ts';

const file = (name: string, ...statuses: string[]) => ({
  name,
  status: statuses.length === 0 || statuses.includes('failed') ? 'failed' : 'passed',
  assertionResults: statuses.map((status, index) => ({ status, fullName: `${name} ${index}` })),
});
const report = (...testResults: ReturnType<typeof file>[]): Report => ({
  success: testResults.every(({ status }) => status === 'passed'),
  testResults,
});
const whole = report(file('a', 'passed', 'passed'), file('b', 'passed', 'skipped'));
const fallen = report(file('a', 'passed', 'failed'), file('b', 'passed', 'failed', 'passed'));

describe('counts for the last line of .ci/run', () => {
  it('takes them from the report', () => {
    expect(countTests({ report: whole, exitCode: 0 })).toEqual({ passed: 3, failed: 0, unsteady: [] });
    expect(countTests({ report: fallen, exitCode: 1 })).toEqual({ passed: 3, failed: 2, unsteady: [] });
  });

  it('counts a file that did not load', () => {
    const run = { report: report(file('a', 'passed'), file('b')), exitCode: 1 };
    expect(countTests(run)).toMatchObject({ passed: 1, failed: 1 });
  });

  it.each([
    ['an error outside of tests', { ...whole, success: false }, 1],
    ['a run that was ended', whole, 124],
    ['a run without a test', report(), 0],
  ])('counts %s as a failure', (_, ended, exitCode) => {
    expect(countTests({ report: ended, exitCode })).toMatchObject({ failed: 1 });
  });

  it('counts a missing report as a failure', () => {
    expect(countTests({ report: undefined, exitCode: 0 })).toEqual({ passed: 0, failed: 1, unsteady: [] });
  });

  it('lets a second run of the files that failed decide, and names what it changed', () => {
    const first = { report: fallen, exitCode: 1 };
    const second = report(file('a', 'passed', 'passed'), file('b', 'passed', 'failed', 'passed'));
    expect(countTests(first, { report: second, exitCode: 1 })).toEqual({ passed: 4, failed: 1, unsteady: ['a 1'] });
    const steady = report(file('a', 'passed', 'passed'), file('b', 'passed', 'passed', 'passed'));
    expect(countTests(first, { report: steady, exitCode: 0 })).toMatchObject({ passed: 5, failed: 0 });
  });

  it('holds a second run that broke off against the suite', () => {
    const first = { report: fallen, exitCode: 1 };
    expect(countTests(first, { report: undefined, exitCode: 124 })).toMatchObject({ failed: 2, unsteady: [] });
    const cut = { ...report(file('a', 'passed', 'passed'), file('b', 'passed', 'passed', 'passed')), success: false };
    expect(countTests(first, { report: cut, exitCode: 1 })).toMatchObject({ failed: 1 });
  });

  it('runs a few failed files again, and none where many fell', () => {
    expect(filesToRunAgain(fallen)).toEqual(['a', 'b']);
    expect(filesToRunAgain(whole)).toEqual([]);
    expect(filesToRunAgain(report(...['a', 'b', 'c', 'd'].map((name) => file(name, 'failed'))))).toEqual([]);
    expect(filesToRunAgain(undefined)).toEqual([]);
  });
});
