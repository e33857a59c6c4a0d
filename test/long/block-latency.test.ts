// From the call that blocks at clinic 1 to the refusal by a gateway that follows clinic 2 of the same organisation; and a
// branch that was away: from its first peer until its gateway enforces what was blocked meanwhile.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestNetwork } from '../helpers/devnet.ts';
import { type FrontGateway, frontGateway } from '../helpers/front-gateway.ts';
import { spread, writeReport } from '../helpers/report.ts';
import { waitFor } from '../helpers/wait-for.ts';

const TRIES = 50;
const RETURNS = 5;
const BOUND_MS = 500;
const RETURN_MS = 5_000;
let net: TestNetwork;
let gateway: FrontGateway;

beforeAll(async () => {
  net = await TestNetwork.found({ clinics: 4 });
  await net.startAll();
  await net.connected();
  gateway = await frontGateway(net.clinic(2).url, net.client(2));
}, 120_000);

afterAll(async () => {
  await gateway?.stop();
  await net?.remove();
});

it('blocks at a branch within half a second, and within five when it was away', async () => {
  const blocks: number[] = [];
  const unblocks: number[] = [];
  for (let n = 1; n <= TRIES; n++) {
    const address = `198.51.100.${n}`;
    let began = performance.now();
    await net.client(1).call('threat_block', { address, reason: 'flood' });
    await gateway.until(address, 'refuse');
    blocks.push(performance.now() - began);
    began = performance.now();
    await net.client(1).call('threat_unblock', { address });
    await gateway.until(address, undefined);
    unblocks.push(performance.now() - began);
  }
  const returns: number[] = [];
  for (let n = 1; n <= RETURNS; n++) {
    const address = `203.0.113.${n}`;
    await net.stop(2);
    await net.client(1).call('threat_block', { address, reason: 'scan' });
    await net.start(2);
    await waitFor(async () => (await net.client(2).call('node_status')).peers > 0, {
      timeoutMs: 60_000,
      intervalMs: 5,
    });
    const began = performance.now();
    await gateway.until(address, 'refuse');
    returns.push(performance.now() - began);
  }
  await writeReport(
    'block-latency',
    'From a block at one branch to its effect at another',
    'Four clinics as processes on loopback that mine as they do in development, and a `wardmesh gateway` that follows clinic 2; from the call at clinic 1 until a visitor of that address, who tries every 20 ms, is refused at the gateway (`test/long/block-latency.test.ts`).',
    [
      ['tries', TRIES],
      ['block at clinic 1: refused at the gateway of clinic 2', spread(blocks)],
      ['unblock at clinic 1: let through at the gateway of clinic 2', spread(unblocks)],
      ['returns of clinic 2 after a block it was not there for', RETURNS],
      ['from its first peer until its gateway refuses', spread(returns)],
    ],
  );
  expect(Math.max(...blocks)).toBeLessThan(BOUND_MS);
  expect(Math.max(...returns)).toBeLessThan(RETURN_MS);
}, 600_000);
