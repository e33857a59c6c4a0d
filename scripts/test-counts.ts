// Counts of one test report for .ci/run: `node scripts/test-counts.ts REPORT EXIT-CODE` prints `PASSED FAILED`.
// A file that did not load, an error outside of tests, a run that broke off and one that tested nothing are failures too.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Report {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

export function countTests(report: Report | undefined, exitCode: number): Counts {
  if (report === undefined) return { passed: 0, failed: 1 };
  const { numPassedTests: passed, numFailedTests, testResults } = report;
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  const failed = numFailedTests + broken.length;
  const unsound = !report.success || exitCode !== 0 || passed === 0;
  return { passed, failed: failed === 0 && unsound ? 1 : failed };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [path, exitCode] = process.argv.slice(2);
  const report = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Report) : undefined;
  const { passed, failed } = countTests(report, Number(exitCode));
  console.log(`${passed} ${failed}`);
}
