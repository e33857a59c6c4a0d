// Claims about new blocks at a node's own doors: what would hit many of those who use them only challenges, over restarts too.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createLogger } from '../../../common/logger.ts';
import { parseAddress, parseNetwork } from '../../../gateway/address.ts';
import { SignedInAddresses } from '../../../gateway/judge/signed-in-addresses.ts';
import { DeltaBreaker } from '../../../gateway/lookup/delta-breaker.ts';
import { DoorList } from '../../../node/gateway/door-list.ts';
import { openFeed, scratch } from '../../feeds/feed.ts';
import { entryOf, id } from '../../gateway/generators.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const STRANGER = '198.51.100.7';
const user = (i: number): string => `203.0.113.${i}`;

/** A hundred addresses were signed in two hours ago: known, but no longer protected one by one. */
async function openList() {
  const directory = await scratch();
  const opened = openFeed(join(directory, 'feed.bin'));
  const { clock, feed, blocklist } = opened;
  const path = join(directory, 'held-blocks.bin');
  const signedIn = new SignedInAddresses();
  for (let i = 0; i < 100; i++) signedIn.note(parseAddress(user(i)), false, clock.now() - 2 * HOUR);
  const open = (known = signedIn, key = 7): DoorList =>
    new DoorList(
      { organisation: 1, path, storageKey: new Uint8Array(32).fill(key) },
      {
        ...{ blocklist, feed, clock, behind: () => false, logger: createLogger({ level: 'silent' }) },
        breaker: new DeltaBreaker({ signedIn: known }),
      },
    );
  const list = open();
  await feed.start();
  await list.start();
  clock.advance(2 * MINUTE);
  const numbers = new Map<string, number>();
  const block = (address: string, mode: 'automatic' | 'manual' = 'automatic', life = HOUR): void => {
    const name = `${address} ${mode}`;
    numbers.set(name, numbers.get(name) ?? numbers.size + 1);
    const now = clock.now();
    const times = { issuedAt: now, receivedAt: now, expires: now + life };
    const reportId = id(numbers.get(name)!);
    blocklist.add(entryOf({ network: parseNetwork(address), reportId, mode, ...times }), now);
  };
  const unblock = (address: string): void =>
    blocklist.remove({
      ...{
        reportId: id(numbers.get(`${address} automatic`)!),
        organisation: 1,
        clinic: 1,
        at: clock.now(),
        reason: 'resolved',
      },
    });
  const verdict = (address: string, at = list) => at.verdictFor(parseAddress(address), clock.now()).verdict;
  return { ...opened, path, list, open, block, unblock, verdict };
}

it('what few are hit by is in force after a moment in which it challenges; what an administrator blocks, at once', async () => {
  const { clock, list, block, unblock, verdict } = await openList();
  block(STRANGER);
  block(user(1), 'manual');
  expect([verdict(STRANGER), verdict(user(1))]).toEqual(['challenge', 'block']);
  clock.advance(200);
  expect([verdict(STRANGER), list.held.size]).toEqual(['block', 0]);
  unblock(STRANGER);
  expect(verdict(STRANGER)).toBe('allow');
});

it('a mass that would cut off many of those known is held, with all that came with it, until an administrator releases it', async () => {
  const { clock, list, block, unblock, verdict } = await openList();
  for (let i = 0; i < 50; i++) block(user(i));
  block(STRANGER);
  clock.advance(200);
  expect(list.held.openBreakers()).toMatchObject([
    { breaker: 'list', cause: 'known-addresses', hit: 50, of: 100, waiting: 51 },
  ]);
  expect([verdict(user(1)), verdict(STRANGER)]).toEqual(['challenge', 'challenge']);
  // A later word on one of them, by itself, is no way round.
  clock.advance(2 * MINUTE);
  block(STRANGER, 'automatic', 2 * HOUR);
  clock.advance(200);
  expect(verdict(STRANGER)).toBe('challenge');
  block(user(2), 'manual', 3 * HOUR);
  unblock(user(3));
  expect([verdict(user(2)), verdict(user(3)), list.held.size]).toEqual(['block', 'allow', 49]);
  expect(list.held.release()).toBe(true);
  expect([verdict(user(1)), verdict(STRANGER), list.held.openBreakers()]).toEqual(['block', 'block', []]);
});

it('so is one that comes a block at a time', async () => {
  const { clock, list, block, verdict } = await openList();
  for (let i = 0; i < 50; i++) {
    block(user(i));
    clock.advance(1_000);
  }
  expect(list.held.size).toBeGreaterThanOrEqual(46);
  expect([verdict(user(1)), verdict(user(49))]).toEqual(['block', 'challenge']);
});

it('is still held after a restart, sealed, and no longer on disk once it is over', async () => {
  const { clock, path, list, open, block, verdict } = await openList();
  for (let i = 0; i < 50; i++) block(user(i));
  block(STRANGER, 'automatic', 3 * HOUR);
  clock.advance(200);
  await list.stop();
  expect(readFileSync(path).includes('203.0.113')).toBe(false);
  // Nobody is known to be signed in after a start.
  const again = open(new SignedInAddresses());
  await again.start();
  expect([again.held.size, verdict(user(1), again), again.held.openBreakers()]).toEqual([
    ...[51, 'challenge', list.held.openBreakers()],
  ]);
  const full = readFileSync(path).length;
  clock.advance(2 * HOUR);
  await again.stop();
  expect([again.held.size, readFileSync(path).length < full / 2]).toEqual([1, true]);
  const unreadable = readFileSync(path);
  const other = open(undefined, 8);
  await other.start();
  expect([other.held.size, verdict(STRANGER, other)]).toEqual([0, 'block']);
  await other.stop();
  expect(readFileSync(path).length).toBeLessThan(unreadable.length);
});

it('leaves no address on disk that is over, also where it ended while the node was down', async () => {
  const { clock, path, list, open, block } = await openList();
  for (let i = 0; i < 50; i++) block(user(i));
  clock.advance(200);
  await list.stop();
  const full = readFileSync(path).length;
  clock.advance(2 * HOUR);
  const again = open();
  await again.start();
  await again.stop();
  expect([again.held.size, readFileSync(path).length < full / 4]).toEqual([0, true]);
});

it('holds nothing back that an administrator blocks, also where what a machine reported ends later', async () => {
  const { clock, list, block, verdict } = await openList();
  for (let i = 0; i < 50; i++) block(user(i), 'automatic', 3 * HOUR);
  clock.advance(200);
  expect([list.held.size, verdict(user(1))]).toEqual([50, 'challenge']);
  block(user(1), 'manual', HOUR);
  expect([list.held.size, verdict(user(1))]).toEqual([49, 'block']);
  // Once it is over, what is in force stays.
  clock.advance(2 * HOUR);
  expect([list.held.size, verdict(user(1)), verdict(user(2))]).toEqual([49, 'block', 'challenge']);
});
