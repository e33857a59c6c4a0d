// What a whole clinic promises about registrations and about the word "applied": through restarts, reorganisations,
// a lost disk, a snapshot, and two clinics that register one person at once.
import { rm } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../common/logger.ts';
import { targetFor } from '../../consensus/params.ts';
import { FAST } from '../helpers/devnet.ts';
import { madeUpPatients } from '../helpers/made-up-patients.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { newAccount } from '../helpers/statements.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
const NO_MINER = { 'mining-threads': '0' };
let net: TestNodes;

afterEach(() => net.remove(), MINUTE);

const register = async (clinic: number, number: string): Promise<string> => {
  const { patients } = await net.client(clinic).call('patient_register', { patients: [{ number }] });
  return String(patients[0].statement);
};

const found = (clinic: number, number: string) => net.client(clinic).call('patient_get', { patient: number });

const registered = (clinic: number, number: string) =>
  waitFor(
    async () => {
      const answer = await found(clinic, number);
      return answer.registered && answer;
    },
    { timeoutMs: 3 * MINUTE, intervalMs: 50, what: `the registration at clinic ${clinic}` },
  );

describe('registrations', { timeout: 25 * MINUTE }, () => {
  it('property 3: registration persistence: found after restart, reorganisation, resync and snapshot sync, at every clinic', async () => {
    const told: string[] = [];
    const destination = new Writable({
      write(line: Buffer, _encoding, done) {
        told.push(line.toString());
        done();
      },
    });
    net = await TestNodes.found({
      clinics: 3,
      logger: createLogger({ level: 'info', destination: destination as never }),
    });
    for (const number of net.numbers) await net.start(number);
    await net.connected();
    const [first, second] = madeUpPatients(2, 3);
    await register(1, first.number);
    for (const number of net.numbers) await registered(number, first.number);

    // The second registration stands in a block that the others replace.
    await net.cut([1], [2, 3]);
    await register(1, second.number);
    const { height: undone } = await registered(1, second.number);
    const { work } = net.node(1).chain.tip;
    await net.stop(1);
    await waitFor(() => net.node(2).chain.tip.work > work + work / 4n, {
      timeoutMs: 5 * MINUTE,
      what: 'more work elsewhere',
    });
    expect((await found(2, second.number)).registered).toBe(false);
    await net.start(1);
    await net.heal();
    for (const number of net.numbers) {
      const answer = await registered(number, second.number);
      expect(answer.clinics).toEqual([1]);
    }
    await net.agreed();
    expect((await registered(1, second.number)).height).toBeGreaterThan(Number(undone));

    // A clinic that lost its chain gets it again from the others.
    await net.stop(3);
    await rm(net.clinic(3).paths.chain, { recursive: true });
    await net.start(3);
    for (const { number } of [first, second]) await registered(3, number);
    await net.agreed();

    // One that takes a final state first: others have one of every few epochs, and before they do it fetches blocks.
    const last = await waitFor(
      async () => {
        const { height } = (await net.client(1).call('chain_head')).final;
        const at = await Promise.all(
          [first, second].map(async ({ number }) => Number((await found(1, number)).height)),
        );
        return at.every((one) => one > 0 && one <= height) && Math.max(...at);
      },
      { timeoutMs: 5 * MINUTE, intervalMs: 200, what: 'finality of the registrations' },
    );
    const standsOn = (): number => {
      const line = told.find((one) => one.includes('standing on a snapshot'));
      return line === undefined ? 0 : JSON.parse(line).height;
    };
    await waitFor(
      async () => {
        await net.stop(3);
        await rm(net.clinic(3).paths.chain, { recursive: true });
        told.length = 0;
        await net.start(3, { ...NO_MINER, 'sync-mode': 'snapshot' });
        for (const { number } of [first, second]) expect((await registered(3, number)).clinics).toEqual([1]);
        return standsOn() >= last;
      },
      { timeoutMs: 10 * MINUTE, intervalMs: 1_000, what: 'a clinic that stands on a state with both registrations' },
    );
    await net.agreed();
  });

  it('property 1: patient id uniqueness: clinics that register one person at once make one registration', async () => {
    net = await TestNodes.found({ clinics: 3 });
    for (const number of net.numbers) await net.start(number);
    await net.connected();
    await net.cut([1], [2], [3]);
    const [{ number: person }] = madeUpPatients(1, 4);
    await Promise.all(net.numbers.map((number) => register(number, person)));
    for (const number of net.numbers) await registered(number, person);
    await net.cut(net.numbers);
    // Blocks and finality come while they are asked: at one time they all say the same.
    const [settled] = await waitFor(
      async () => {
        const answers = await Promise.all(net.numbers.map((number) => found(number, person)));
        const same = new Set(answers.map((answer) => JSON.stringify(answer))).size === 1;
        return same && answers[0].clinics.length === 3 && answers;
      },
      { timeoutMs: 2 * MINUTE, intervalMs: 50, what: 'one answer of three clinics attached' },
    );
    expect([...settled.clinics].sort()).toEqual([1, 2, 3]);
  });
});

describe('what callers are told', { timeout: 15 * MINUTE }, () => {
  it('property 32: confirmation before success is reported: nothing is applied before a block holds it, nothing final before a certificate', async () => {
    net = await TestNodes.found({
      clinics: 1,
      params: { ...FAST, startTarget: targetFor(20_000n), easiestTarget: targetFor(20_000n) },
    });
    await net.start(1, NO_MINER);
    const client = net.client(1);
    const [{ number }] = madeUpPatients(1, 5);
    const account = newAccount(net.founded.bundle.genesis);
    const { statements } = await client.call('tx_submit', { statements: [{ statement: account.statement }] });
    expect(['queued', 'pending']).toContain(statements[0].status);
    const registration = await register(1, number);
    const ids = [account.id, registration];
    await waitFor(
      async () => (await client.call('tx_wait', { statements: ids, until: 'pending', timeoutMs: 5_000 })).reached,
    );
    const waiting = await client.call('tx_wait', { statements: ids, timeoutMs: 300 });
    expect(waiting.reached).toBe(false);
    expect(waiting.statements.map(({ status, height }) => [status, height])).toEqual([
      ['pending', null],
      ['pending', null],
    ]);
    expect(await found(1, number)).toMatchObject({ registered: false, height: null, status: 'pending' });
    for (const id of ids) {
      expect(await client.call('chain_statement', { id })).toMatchObject({
        status: 'pending',
        block: null,
        outcome: null,
      });
    }
    await net.stop(1);
    await net.start(1);
    const told = new Map<string, string[]>(ids.map((id) => [id, []]));
    const done = await waitFor(
      async () => {
        const result = await client.call('tx_wait', { statements: ids, timeoutMs: 0 });
        for (const { status, height, id } of result.statements) {
          told.get(id)?.push(status);
          if (status !== 'applied' && status !== 'final') continue;
          // Whoever is told finds it in that block at once.
          const block = await client.call('chain_block', { height: Number(height) });
          const inside = block.transactions.flatMap((transaction) => transaction.statements.map((one) => one.id));
          expect(inside).toContain(id);
        }
        return result.reached && result.statements;
      },
      { timeoutMs: 4 * MINUTE },
    );
    // How long it is pending is the miner's luck; where nothing is undone it is never so again.
    for (const all of told.values()) expect(all.join()).toMatch(/^(?:(?:queued|pending),)*(?:applied,?)*(?:final,?)*$/);
    expect(done.every(({ height }) => height !== null && height > 0)).toBe(true);

    const final = await waitFor(
      async () => {
        const result = await client.call('tx_wait', { statements: ids, until: 'final', timeoutMs: 5_000 });
        return result.reached && result.statements;
      },
      { timeoutMs: 4 * MINUTE, what: 'finality' },
    );
    const { height } = (await client.call('chain_head')).final;
    expect(final.every((state) => state.status === 'final' && Number(state.height) <= height)).toBe(true);
    const { blocks } = await client.call('chain_blocks', { limit: 100 });
    for (const block of blocks) if (block.height <= height) expect(block.status).toBe('final');
    const newest = (await client.call('node_status')).final.height;
    for (const block of blocks) if (block.height > newest) expect(block.status).toBe('applied');
  });

  it('property 32: confirmation before success is reported: a success that a reorganisation undoes is told as undone', async () => {
    net = await TestNodes.found({ clinics: 2 });
    await net.start(1);
    await net.start(2);
    await net.connected();
    await net.cut([1], [2]);
    const account = newAccount(net.founded.bundle.genesis);
    const told: string[] = [];
    const unsubscribe = await new Promise<() => void>((resolve, reject) => {
      const stop = net
        .client(1)
        .subscribe(
          'statements',
          { ids: [account.id] } as never,
          (value) => told.push((value as { status: string }).status),
          {
            onReady: () => resolve(stop),
            onError: reject,
          },
        );
    });
    await net.client(1).call('tx_submit', { statements: [{ statement: account.statement }] });
    await waitFor(() => told.includes('applied'), { timeoutMs: 4 * MINUTE, what: 'applied is told' });
    const { work } = net.node(1).chain.tip;
    // The other side must win: clinic 1 keeps quiet meanwhile, as it knows no peer, and is slower alone.
    await waitFor(() => net.node(2).chain.tip.work > work + work / 2n, { timeoutMs: 4 * MINUTE });
    const applied = told.length;
    const before = (await net.client(1).call('chain_statement', { id: account.id })).block?.id;
    await net.heal();
    await net.connected();
    await net.agreed();
    await waitFor(async () => (await net.client(2).call('chain_statement', { id: account.id })).status !== 'pending', {
      timeoutMs: 4 * MINUTE,
    });
    await net.agreed();
    const after = (await net.client(1).call('chain_statement', { id: account.id })).block?.id;
    // Its undoing was told before it was told as applied again; where nothing was told but finality, its block stayed.
    if (before !== after || told.slice(applied).some((status) => status !== 'final')) {
      const undone = (): boolean => /^pending,.*applied/.test(told.slice(applied).join());
      await waitFor(undone, { timeoutMs: 4 * MINUTE, what: 'pending, then applied again' });
    }
    unsubscribe();
  });
});
