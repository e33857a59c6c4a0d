// The command line by itself, against a small node: exit codes, ids in short, imports that end early.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { exitFor } from '../../cli/exit.ts';
import { run } from '../../cli/main.ts';
import { IdentifierError } from '../../identity/patient/errors.ts';
import { runCommand } from '../helpers/devnet.ts';
import { madeUpPatients } from '../helpers/made-up-patients.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { openDoor, TOKEN } from '../rpc/helpers/door.ts';
import { idOf } from '../rpc/helpers/tiny-node.ts';

const COMMAND = fileURLToPath(new URL('../../bin/wardmesh.js', import.meta.url));

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'wardmesh-command-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

describe('what was mistyped', { timeout: 60_000 }, () => {
  it.each([
    ['chain', 'blocks', '--limit', 'many'],
    ['chain', 'blocks', '--before', '-1'],
    ['wallet', 'transfer', 'two', '5'],
    ['wallet', 'transfer', '2', '0.5'],
    ['mine', 'stats', '--blocks', '1e3'],
    ['patient', 'register', '1', '--wait', 'long'],
    ['chain', 'tx', 'abc'],
    ['init', '--found', 'nowhere.json', '--country', 'ZZ'],
  ])('%s %s %s %s ends with 2 and asks no node', async (...words) => {
    const before = process.exitCode;
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      await run([...words, '--node', 'http://127.0.0.1:1']);
      expect(process.exitCode).toBe(2);
      expect(said).toHaveBeenCalled();
    } finally {
      said.mockRestore();
      process.exitCode = before;
    }
  });

  it('counts as such also when the node found it: numbers and identifiers of patients', () => {
    const rule = { country: 'US', type: 'ssn' };
    expect(exitFor(new IdentifierError({ code: 'identifier.length', ...rule, length: 3 }))).toBe(2);
    expect(exitFor(new IdentifierError({ code: 'identifier.check-digit', ...rule }))).toBe(2);
    expect(exitFor(new IdentifierError({ code: 'identifier.pid' }))).toBe(2);
    expect(exitFor(new IdentifierError({ code: 'identifier.busy' }))).toBe(4);
  });
});

describe('ids in short', { timeout: 60_000 }, () => {
  it('name a transaction while only one begins so', async () => {
    const one = idOf('transaction 3');
    const door = await openDoor({
      handlers: {
        chain_search: async ({ query }) => ({
          matches: [
            ...(one.startsWith(query) ? [{ type: 'transaction' as const, id: one, height: 3 }] : []),
            // Two that begin alike, and a block that begins like the first.
            { type: 'transaction' as const, id: `aaaaaa${'0'.repeat(58)}`, height: 1 },
            { type: 'transaction' as const, id: `aaaaaa${'1'.repeat(58)}`, height: 1 },
            { type: 'block' as const, id: `${one.slice(0, 60)}0000`, height: 2 },
          ].filter(({ id }) => id.startsWith(query)),
        }),
      },
    });
    const tx = (id: string) => runCommand(['--json', 'chain', 'tx', id, '--node', door.url]);
    const found = await Promise.all([tx(one.slice(0, 8)), tx(`${one.slice(0, 6)}…${one.slice(-6)}`), tx(one)]);
    for (const { code, stdout } of found) {
      expect(code).toBe(0);
      expect(JSON.parse(stdout).id).toBe(one);
    }
    const none = await Promise.all([tx('aaaaaa'), tx('bbbbbb')]);
    expect(none.map(({ code }) => code)).toEqual([5, 5]);
    expect(none[0].stderr).toContain('more than one');
  });
});

describe('an import', { timeout: 60_000 }, () => {
  it('does not end with 0 when no file could be read', async () => {
    const path = folder();
    writeFileSync(join(path, 'a.ndjson.gz'), 'this is no gzip');
    writeFileSync(join(path, 'b.json'), 'this is no JSON');
    const door = await openDoor();
    const { code, stdout, stderr } = await runCommand(['--json', 'patient', 'import', path, '--node', door.url], {
      WARDMESH_TOKEN: TOKEN,
    });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ registered: 0, known: 0, skipped: [{}, {}] });
    expect(stderr).toContain('no patient was taken');
  });

  it('ends at Ctrl+C after the batch on its way, and says what was done', async () => {
    const file = join(folder(), 'patients.ndjson');
    writeFileSync(
      file,
      madeUpPatients(640)
        .map(({ resource }) => JSON.stringify(resource))
        .join('\n'),
    );
    let batches = 0;
    const texts = { out: '', err: '' };
    const door = await openDoor({
      handlers: {
        patient_import: async ({ resources }) => {
          batches++;
          child.kill('SIGINT');
          await waitFor(() => texts.err.includes('ending after'), { timeoutMs: 60_000, what: 'the command heard it' });
          const item = { outcome: 'registered' as const, pid: null, statement: null, status: null };
          return { items: resources.map(({ line }) => ({ line, ...item, code: null, reason: null })) };
        },
      },
    });
    const child = spawn(process.execPath, [COMMAND, '--json', 'patient', 'import', file, '--node', door.url], {
      env: { ...process.env, WARDMESH_TOKEN: TOKEN },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.on('data', (chunk) => {
      texts.out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      texts.err += chunk;
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(code).toBe(1);
    expect(batches).toBe(1);
    expect(JSON.parse(texts.out)).toMatchObject({ interrupted: true, read: 64, registered: 64 });
    expect(texts.err).toContain('interrupted');
  });
});
