// scrypt on threads of its own: the same keys, at a priority below the event loop's, and no thread without work.
import { readdirSync, readFileSync } from 'node:fs';
import { constants, getPriority } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { randomBytes, scryptKdf } from '#crypto';
import { ScryptThreads } from '../../common/crypto/scrypt-threads.node.ts';
import { ManualClock } from '../helpers/manual-clock.ts';

const CHEAP = { N: 1024, r: 8, p: 1, length: 32 };
/** Some hundred ms. */
const COSTLY = { N: 2 ** 17, r: 8, p: 1, length: 32 };
const [secret, salt] = [randomBytes(32), randomBytes(16)];

let clock: ManualClock;
let threads: ScryptThreads;
beforeEach(() => {
  clock = new ManualClock(0);
  threads = new ScryptThreads({ clock });
});
afterEach(() => threads.stop());

test('give the keys that the thread pool gives, two at a time, one after the other', async () => {
  expect(threads.size).toBe(0);
  const wanted = await scryptKdf(secret, salt, CHEAP);
  const both = await Promise.all([threads.derive(secret, salt, CHEAP), threads.derive(secret, salt, CHEAP)]);
  expect(both).toEqual([wanted, wanted]);
  expect(await threads.derive(secret, salt, CHEAP)).toEqual(wanted);
  expect(threads.size).toBe(2);
  await expect(threads.derive(secret, salt, { ...CHEAP, N: 1000 })).rejects.toMatchObject({ code: 'crypto.input' });
});

test('end when they had nothing to do for a while, and come back with the next hash', async () => {
  await threads.derive(secret, salt, CHEAP);
  await clock.advanceAsync(6_000);
  await threads.derive(secret, salt, CHEAP);
  await clock.advanceAsync(6_000);
  expect(threads.size).toBe(1);
  await clock.advanceAsync(6_000);
  expect(threads.size).toBe(0);
  expect(await threads.derive(secret, salt, CHEAP)).toHaveLength(32);
});

test('tell who waits that they were stopped, and start no more', async () => {
  const waiting = threads.derive(secret, salt, COSTLY);
  const refused = expect(waiting).rejects.toMatchObject({ code: 'crypto.stopped' });
  await threads.stop();
  await refused;
  await expect(threads.derive(secret, salt, CHEAP)).rejects.toMatchObject({ code: 'crypto.stopped' });
});

const { PRIORITY_BELOW_NORMAL } = constants.priority;
test.runIf(process.platform === 'linux' && getPriority() < PRIORITY_BELOW_NORMAL)(
  'run below the event loop, whose priority stays',
  async () => {
    const before = niceValues();
    await threads.derive(secret, salt, CHEAP);
    const added = niceValues().filter((nice) => nice === PRIORITY_BELOW_NORMAL).length;
    expect(added).toBe(before.filter((nice) => nice === PRIORITY_BELOW_NORMAL).length + 1);
    expect(getPriority()).toBeLessThan(PRIORITY_BELOW_NORMAL);
  },
);

/** Of every thread of this process. */
function niceValues(): number[] {
  return readdirSync('/proc/self/task').map((task) => {
    const fields = readFileSync(`/proc/self/task/${task}/stat`, 'utf8').split(') ')[1].split(' ');
    return Number(fields[16]);
  });
}
