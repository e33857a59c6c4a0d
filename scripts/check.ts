// `npm run check`: types, lint and format, then every guard. Ends with the number of checks that passed and failed.
// `node scripts/check.ts guards [folder]` runs the guards alone, on this repository or on a folder.
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { show } from './guards/guard.ts';
import { GUARDS } from './guards/guards.ts';
import { loadFolder, loadRepository } from './guards/project.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TOOLS = [
  {
    name: 'types',
    claim: 'tsc finds no error, nor in the declarations of the package',
    command: 'tsc',
    args: ['--noEmit', '--declaration'],
  },
  {
    name: 'lint',
    claim: 'biome has nothing to say about lint and format',
    command: 'biome',
    args: ['ci', '--colors=off', '.'],
  },
];

let passed = 0;
let failed = 0;

function report(name: string, claim: string, problems: readonly string[]): void {
  const holds = problems.length === 0;
  if (holds) passed++;
  else failed++;
  console.log(`${holds ? 'ok    ' : 'FAILED'} ${name}: ${claim}`);
  for (const problem of problems) console.log(`         ${problem}`);
}

const [mode, folder] = process.argv.slice(2);
if (mode !== 'guards') {
  for (const { name, claim, command, args } of TOOLS) {
    const tool = join(ROOT, 'node_modules', '.bin', command);
    const { status, stdout, stderr, error } = spawnSync(tool, args, {
      cwd: ROOT,
      encoding: 'utf8',
      maxBuffer: 64 << 20,
    });
    const output = `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`.trimEnd();
    report(name, claim, status === 0 ? [] : output.split('\n'));
  }
}
const project = folder === undefined ? loadRepository(ROOT) : loadFolder(resolve(folder));
for (const guard of GUARDS) report(guard.name, guard.claim, guard.check(project).map(show));

console.log(`check: ${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
