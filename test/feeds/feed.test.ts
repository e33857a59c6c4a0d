// The list as a sequence of changes: it is always what the blocklist says, and whoever follows it in any rhythm holds it.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contains, formatNetwork, type Network, parseNetwork } from '../../gateway/address.ts';
import type { Blocklist } from '../../gateway/blocklist.ts';
import { carve } from '../../gateway/lists/carve.ts';
import { FORGET_AFTER } from '../../gateway/lists/change-log.ts';
import type { ThreatFeed } from '../../node/threats/feed.ts';
import { decodeFeed } from '../../node/threats/feed-file.ts';
import { entryOf, id, nearNetwork, network } from '../gateway/generators.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { emptyBlocklist, Follower, OWN, openFeed, scratch } from './feed.ts';

const HOUR = 3_600_000;
const START = 1_760_000_000_000;

type Step =
  | {
      readonly kind: 'report';
      readonly network: Network;
      readonly organisation: number;
      readonly life: number;
      readonly confirmed: boolean;
    }
  | { readonly kind: 'revoke'; readonly number: number }
  | {
      readonly kind: 'pin';
      readonly network: Network;
      readonly action: 'allow' | 'block';
      readonly life: number | undefined;
    }
  | { readonly kind: 'unpin'; readonly network: Network }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'follow' };

const life = fc.integer({ min: 1, max: 200_000 });
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('report' as const),
      network: nearNetwork,
      organisation: fc.integer({ min: 1, max: 3 }),
      life,
      confirmed: fc.boolean(),
    }),
    fc.record({ kind: fc.constant('revoke' as const), number: fc.nat(20) }),
    fc.record({
      kind: fc.constant('pin' as const),
      network: nearNetwork,
      action: fc.constantFrom('allow' as const, 'block' as const),
      life: fc.option(life, { nil: undefined }),
    }),
    fc.record({ kind: fc.constant('unpin' as const), network: nearNetwork }),
    fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 100_000 }) }),
    fc.record({ kind: fc.constant('follow' as const) }),
  ),
  { maxLength: 40 },
);

/** Plays a step; reports are numbered from 1. */
function player(blocklist: Blocklist, clock: ManualClock): (step: Step) => void {
  const reporters: number[] = [];
  return (step) => {
    const now = clock.now();
    if (step.kind === 'report') {
      reporters.push(step.organisation);
      const fields = { organisation: step.organisation, clinic: step.organisation, confirmed: step.confirmed };
      const times = { issuedAt: now, receivedAt: now, expires: now + step.life };
      blocklist.add(entryOf({ ...fields, ...times, network: step.network, reportId: id(reporters.length) }), now);
    } else if (step.kind === 'revoke') {
      const organisation = reporters[step.number - 1];
      if (organisation === undefined) return;
      blocklist.remove({ reportId: id(step.number), organisation, clinic: organisation, at: now, reason: 'resolved' });
    } else if (step.kind === 'pin') {
      const until = step.life === undefined ? undefined : now + step.life;
      blocklist.pin({ network: step.network, action: step.action, by: 'operator', at: now, until });
    } else if (step.kind === 'unpin') blocklist.unpin(step.network);
    else if (step.kind === 'wait') clock.advance(step.ms);
  };
}

const SINGLES = [0, 1, 2, 3].flatMap((host) => [`192.0.2.${host}`, `2001:db8:0:${host}::`]).map(parseNetwork);

/** Of every single address: the list says what the blocklist says, and ends name a time at which it still does. */
function expectTrue(feed: ThreatFeed, blocklist: Blocklist, now: number): void {
  const listed = feed.listed();
  for (const single of SINGLES) {
    const { verdict } = blocklist.verdictFor(single, OWN, now);
    const covering = listed.filter((entry) => contains(entry.listed.network, single));
    expect(covering.some(({ listed: { effect } }) => effect === 'block')).toBe(verdict === 'block');
    if (verdict === 'challenge') expect(covering.length).toBeGreaterThan(0);
    if (verdict === 'allow') expect(covering).toEqual([]);
  }
  for (const { listed: entry } of listed) expect(entry.until).toBeGreaterThan(now);
}

describe('the feed', () => {
  it('lists of every address what the blocklist says, after whatever happened', async () => {
    const directory = await scratch();
    let file = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (played) => {
        const { feed, blocklist, clock } = openFeed(join(directory, `${file++}`), new ManualClock(START));
        await feed.start();
        const play = player(blocklist, clock);
        const follower = new Follower();
        const late = new Follower();
        for (const step of played) {
          play(step);
          expectTrue(feed, blocklist, clock.now());
          if (step.kind === 'follow') follower.take(feed);
        }
        for (const somebody of [follower, late]) {
          somebody.take(feed);
          expect([...somebody.held.keys()].sort()).toEqual(
            feed
              .listed()
              .map(({ text }) => text)
              .sort(),
          );
        }
        await feed.stop();
      }),
      { numRuns: 40 },
    );
  });

  it('announces after a restart what ended meanwhile, keeps the numbers of what did not change, and never runs back', async () => {
    const path = join(await scratch(), 'feed.bin');
    const clock = new ManualClock(START);
    const first = openFeed(path, clock);
    await first.feed.start();
    const add = (blocklist: Blocklist, number: number, address: string) =>
      blocklist.add(
        entryOf({
          reportId: id(number),
          network: parseNetwork(address),
          issuedAt: START,
          receivedAt: START,
          expires: START + HOUR,
        }),
        START,
      );
    add(first.blocklist, 1, '192.0.2.1');
    add(first.blocklist, 2, '192.0.2.2');
    const before = first.feed.sequence;
    first.file.moved('somebody', before);
    await first.feed.stop();

    const blocklist = emptyBlocklist();
    add(blocklist, 1, '192.0.2.1');
    const second = openFeed(path, clock, blocklist);
    await second.feed.start();
    expect(second.file.cursors.get('somebody')).toBe(before);
    expect(second.feed.since(before).map(({ text, state }) => [text, state])).toEqual([['192.0.2.2', 'revoked']]);
    expect(second.feed.listed().map(({ text, listed }) => [text, listed.reports.length])).toEqual([['192.0.2.1', 1]]);
    await second.feed.stop();
  });

  it('has forgotten an address, also in its file, an hour after the end that was announced', async () => {
    const directory = await scratch();
    const path = join(directory, 'feed.bin');
    const { feed, blocklist, clock } = openFeed(path, new ManualClock(START));
    await feed.start();
    blocklist.add(entryOf({ network: parseNetwork('192.0.2.1'), expires: START + HOUR }), START);
    expect(feed.listed()).toHaveLength(1);
    clock.advance(HOUR + FORGET_AFTER + 61_000);
    expect(feed.since(0)).toEqual([]);
    await feed.stop();
    const { RowSeal } = await import('../../node/store/row-seal.ts');
    const sealed = await readFile(path);
    const bytes = new RowSeal(new Uint8Array(32).fill(7)).open(new TextEncoder().encode('wardmesh/feed/1'), sealed);
    expect(decodeFeed(bytes!).entries).toEqual([]);
    expect(await readdir(directory)).toEqual(['feed.bin']);
  });

  it('keeps whoever waits until something changes, the time is over, the caller goes or it stops itself', async () => {
    const { feed, blocklist, clock } = openFeed(join(await scratch(), 'feed.bin'), new ManualClock(START));
    await feed.start();
    const ends: string[] = [];
    const wait = (name: string, ms: number, signal = new AbortController().signal) =>
      feed.changedAfter(feed.sequence, ms, signal).then(() => ends.push(name));
    await wait('not at all', 0);
    const gone = new AbortController();
    const open = [wait('changed', 20_000), wait('gone', 20_000, gone.signal), wait('over', 5_000)];
    gone.abort();
    await open[1];
    await clock.advanceAsync(5_000);
    await open[2];
    expect(ends).toEqual(['not at all', 'gone', 'over']);
    blocklist.add(entryOf({ network: parseNetwork('192.0.2.1'), expires: START + HOUR }), START);
    await open[0];
    await feed.changedAfter(0, 20_000, new AbortController().signal);
    const last = wait('stopped', 20_000);
    await feed.stop();
    await last;
    expect(ends.slice(3)).toEqual(['changed', 'stopped']);
  });

  it('starts with nothing where the file is damaged', async () => {
    const path = join(await scratch(), 'feed.bin');
    const { writeFile } = await import('node:fs/promises');
    await writeFile(path, new Uint8Array(100));
    const { feed } = openFeed(path);
    await feed.start();
    expect(feed.since(0)).toEqual([]);
    await feed.stop();
  });
});

describe('a network without parts of it', () => {
  it('holds every address but those', () => {
    fc.assert(
      fc.property(network, fc.array(fc.nat(0xff), { maxLength: 4 }), (whole, picks) => {
        const single = whole.family === 4 ? 32 : 64;
        const room = 2 ** Math.min(8, single - whole.prefix);
        const at = (offset: number): Network =>
          whole.family === 4
            ? { ...whole, prefix: 32, high: whole.high + offset }
            : { ...whole, prefix: 64, low: whole.low + offset };
        const holes = picks.map((pick) => at(pick % room));
        const pieces = carve(whole, holes);
        for (let offset = 0; offset < room; offset++) {
          const address = at(offset);
          const open = holes.some((hole) => formatNetwork(hole) === formatNetwork(address));
          expect(pieces.filter((piece) => contains(piece, address))).toHaveLength(open ? 0 : 1);
        }
        for (const piece of pieces) expect(parseNetwork(formatNetwork(piece))).toEqual(piece);
      }),
      { numRuns: 50 },
    );
  });
});
