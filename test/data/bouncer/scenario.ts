// Runs inside a network namespace of its own, as a program: two clinics of one organisation as processes, the real bouncer
// beside the second, and blocks at the first. Prints what happened as JSON; what is claimed of it is the test's.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestNetwork } from '../../helpers/devnet.ts';
import { waitFor } from '../../helpers/wait-for.ts';
import { nftElements, reaches, run, startBouncer } from './firewall.ts';
import { ADDED_LATER, openSeeded } from './seeded-door.ts';

const TRIES = 5;
const YEAR = 365 * 86_400_000;
const SLOW = { timeoutMs: 30_000, intervalMs: 10 };
const SEEDED = 50_000;
const LOAD = { timeoutMs: 300_000, intervalMs: 3_000 };

run('ip', 'link', 'set', 'lo', 'up');
run('ip', 'route', 'add', 'local', '203.0.113.0/24', 'dev', 'lo');
const directory = await mkdtemp(join(tmpdir(), 'wardmesh-bouncer-'));
const result: Record<string, unknown> = {};
const net = await TestNetwork.found({ clinics: 2 });
try {
  result.clinics = await twoBranches();
  result.seeded = await seededDoor();
} finally {
  await net.remove();
  await rm(directory, { recursive: true, force: true });
}
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));

async function twoBranches(): Promise<object> {
  await net.startAll();
  await net.connected();
  const [one, two] = [1, 2].map((number) => net.client(number));
  const { url, httpPort } = net.clinic(2);
  const until = Date.now() + YEAR;
  const made = await two.call('apikey_create', {
    name: 'firewall',
    scopes: ['feed:read'],
    until,
    allowedAddresses: [],
  });
  const bouncer = await startBouncer(directory, { mode: 'nftables', url, key: made.secret });
  const dropped = (address: string) =>
    waitFor(async () => !(await reaches(address, httpPort)), { ...SLOW, what: `${address} dropped` });
  const admitted = (address: string) =>
    waitFor(() => reaches(address, httpPort), { ...SLOW, what: `${address} admitted` });
  const timed = async (act: () => Promise<unknown>): Promise<number> => {
    const began = performance.now();
    await act();
    return Math.round(performance.now() - began);
  };

  const drops: number[] = [];
  const admissions: number[] = [];
  for (let host = 11; host < 11 + TRIES; host++) {
    const address = `203.0.113.${host}`;
    await admitted(address);
    drops.push(
      await timed(async () => {
        await one.call('threat_block', { address, reason: 'scan' });
        await dropped(address);
      }),
    );
    admissions.push(
      await timed(async () => {
        await one.call('threat_unblock', { address });
        await admitted(address);
      }),
    );
  }

  // From 20 intervals while it was only received to a week once a block holds it: the kernel learns of the longer end.
  await one.call('threat_block', { address: '203.0.113.70', reason: 'scan' });
  const seconds = await waitFor(() => {
    const left = nftElements().get('203.0.113.70');
    return left !== undefined && left > 86_400 && left;
  }, SLOW);

  await one.call('threat_block', { address: '203.0.113.128/28', reason: 'scan' });
  await dropped('203.0.113.130');
  const range = { inside: nftElements().has('203.0.113.143'), outside: await reaches('203.0.113.144', httpPort) };
  await one.call('threat_unblock', { address: '203.0.113.128/28' });
  await admitted('203.0.113.130');

  // What ends while the clinic beside the firewall is down is let in once it is back.
  await one.call('threat_block', { address: '203.0.113.71', reason: 'scan' });
  await dropped('203.0.113.71');
  await net.stop(2);
  const kept = nftElements().has('203.0.113.71');
  await one.call('threat_unblock', { address: '203.0.113.71' });
  await net.start(2);
  await admitted('203.0.113.71');
  const stillDropped = !(await reaches('203.0.113.70', httpPort));
  await bouncer.stop();
  return { drops, admissions, seconds, range, restart: { kept, stillDropped } };
}

async function seededDoor(): Promise<object> {
  const door = await openSeeded(directory, SEEDED);
  const began = performance.now();
  const bouncer = await startBouncer(directory, { mode: 'nftables', url: door.url, key: door.addresses });
  await waitFor(() => nftElements().size === SEEDED, { ...LOAD, what: '50,000 elements in the kernel' });
  const loaded = Math.round(performance.now() - began);
  const added = performance.now();
  door.block(ADDED_LATER);
  await waitFor(async () => !(await reaches(ADDED_LATER, door.port)), SLOW);
  const oneMore = Math.round(performance.now() - added);
  await bouncer.stop();

  for (const name of ['crowdsec-blacklists', 'crowdsec6-blacklists']) {
    const family = name.includes('6-') ? 'inet6' : 'inet';
    run('ipset', 'create', name, 'hash:net', 'family', family, 'timeout', '300', 'maxelem', '200000');
  }
  const few = await openSeeded(directory, 3);
  few.block('203.0.113.192/27');
  few.block('2001:db8:0:7::/64');
  const native = await startBouncer(directory, { mode: 'ipset', url: few.url, key: few.ranges });
  await waitFor(() => run('ipset', 'list', 'crowdsec-blacklists').includes('203.0.113.192/27'), SLOW);
  const sixes = run('ipset', 'list', 'crowdsec6-blacklists').includes('2001:db8:0:7::/64');
  await native.stop();

  const files: Record<string, number> = {};
  for (const [name, load] of [
    ['nft', (path: string) => run('nft', '-f', path)],
    ['ipset', (path: string) => run('ipset', '-exist', 'restore', '-file', path)],
  ] as const) {
    const path = await door.file(name, join(directory, name));
    // Twice: a list is loaded again and again.
    load(path);
    const start = performance.now();
    load(path);
    files[name] = Math.round(performance.now() - start);
  }
  const table = { dropped: !(await reaches(ADDED_LATER, door.port)), other: await reaches('203.0.113.250', door.port) };
  const sets = run('ipset', 'list', 'wardmesh4', '-terse').match(/Number of entries: (\d+)/)?.[1];
  run('nft', 'delete', 'table', 'inet', 'wardmesh');
  await Promise.all([door.stop(), few.stop()]);
  return { loaded, oneMore, sixes, files, table, sets: Number(sets) };
}
