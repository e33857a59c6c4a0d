import { describe, expect, it } from 'vitest';
import { countTests, type Report } from '../../scripts/test-counts.ts';

const whole: Report = {
  success: true,
  numPassedTests: 7,
  numFailedTests: 0,
  testResults: [{ status: 'passed', assertionResults: [{}] }],
};

describe('counts for the last line of .ci/run', () => {
  it('takes them from the report', () => {
    expect(countTests(whole, 0)).toEqual({ passed: 7, failed: 0 });
    expect(countTests({ ...whole, success: false, numFailedTests: 2 }, 1)).toEqual({ passed: 7, failed: 2 });
  });

  it('counts a file that did not load', () => {
    const testResults = [...whole.testResults, { status: 'failed', assertionResults: [] }];
    expect(countTests({ ...whole, success: false, testResults }, 1)).toEqual({ passed: 7, failed: 1 });
  });

  it.each([
    ['an error outside of tests', { ...whole, success: false }, 1],
    ['a run that was ended', whole, 124],
    ['a run without a test', { ...whole, numPassedTests: 0, testResults: [] }, 0],
  ])('counts %s as a failure', (_, report, exitCode) => {
    expect(countTests(report, exitCode)).toMatchObject({ failed: 1 });
  });

  it('counts a missing report as a failure', () => {
    expect(countTests(undefined, 0)).toEqual({ passed: 0, failed: 1 });
  });
});
