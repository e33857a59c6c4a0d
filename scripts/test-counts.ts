// Counts of one suite for .ci/run. `node scripts/test-counts.ts REPORT EXIT-CODE [AGAIN EXIT-CODE]` prints
// `PASSED FAILED`; AGAIN is the report of a second run of the files that failed, and decides over those. On standard
// error it names every test that failed once and then passed. `--failed REPORT` prints the files to run again: those
// that failed, where they are few enough to be no general break.
// A file that did not load, an error outside of tests, a run that broke off and one that tested nothing are failures too.
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

interface FileResult {
  readonly name: string;
  readonly status: string;
  readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
}

export interface Report {
  readonly success: boolean;
  readonly testResults: readonly FileResult[];
}

/** One run of a suite; no report where it broke off before it could write one. */
export interface Run {
  readonly report: Report | undefined;
  readonly exitCode: number;
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  /** Tests that failed first and passed when their file ran again. */
  readonly unsteady: readonly string[];
}

/** With more failed files than these, the change broke something, and no second run is made. */
const MAX_FILES_AGAIN = 3;

export function filesToRunAgain(report: Report | undefined): string[] {
  const failed = (report?.testResults ?? []).filter(({ status }) => status === 'failed').map(({ name }) => name);
  return failed.length > MAX_FILES_AGAIN ? [] : failed;
}

export function countTests(first: Run, again?: Run): Counts {
  if (first.report === undefined) return { passed: 0, failed: 1, unsteady: [] };
  const repeated = new Map(again?.report?.testResults.map((file) => [file.name, file]));
  const files = first.report.testResults.map((file) => repeated.get(file.name) ?? file);
  const tests = files.flatMap(({ assertionResults }) => assertionResults);
  const passed = tests.filter(({ status }) => status === 'passed').length;
  const broken = files.filter(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0);
  const failed = tests.filter(({ status }) => status === 'failed').length + broken.length;
  const last = again ?? first;
  const unsound = last.report?.success !== true || last.exitCode !== 0 || passed === 0;
  const unsteady = first.report.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status, fullName }) => {
        const second = repeated.get(name)?.assertionResults.find((test) => test.fullName === fullName);
        return status === 'failed' && second?.status === 'passed';
      })
      .map(({ fullName }) => fullName),
  );
  return { passed, failed: failed === 0 && unsound ? 1 : failed, unsteady };
}

function read(path: string): Report | undefined {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Report) : undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [path, exitCode, pathAgain, exitCodeAgain] = process.argv.slice(2);
  if (path === '--failed') {
    for (const file of filesToRunAgain(read(exitCode))) console.log(relative(process.cwd(), file));
  } else {
    const again = pathAgain === undefined ? undefined : { report: read(pathAgain), exitCode: Number(exitCodeAgain) };
    const { passed, failed, unsteady } = countTests({ report: read(path), exitCode: Number(exitCode) }, again);
    for (const test of unsteady) console.error(`unsteady, passed when run again: ${test}`);
    console.log(`${passed} ${failed}`);
  }
}
