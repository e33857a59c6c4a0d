import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { GUARDS } from '../../scripts/guards/guards.ts';
import { loadFolder } from '../../scripts/guards/project.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FIXTURES = fileURLToPath(new URL('fixtures', import.meta.url));

/** Where a fixture says that it is wrong: `path:line` for a line that says "planted", `path` for "planted-file". */
function planted(folder: string): string[] {
  const { files } = loadFolder(folder);
  return files.flatMap((path) =>
    readFileSync(`${folder}/${path}`, 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        line.includes('planted-file') ? [path] : line.includes('planted') ? [`${path}:${index + 1}`] : [],
      ),
  );
}

describe.each(GUARDS)('guard $name', (guard) => {
  const folder = `${FIXTURES}/${guard.name}`;

  it('finds every planted violation and nothing else', () => {
    const found = guard
      .check(loadFolder(folder))
      .map(({ path, line }) => (line === undefined ? path : `${path}:${line}`));
    expect([...new Set(found)].sort()).toEqual(planted(folder).sort());
    expect(found.length).toBeGreaterThan(0);
  });
});

describe('npm run check', () => {
  it('lists every guard that exists, and each has planted violations', () => {
    const files = readdirSync(`${ROOT}/scripts/guards`).filter((name) => name.endsWith('-guard.ts'));
    expect(GUARDS.map(({ name }) => `${name}-guard.ts`).sort()).toEqual(files.sort());
    expect(readdirSync(FIXTURES).sort()).toEqual(GUARDS.map(({ name }) => name).sort());
  });

  it('runs every guard and fails when one of them finds something', () => {
    const { stdout, status } = spawnSync(
      process.execPath,
      [`${ROOT}/scripts/check.ts`, 'guards', `${FIXTURES}/cycles`],
      { encoding: 'utf8' },
    );
    for (const { name, claim } of GUARDS) expect(stdout).toContain(` ${name}: ${claim}`);
    expect(stdout).toContain('FAILED cycles');
    expect(stdout).toContain('ok     sizes');
    expect(status).toBe(1);
  });
});
