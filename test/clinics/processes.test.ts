// Four clinics as four processes, driven by the command line and the doors alone: what they register, block, lose and
// find again. Small sizes; the stated ones are in test/long and test/data.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EPOCH_BLOCKS } from '../../consensus/limits.ts';
import type { Result } from '../../rpc/schema/methods.ts';
import { TestNetwork } from '../helpers/devnet.ts';
import { type MadeUpPatient, madeUpPatients } from '../helpers/made-up-patients.ts';
import { newAccount } from '../helpers/statements.ts';
import { personalValues, TraceSearch } from '../helpers/traces.ts';
import { waitFor } from '../helpers/wait-for.ts';

interface Imported {
  readonly read: number;
  readonly registered: number;
  readonly known: number;
  readonly ignored: number;
  readonly skipped: readonly { readonly line: number; readonly reason: string }[];
}

interface Found {
  readonly pid: string;
  readonly registered: boolean;
  readonly transaction: string;
  readonly clinics: readonly number[];
}

interface Checked {
  readonly address: string;
  readonly verdict: string;
  readonly reasons: readonly string[];
}

const PATIENTS = madeUpPatients(12);
const ADDRESS = '203.0.113.7';
const MINUTE = 60_000;

let net: TestNetwork;
let file: string;

/** As every clinic finds a patient; asked until it is so, since blocks of several miners take each other's place. */
const registeredAt = (numbers: readonly number[], patient: string, clinics: readonly number[]) =>
  waitFor(
    async () => {
      const found = await Promise.all(numbers.map((number) => net.client(number).call('patient_get', { patient })));
      const alike = new Set(found.map(({ transaction }) => transaction)).size === 1;
      const attached = found.every((one) => one.registered && one.clinics.join() === clinics.join());
      return alike && attached && found[0];
    },
    { timeoutMs: 3 * MINUTE, intervalMs: 50, what: `a patient of clinics ${clinics} at clinics ${numbers}` },
  );

const verdict = async (clinic: number, address: string): Promise<string> =>
  (await net.client(clinic).call('threat_check', { address })).verdict;

async function ndjson(name: string, patients: readonly MadeUpPatient[], more: readonly string[] = []): Promise<string> {
  const path = join(net.founded.directory, name);
  await writeFile(path, [...patients.map(({ resource }) => JSON.stringify(resource)), ...more].join('\n'));
  return path;
}

beforeAll(async () => {
  net = await TestNetwork.found();
  await net.startAll();
  await net.connected();
  file = await ndjson('patients.ndjson', PATIENTS, ['{"resourceType":"Device","id":"d"}', 'this is no JSON']);
}, 8 * MINUTE);

afterAll(() => net?.remove(), MINUTE);

describe('four clinics', { timeout: 10 * MINUTE }, () => {
  it('registers an imported file once, in persons, and says line by line what it skipped', async () => {
    const first = await net.json<Imported>(1, 'patient', 'import', file);
    expect(first).toMatchObject({ read: PATIENTS.length + 1, registered: PATIENTS.length, known: 0, ignored: 1 });
    expect(first.skipped).toEqual([{ file, line: PATIENTS.length + 2, reason: 'not JSON' }]);
    const again = await net.json<Imported>(1, 'patient', 'import', file);
    expect(again).toMatchObject({ read: PATIENTS.length + 1, registered: 0, known: PATIENTS.length, ignored: 1 });
  });

  it('property 4: cross-branch retrieval: a patient imported at clinic 1 is found at clinic 3 by number and by PID', async () => {
    for (const patient of PATIENTS) await registeredAt(net.numbers, patient.number, [1]);
    // From here on no other block takes the place of theirs.
    const [{ number }] = PATIENTS;
    const { statement } = await registeredAt(net.numbers, number, [1]);
    for (const clinic of net.numbers) {
      const asked = { statements: [String(statement)], until: 'final' as const, timeoutMs: 30_000 };
      await waitFor(async () => (await net.client(clinic).call('tx_wait', asked)).reached, {
        ...{ timeoutMs: 2 * MINUTE, what: `finality at clinic ${clinic}` },
      });
    }
    const one = await net.json<Found>(1, 'patient', 'get', number, '--country', 'US', '--type', 'ssn');
    const three = await net.json<Found>(3, 'patient', 'get', number.replaceAll('-', ''));
    expect(three).toMatchObject({ pid: one.pid, registered: true, transaction: one.transaction, clinics: [1] });
    expect(await net.json<Found>(3, 'patient', 'get', one.pid)).toMatchObject({ transaction: one.transaction });
    const nobody = await net.command(3, '--json', 'patient', 'get', madeUpPatients(1, 30)[0].number);
    expect(JSON.parse(nobody.stdout)).toMatchObject({ registered: false, transaction: null, clinics: [] });
  });

  it('counts a person whom another clinic registers too as known, and attaches that clinic', async () => {
    const one = await ndjson('one.ndjson', PATIENTS.slice(0, 1));
    expect(await net.json<Imported>(4, 'patient', 'import', one)).toMatchObject({ read: 1, registered: 0, known: 1 });
    await registeredAt(net.numbers, PATIENTS[0].number, [1, 4]);
  });

  it('says where it stands, and calls final only what is below its head and whole epochs', async () => {
    const stands = async () => {
      const one = await net.json<Result<'node_status'>>(2, 'status');
      return one.ready && one.peers === 3 && one;
    };
    const status = await waitFor(stands, { timeoutMs: 3 * MINUTE, intervalMs: 500, what: 'clinic 2 with all others' });
    expect(status).toMatchObject({ clinic: { number: 2 }, peers: 3, ready: true });
    expect(status.final.height % EPOCH_BLOCKS).toBe(0);
    expect(status.final.height).toBeLessThan(Math.max(1, status.head.height));
    expect((await net.command(2, 'status')).stdout).toMatch(/Southside 2 \(Aspen\)/);
    expect(status).toHaveProperty('head.stateRoot', expect.stringMatching(/^[0-9a-f]{64}$/));
  });

  it('refuses a blocked address at the branch of the same organisation, challenges it elsewhere, in less than 2 s', async () => {
    const began = performance.now();
    await net.client(1).call('threat_block', { address: ADDRESS, reason: 'scan' });
    await waitFor(async () => (await verdict(2, ADDRESS)) === 'block', { timeoutMs: MINUTE });
    for (const clinic of [3, 4]) {
      await waitFor(async () => (await verdict(clinic, ADDRESS)) === 'challenge', { timeoutMs: MINUTE });
    }
    expect(performance.now() - began).toBeLessThan(2_000);
    const checked = await net.json<Checked>(2, 'threat', 'check', ADDRESS);
    expect(checked).toMatchObject({ address: ADDRESS, verdict: 'block' });
    expect(checked.reasons.length).toBeGreaterThan(0);
  });

  it('blocks at clinic 4 once a second organisation reports, and lets go when the reports are revoked', async () => {
    await net.json(3, 'threat', 'block', ADDRESS, '--reason', 'flood', '--for', '24h', '--wait', '180s');
    for (const clinic of [1, 2, 3, 4]) {
      await waitFor(async () => (await verdict(clinic, ADDRESS)) === 'block', { timeoutMs: MINUTE });
    }
    const long = await net.command(3, 'threat', 'block', '203.0.113.8', '--for', '8d');
    expect(long).toMatchObject({ code: 4, stderr: expect.stringContaining('at most 168 hours') });
    await net.json(3, 'threat', 'unblock', ADDRESS);
    await waitFor(async () => (await verdict(4, ADDRESS)) === 'challenge', { timeoutMs: MINUTE });
    await waitFor(async () => (await verdict(3, ADDRESS)) === 'challenge', { timeoutMs: MINUTE });
    expect(await verdict(2, ADDRESS)).toBe('block');
  });

  it('stops within 5 s, and keeps patients, blocks and revocations over a restart of all four', async () => {
    const own = await net.client(2).call('threat_block', { address: '203.0.113.9', reason: 'bot' });
    await waitFor(async () => (await net.client(2).call('tx_wait', { statements: [own.statement] })).reached, {
      ...{ timeoutMs: 3 * MINUTE, what: 'a block with the report' },
    });
    await net.client(2).call('threat_unblock', { address: '203.0.113.9' });
    await waitFor(async () => (await verdict(4, '203.0.113.9')) === 'allow', { timeoutMs: MINUTE });
    const before = (await net.client(1).call('chain_head')).height;
    const times = await Promise.all(net.numbers.map((number) => net.stop(number)));
    expect(Math.max(...times)).toBeLessThan(5_000);
    await net.startAll();
    expect((await net.client(1).call('chain_head')).height).toBeGreaterThanOrEqual(before);
    await waitFor(async () => (await verdict(2, ADDRESS)) === 'block', { timeoutMs: MINUTE });
    for (const clinic of [3, 4]) {
      await waitFor(async () => (await verdict(clinic, ADDRESS)) === 'challenge', { timeoutMs: MINUTE });
    }
    for (const clinic of net.numbers) {
      await waitFor(async () => (await verdict(clinic, '203.0.113.9')) === 'allow', { timeoutMs: MINUTE });
    }
    await registeredAt([3], PATIENTS[3].number, [1]);
  });

  it('loses nothing that it acknowledged when clinics are killed under load', async () => {
    const acknowledged: string[] = [];
    let loading = true;
    const load = (async () => {
      for (let n = 0; loading; n++) {
        const clinic = 1 + (n % net.numbers.length);
        const made = Array.from({ length: 4 }, () => newAccount(net.founded.bundle.genesis));
        try {
          const answer = await net
            .client(clinic)
            .call('tx_submit', { statements: made.map(({ statement }) => ({ statement })) });
          for (const { id } of answer.statements) acknowledged.push(String(id));
        } catch {
          // Killed in the middle of the answer: nothing was acknowledged.
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
    for (const victim of [1, 3]) {
      const { height } = await net.client(victim).call('chain_head');
      const target = acknowledged.length + 16;
      await waitFor(() => acknowledged.length >= target, { timeoutMs: 3 * MINUTE });
      await net.kill(victim);
      await net.start(victim);
      await net.reaches(victim, height);
    }
    loading = false;
    await load;
    // Asked again and again: a block that held one may be left behind right after the answer.
    for (const clinic of net.numbers) {
      for (let at = 0; at < acknowledged.length; at += 512) {
        const statements = acknowledged.slice(at, at + 512);
        await waitFor(
          async () => {
            const answer = await net.client(clinic).call('tx_wait', { statements, timeoutMs: 1_000 });
            return answer.statements.every(({ status, outcome }) => {
              const stands = status === 'applied' || status === 'final';
              return stands && outcome?.result === 'applied';
            });
          },
          { timeoutMs: 3 * MINUTE, what: `all that was acknowledged, applied at clinic ${clinic}` },
        );
      }
    }
    await net.agreed();
  });

  it('property 5: privacy preservation: no trace of a person in any chain or attachment database, log or metric', async () => {
    const search = new TraceSearch();
    for (const { resource, number } of PATIENTS) {
      for (const value of personalValues(resource)) search.add(value);
      const { pid } = await net.client(1).call('patient_get', { patient: number });
      search.add(pid);
    }
    expect(search.size).toBeGreaterThan(500);
    const traces = [];
    for (const { url, paths } of net.clinics) {
      const token = (await readFile(paths.operatorToken, 'utf8')).trim();
      const metrics = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
      expect(metrics.status).toBe(200);
      traces.push(...search.in(Buffer.from(await metrics.text()), `metrics of ${url}`));
    }
    await net.stopAll();
    for (const { number, paths } of net.clinics) {
      for (const path of [paths.chain, paths.attachments, paths.outbox, paths.clinical]) {
        const looked = await search.inDatabase(path);
        expect(looked.rows).toBeGreaterThan(0);
        traces.push(...looked.traces);
      }
      traces.push(...search.in(Buffer.from(net.logText(number)), `log of clinic ${number}`));
    }
    expect(traces).toEqual([]);
    // The search itself bites: one number, in base64 in the middle of other bytes, in one database of one clinic.
    const { attachments } = net.clinic(4).paths;
    const planted = Buffer.from(`xx${PATIENTS[7].number}`).toString('base64');
    const level = new ClassicLevel<string, string>(attachments);
    await level.put('planted', `left${planted}right`);
    await level.close();
    expect((await search.inDatabase(attachments)).traces).toEqual([
      { value: PATIENTS[7].number, form: 'base64+2', where: `value in ${attachments}` },
    ]);
  });
});
