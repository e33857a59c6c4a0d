// A threat report overtakes 10,000 other transactions that wait at every clinic: in force everywhere in less than 2 s,
// before any block holds it.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { signEd25519 } from '#crypto';
import { fromHex, toHex } from '../../common/bytes.ts';
import { genesisId } from '../../consensus/genesis.ts';
import { decodeStatement } from '../../consensus/ledger/statement.ts';
import { signTransaction } from '../../consensus/ledger/transaction.ts';
import { MEMPOOL } from '../../node/sync/protocols.ts';
import { decodeKnown, encodeBundle } from '../../node/wire.ts';
import { TestNetwork } from '../helpers/devnet.ts';
import { frontGateway } from '../helpers/front-gateway.ts';
import { startStranger } from '../helpers/nodes.ts';
import { spread, writeReport } from '../helpers/report.ts';
import { newAccount } from '../helpers/statements.ts';
import { waitFor } from '../helpers/wait-for.ts';

const PENDING = 10_000;
const ROUNDS = 10;
/** Of one branch to another of its organisation; the slowest is their 99th percentile. */
const BRANCH_TRIES = 50;
const BRANCH_MS = 500;
const CLINICS = [1, 2, 3, 4];
let net: TestNetwork;

beforeAll(async () => {
  // The fifth clinic never runs: its key brings the load.
  net = await TestNetwork.found({ clinics: 5, config: { mining: { threads: 0 } } });
  await Promise.all(CLINICS.map((number) => net.start(number)));
  await net.connected(3);
});

afterAll(() => net?.remove());

const verdict = async (clinic: number, address: string): Promise<string> =>
  (await net.client(clinic).call('threat_check', { address })).verdict;

async function inForce(wanted: Readonly<Record<number, string>>, address: string): Promise<number> {
  const began = performance.now();
  await Promise.all(
    Object.entries(wanted).map(([clinic, expected]) =>
      waitFor(async () => (await verdict(Number(clinic), address)) === expected, {
        timeoutMs: 60_000,
        what: `${expected} at clinic ${clinic}`,
      }),
    ),
  );
  return performance.now() - began;
}

it(`acts on reports and revocations in less than 2 s while ${PENDING} transactions wait`, async () => {
  const { genesis } = net.founded.bundle;
  const transactions = CLINICS.flatMap((number) =>
    Array.from({ length: PENDING / CLINICS.length }, (_, sequence) => {
      const statements = [decodeStatement(fromHex(newAccount(genesis).statement))];
      const unsigned = { sender: genesis.clinics[number - 1].nodeKey, sequence, validUntil: 2_000, statements };
      return signTransaction(genesisId(genesis), unsigned, (id) => signEd25519(net.clinic(number).seeds.node, id));
    }),
  );
  const stranger = await startStranger(net.founded, 5, (network) => {
    network.serve(MEMPOOL, async function* (_from, request) {
      const known = new Map(decodeKnown(request).map(({ sender, next }) => [toHex(sender), next]));
      for (const { bytes, transaction } of transactions) {
        const next = known.get(toHex(transaction.sender)) ?? 0;
        if (transaction.sequence >= next) yield encodeBundle({ transaction: bytes, attachments: [] });
      }
    });
  });
  const filled = performance.now();
  for (const clinic of CLINICS) {
    await waitFor(async () => (await net.client(clinic).call('mempool_status')).transactions >= PENDING, {
      timeoutMs: 300_000,
      intervalMs: 500,
      what: `${PENDING} transactions at clinic ${clinic}`,
    });
  }
  const filling = performance.now() - filled;
  await stranger.stop();

  const blocks: number[] = [];
  const seconds: number[] = [];
  const unblocks: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const address = `198.51.100.${round + 1}`;
    let began = performance.now();
    await net.client(1).call('threat_block', { address, reason: 'flood' });
    await inForce({ 1: 'block', 2: 'block', 3: 'challenge', 4: 'challenge' }, address);
    blocks.push(performance.now() - began);
    began = performance.now();
    await net.client(3).call('threat_block', { address, reason: 'scan' });
    await inForce({ 1: 'block', 2: 'block', 3: 'block', 4: 'block' }, address);
    seconds.push(performance.now() - began);
    began = performance.now();
    await net.client(1).call('threat_unblock', { address });
    await net.client(3).call('threat_unblock', { address });
    await inForce({ 1: 'allow', 2: 'allow', 3: 'allow', 4: 'allow' }, address);
    unblocks.push(performance.now() - began);
  }
  // After them: so many reports use up what one organisation counts for elsewhere.
  const gateway = await frontGateway(net.clinic(2).url, net.client(2));
  const branch: number[] = [];
  for (let n = 1; n <= BRANCH_TRIES; n++) {
    const address = `203.0.113.${n}`;
    const began = performance.now();
    await net.client(1).call('threat_block', { address, reason: 'flood' });
    await gateway.until(address, 'refuse');
    branch.push(performance.now() - began);
    await net.client(1).call('threat_unblock', { address });
  }
  await gateway.stop();
  const { height } = await net.client(1).call('chain_head');
  const waiting = await net.client(4).call('mempool_status');
  await writeReport(
    'threats-under-load',
    'Threat reports while transactions wait',
    'Four clinics as processes that mine nothing; a fifth member brings the load. From the call at clinic 1 until every clinic answers as it should, or until a visitor who tries every 20 ms is refused at a gateway that follows clinic 2 (`test/long/threats-under-load.test.ts`).',
    [
      ['transactions waiting at each clinic', waiting.transactions],
      ['until all four had them', `${Math.round(filling)} ms`],
      ['tries from clinic 1 to clinic 2 of its organisation', BRANCH_TRIES],
      ['block at clinic 1: refused at the gateway of clinic 2', spread(branch)],
      ['rounds', ROUNDS],
      ['block at clinic 1: block at 2, challenge at 3 and 4', spread(blocks)],
      ['second report at clinic 3: block at all', spread(seconds)],
      ['both revoked: allow at all', spread(unblocks)],
      ['height at the end: no block confirmed any of it', height],
    ],
  );
  expect(Math.max(...branch)).toBeLessThan(BRANCH_MS);
  expect(height).toBe(0);
  expect(Math.max(...blocks, ...seconds, ...unblocks)).toBeLessThan(2_000);
});
