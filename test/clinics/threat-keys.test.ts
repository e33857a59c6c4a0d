// Weeks of four whole clinics by a clock that jumps: new threat keys by turns, reports that outlive them, a branch that was
// cut off, restarts, requests of the addresses that every door judges, and nothing left of an address when all is over.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../common/clock.ts';
import { createLogger } from '../../common/logger.ts';
import { THREATS_RETAG } from '../../consensus/ledger/kinds.ts';
import { decodeStatement } from '../../consensus/ledger/statement.ts';
import { openKeystore } from '../../node/keystore/keystore.ts';
import { FeedFile } from '../../node/threats/feed-file.ts';
import { addAddress, bytesOf, networkOf } from '../helpers/address-traces.ts';
import { QUICK } from '../helpers/devnet.ts';
import { entriesOf, JUDGING, visited } from '../helpers/judged-visits.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { TraceSearch } from '../helpers/traces.ts';
import { waitFor } from '../helpers/wait-for.ts';

const DAY = 86_400_000;
const WEEK = QUICK.threatMaxLife;
const PATIENCE_MS = 240_000;
/** Of one test, which waits for many things. */
const TEST_MS = 6 * PATIENCE_MS;
const V4 = ['203.0.113.77', '198.51.100.201'] as const;
const V6 = '2001:db8:7a3f:91c2::';
/** Of that network. */
const VISITOR = `${V6}7`;
const ALL = [1, 2, 3, 4];

const logger = createLogger({ level: 'silent' });

let ahead = 0;
/** Days pass at once, so the rounds of a minute and of half a minute, in which clinics look what is over, come sooner too. */
const ROUNDS_MS = [30_000, 60_000];
const clock: Clock = {
  ...systemClock,
  now: () => Date.now() + ahead,
  setTimeout: (fn, ms) => systemClock.setTimeout(fn, ROUNDS_MS.includes(ms) ? ms / 20 : ms),
};
let net: TestNodes;
/** What stood sealed beside the chain. */
const sealed: Uint8Array[] = [];

const status = async (clinic: number) => (await net.client(clinic).call('node_status', {})).threatKey!;
const verdict = async (clinic: number, address: string) =>
  (await net.client(clinic).call('threat_check', { address })).verdict;

async function block(clinic: number, address: string, forMs = WEEK): Promise<void> {
  const { statement } = await net.client(clinic).call('threat_block', { address, reason: 'scan', forMs });
  const [record] = net.node(clinic).outbox.list();
  sealed.push(record.attachment!.bytes);
  await net.applied(clinic, statement);
}

async function refusedAt(clinics: readonly number[], address: string, verdicts: readonly string[]): Promise<void> {
  for (const clinic of clinics) {
    await waitFor(async () => verdicts.includes(await verdict(clinic, address)), {
      timeoutMs: PATIENCE_MS,
      what: `${verdicts.join(' or ')} at clinic ${clinic}`,
    });
  }
}

async function epochReached(clinics: readonly number[], epoch: number): Promise<void> {
  for (const clinic of clinics) {
    await waitFor(async () => ((await status(clinic)).sealing ?? 0) >= epoch, {
      timeoutMs: PATIENCE_MS,
      what: `the key of epoch ${epoch} at clinic ${clinic}`,
    });
  }
}

const keysOf = async (clinic: number) => {
  const { paths, passphrase } = net.clinic(clinic);
  return (await openKeystore(paths.keystore, passphrase)).contents.shared!.threatKeys;
};

/** Every form in which the addresses could lie in a file. */
function traces(): TraceSearch {
  const search = new TraceSearch();
  for (const address of [...V4, V6]) addAddress(search, address);
  for (const [index, bytes] of sealed.entries()) search.add(bytes, `attachment ${index}`);
  return search;
}

/** How many files hold these bytes: addresses of four bytes also occur by chance. */
async function filesWith(root: string, needles: readonly Buffer[]): Promise<number> {
  let found = 0;
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    // A database that is open may have put another file in its place.
    const bytes = await readFile(join(entry.parentPath, entry.name)).catch(() => Buffer.alloc(0));
    if (needles.every((needle) => bytes.includes(needle))) found++;
  }
  return found;
}

beforeAll(async () => {
  net = await TestNodes.found({ params: QUICK, clock, config: JUDGING });
  await Promise.all(ALL.map((number) => net.start(number)));
  await net.connected();
});

afterAll(() => net?.remove());

it('property 17: blocklist synchronisation, through the weekly key with a cut and a restart', {
  timeout: TEST_MS,
}, async () => {
  expect(await status(1)).toMatchObject({ epoch: 1, sealing: 1, missing: [], overdue: false });
  ahead += 5 * DAY;
  await visited(net, ALL, V4[0], 'admitted', PATIENCE_MS);
  await block(1, V4[0]);
  await refusedAt(ALL, V4[0], ['block', 'challenge']);
  await visited(net, ALL, V4[0], 'stopped', PATIENCE_MS);
  ahead += 2 * DAY;
  await epochReached(ALL, 2);
  // live reports go under the new key, by their own clinic
  await waitFor(
    () => {
      const made = net.node(1).outbox.list();
      const retag = made.find(({ statement }) => decodeStatement(statement).kind === THREATS_RETAG);
      if (retag?.attachment === undefined) return false;
      sealed.push(retag.attachment.bytes);
      return true;
    },
    { timeoutMs: PATIENCE_MS, what: 'the report under the new key' },
  );
  // what a clinic knows only from chain and attachments
  await net.stop(2);
  await net.start(2);
  await refusedAt([2], V4[0], ['block', 'challenge']);

  await net.cut([1, 2, 3], [4]);
  ahead += 2 * DAY;
  await block(3, V4[1], 3 * DAY);
  await refusedAt([1, 2, 3], V4[1], ['block', 'challenge']);
  await visited(net, [1, 2, 3], V4[1], 'stopped', PATIENCE_MS);
  ahead += 5 * DAY + 60_000;
  await epochReached([1, 2, 3], 3);
  await block(1, V6, 2 * DAY);
  // Alone it may have made a key of its own branch, when it was its turn there: nobody seals under one that is not final.
  expect((await status(4)).sealing).toBe(2);
  expect(await verdict(4, V6)).toBe('allow');
  await net.heal();
  await refusedAt(ALL, V6, ['block', 'challenge']);
  await visited(net, ALL, VISITOR, 'stopped', PATIENCE_MS);
  await epochReached([4], 3);
  expect(await status(4)).toMatchObject({ missing: [], overdue: false });
});

it('property 39: auto-block expiry: a day after its end no file of any clinic holds the address in any form, of judged requests under daily keys alone', {
  timeout: TEST_MS,
}, async () => {
  for (const clinic of ALL) expect((await keysOf(clinic)).map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
  // what is looked for later is there now
  const newest = Buffer.from(sealed[sealed.length - 1]);
  for (const clinic of ALL) expect(await filesWith(net.clinic(clinic).paths.attachments, [newest])).toBeGreaterThan(0);
  ahead += 2 * DAY + 60_000;
  for (const address of [...V4, V6]) await refusedAt(ALL, address, ['allow']);
  ahead += DAY;
  // rounds of a minute sweep what is over
  await waitFor(
    async () => {
      const counts = await Promise.all(ALL.map((number) => filesWith(net.clinic(number).paths.attachments, [newest])));
      return counts.every((count) => count === 0);
    },
    { timeoutMs: PATIENCE_MS, intervalMs: 2_000, what: 'the attachments swept' },
  );
  await waitFor(
    () =>
      ALL.every((number) =>
        net
          .node(number)
          .outbox.list()
          .every((one) => one.attachment === undefined),
      ),
    {
      timeoutMs: PATIENCE_MS,
      what: 'no attachment in an outbox',
    },
  );
  // what each has sealed for itself, opened
  const feeds = await Promise.all(
    ALL.map(async (number) => {
      const { paths, passphrase } = net.clinic(number);
      const { storageKey } = (await openKeystore(paths.keystore, passphrase)).contents;
      return new FeedFile({ path: paths.feed, key: storageKey }, { clock, logger });
    }),
  );
  // the feed forgets in rounds of its own
  await waitFor(
    async () => (await Promise.all(feeds.map((feed) => feed.load()))).every(({ entries }) => entries.length === 0),
    {
      timeoutMs: PATIENCE_MS,
      intervalMs: 1_000,
      what: 'nothing left in the feed of any clinic',
    },
  );
  // The security logs still say it to who may ask, by the keys of their days.
  for (const number of ALL) {
    for (const address of number === 4 ? [V4[0], VISITOR] : [...V4, VISITOR])
      expect(await entriesOf(net, number, address)).not.toEqual([]);
  }
  await Promise.all(ALL.map((number) => net.stop(number)));
  for (const number of ALL) {
    const { traces: found, files, rows } = await traces().inDirectory(net.clinic(number).directory);
    expect(files).toBeGreaterThan(10);
    expect(rows).toBeGreaterThan(10);
    expect(found).toEqual([]);
    // in four bytes alone: by chance one of them may stand somewhere, not both in one small file
    expect(await filesWith(net.clinic(number).directory, V4.map(bytesOf))).toBe(0);
    for (const address of V4) expect(await filesWith(net.clinic(number).directory, [networkOf(address)])).toBe(0);
  }
});

it('destroys the keys 30 days after the last report under them, and the chain still verifies', {
  timeout: TEST_MS,
}, async () => {
  ahead += 2 * WEEK + QUICK.keyGrace + DAY;
  await Promise.all(ALL.map((number) => net.start(number)));
  await net.connected();
  // Nor does anybody learn who was judged: what lies there still opens no more.
  for (const number of ALL) {
    for (const address of [...V4, VISITOR]) expect(await entriesOf(net, number, address)).toEqual([]);
  }
  await waitFor(
    async () => {
      const held = await Promise.all(ALL.map(keysOf));
      // reports under the third are still taken, as the fourth has just begun
      return held.every((keys) => keys.map(({ epoch }) => epoch).join() === '3,4');
    },
    { timeoutMs: PATIENCE_MS, intervalMs: 1_000, what: 'only the last two keys in every keystore' },
  );
  await net.agreed();
  await block(4, V4[0]);
  await refusedAt(ALL, V4[0], ['block', 'challenge']);
});
