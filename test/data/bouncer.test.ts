// Debian's crowdsec-firewall-bouncer as a clinic's firewall follows it, in a network namespace: what is blocked at another
// branch of the organisation does not get through the kernel any more, and what is let go does.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spread, writeReport } from '../helpers/report.ts';
import { unpackPrograms } from './bouncer/packages.ts';

const SCENARIO = fileURLToPath(new URL('./bouncer/scenario.ts', import.meta.url));
const TOLD = 2_000;

interface Outcome {
  readonly clinics: {
    readonly drops: readonly number[];
    readonly admissions: readonly number[];
    readonly seconds: number;
    readonly range: { readonly inside: boolean; readonly outside: boolean };
    readonly restart: { readonly kept: boolean; readonly stillDropped: boolean };
  };
  readonly seeded: {
    readonly loaded: number;
    readonly oneMore: number;
    readonly sixes: boolean;
    readonly files: { readonly nft: number; readonly ipset: number };
    readonly table: { readonly dropped: boolean; readonly other: boolean };
    readonly sets: number;
  };
}

let directory: string;
let outcome: Outcome;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'wardmesh-programs-'));
  outcome = await inNamespace(unpackPrograms(directory));
}, 900_000);

afterAll(() => rm(directory, { recursive: true, force: true }));

function inNamespace(environment: Record<string, string>): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    // Of root where it may: another user's sockets take no transaction of 50,000 entries.
    const root = spawnSync('unshare', ['-n', 'true']).status === 0;
    const child = spawn('unshare', [root ? '-n' : '-Urn', process.execPath, SCENARIO], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = { out: '', error: '' };
    child.stdout.on('data', (chunk) => (said.out += chunk));
    child.stderr.on('data', (chunk) => (said.error += chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(said.out) as Outcome);
      else reject(new Error(`the scenario ended with ${code}\n${said.error}`));
    });
  });
}

describe('a real crowdsec-firewall-bouncer', () => {
  it('drops within 2 s what another branch of the organisation blocks, and admits within 2 s what it lets go', () => {
    expect(Math.max(...outcome.clinics.drops)).toBeLessThan(TOLD);
    expect(Math.max(...outcome.clinics.admissions)).toBeLessThan(TOLD);
  });

  it('learns of a longer end, of ranges address by address, and after a restart of what ended meanwhile', () => {
    expect(outcome.clinics.seconds).toBeGreaterThan(86_400);
    expect(outcome.clinics.range).toEqual({ inside: true, outside: true });
    expect(outcome.clinics.restart).toEqual({ kept: true, stillDropped: true });
  });

  it('takes 50,000 entries, then one more like any other, and ranges as they are where it knows ranges', () => {
    expect(outcome.seeded.oneMore).toBeLessThan(10_000);
    expect(outcome.seeded.sixes).toBe(true);
  });

  it('finds the same list in files that nft and ipset load', async () => {
    expect(outcome.seeded.table).toEqual({ dropped: true, other: true });
    expect(outcome.seeded.sets).toBe(50_001);
    const { clinics, seeded } = outcome;
    await writeReport(
      'bouncer',
      'A foreign firewall follows the blocklist',
      'Debian 12 `crowdsec-firewall-bouncer` 0.0.25 in a network namespace, asking every second, as a firewall beside clinic 2. Clinic 1 of the same organisation blocks and unblocks; the time ends when a connection from the address fails or comes about. 50,000 entries: put into the blocklist of a door without a chain.',
      [
        ['block at clinic 1 to drop in the kernel beside clinic 2', spread(clinics.drops)],
        ['unblock at clinic 1 to a connection beside clinic 2', spread(clinics.admissions)],
        ['50,000 entries into the kernel by the bouncer (nftables mode)', `${(seeded.loaded / 1000).toFixed(1)} s`],
        ['one more, beside them', `${seeded.oneMore} ms`],
        ['50,001 entries by `nft -f`, in place of as many', `${seeded.files.nft} ms`],
        ['50,001 entries by `ipset restore`, in place of as many', `${seeded.files.ipset} ms`],
      ],
    );
  });
});
