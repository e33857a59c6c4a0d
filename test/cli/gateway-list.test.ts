// Claims about what a gateway keeps of its node: the list, what stands above it, blocks that are held back.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { type Change, KeptList } from '../../cli/gateway/kept-list.ts';
import { KeptRules } from '../../cli/gateway/kept-rules.ts';
import { createLogger } from '../../common/logger.ts';
import { contains, formatNetwork, parseAddress, parseNetwork } from '../../gateway/address.ts';
import { SignedInAddresses } from '../../gateway/judge/signed-in-addresses.ts';
import { DeltaBreaker, MAX_ENTRIES_PER_MINUTE } from '../../gateway/lookup/delta-breaker.ts';
import { NeverBlock } from '../../gateway/never-block.ts';

const directory = mkdtempSync(join(tmpdir(), 'wardmesh-kept-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const MINUTE = 60_000;
const FAR = 1e12;
const path = join(directory, 'list');
const logger = createLogger({ level: 'silent' });
const block = (address: string, until = FAR): Change => ({ address, effect: 'block', byHand: false, until });
const address = (i: number): string => `203.0.${i >> 8}.${i & 255}`;
const many = (from: number, count: number): Change[] =>
  Array.from({ length: count }, (_, i) => block(address(from + i)));
const answer = (changes: readonly Change[], next = 1, more = false) => ({ changes, next, more });

function listOf(signedIn = new SignedInAddresses(), removed: string[] = []): KeptList {
  return new KeptList(
    { path, seed: 1 },
    { logger, breaker: new DeltaBreaker({ signedIn }), onRemoved: (network) => removed.push(formatNetwork(network)) },
  );
}

const verdictOf = (list: KeptList, text: string, at = 0) => list.enforced.verdictFor(parseAddress(text), at).verdict;

describe('the list that a gateway keeps', () => {
  it('is in force at once, and after a restart from the disk; what is over goes', async () => {
    const removed: string[] = [];
    const list = listOf(undefined, removed);
    await list.load(0);
    await list.take(answer([block('203.0.113.7', 10_000), block('198.51.100.0/24', 90_000)], 7), 0);
    expect(removed).toEqual([]);
    await list.take(answer([{ ...block('203.0.113.9', 0), effect: null }], 9), 0);
    expect(removed).toEqual(['203.0.113.9']);
    await list.save(0);
    const again = listOf();
    await again.load(0);
    expect([again.since, again.size]).toEqual([9, 2]);
    expect(verdictOf(again, '203.0.113.7')).toBe('block');
    expect(verdictOf(again, '198.51.100.77')).toBe('block');
    await again.save(20_000);
    const later = listOf();
    await later.load(20_000);
    expect(later.size).toBe(1);
  });

  it('property 33: cached reads: after any answers, restarts and time without the node, what the node said last and what is not over', async () => {
    const changes = fc.array(
      fc.record({
        address: fc.constantFrom('203.0.113.7', '203.0.113.9', '198.51.100.0/24', '198.51.100.77', '2001:db8::/64'),
        effect: fc.constantFrom('block', 'challenge', null),
        byHand: fc.boolean(),
        // The tables round an end up to the second.
        until: fc.nat(200).map((seconds) => seconds * 1_000 + 500),
      }),
      { maxLength: 4 },
    );
    const step = fc.oneof(
      fc.record({ does: fc.constant('answer' as const), changes }),
      fc.record({ does: fc.constant('restart' as const) }),
      fc.record({ does: fc.constant('wait' as const), ms: fc.nat(60).map((seconds) => seconds * 1_000) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        let [now, next] = [0, 0];
        const told = new Map<string, Change>();
        rmSync(path, { force: true });
        let list = listOf();
        await list.load(now);
        for (const one of steps) {
          if (one.does === 'wait') now += one.ms;
          else if (one.does === 'restart') {
            await list.save(now);
            list = listOf();
            await list.load(now);
          } else {
            next++;
            await list.take(answer(one.changes, next), now);
            for (const change of one.changes) told.set(change.address, change);
          }
          // What brought no change need not be written: the node says it again.
          expect(list.since).toBeLessThanOrEqual(next);
          for (const asked of [
            '203.0.113.7',
            '203.0.113.9',
            '198.51.100.77',
            '198.51.100.1',
            '2001:db8::1',
            '192.0.2.1',
          ]) {
            const network = parseAddress(asked);
            const effects = [...told.values()]
              .filter(({ address: text, until }) => until > now && contains(parseNetwork(text), network))
              .map(({ effect }) => effect);
            const expected = (['block', 'challenge'] as const).find((effect) => effects.includes(effect)) ?? 'allow';
            expect(verdictOf(list, asked, now)).toBe(expected);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('of a damaged file is empty, so that the node gives all of it again', async () => {
    for (const text of [
      '',
      'x',
      'wardmesh/gateway-list/1 5 2\n["203.0.113.7","block",false,9]\n',
      'wardmesh/gateway-list/1 5 1\n["nonsense","block",false,9]\n',
      'wardmesh/gateway-list/1 5 1\n["203.0.113.7","block",false,9,"held"]\n',
      'wardmesh/gateway-list/1 5 1 {"since":1,"why":{"rule":"x"}}\n["203.0.113.7","block",false,9,"held"]\n',
    ]) {
      writeFileSync(path, text);
      const list = listOf();
      await list.load(0);
      expect([list.since, list.size]).toEqual([0, 0]);
    }
  });
});

describe('blocks that are held back', () => {
  it('are those beyond a thousand a minute: they challenge, and come into force as the pace allows', async () => {
    const list = listOf();
    await list.take(answer(many(0, 3_000)), 0);
    expect([list.held.size, verdictOf(list, address(2_999))]).toEqual([0, 'block']);
    await list.take(answer(many(5_000, 2_500)), 1_000);
    expect([list.held.size, verdictOf(list, address(5_000))]).toEqual([2_500, 'challenge']);
    for (const minutes of [2, 4, 6]) {
      await list.take(answer([]), minutes * MINUTE);
      list.review(minutes * MINUTE);
      expect(list.held.size).toBe(Math.max(0, 2_500 - (minutes / 2) * MAX_ENTRIES_PER_MINUTE));
    }
    expect(verdictOf(list, address(7_499))).toBe('block');
  });

  it('come into force while others go on to come, as many as these leave room for', async () => {
    const list = listOf();
    await list.take(answer([]), 0);
    await list.take(answer(many(5_000, 2_500)), 1_000);
    const left: number[] = [];
    for (const minute of [1, 2, 3]) {
      await list.take(answer([block(`198.51.100.${minute}`)]), minute * MINUTE + 30_000);
      list.review((minute + 1) * MINUTE);
      left.push(list.held.size);
    }
    expect(left).toEqual([1_501, 502, 0]);
    // What is over does not wait for room.
    await list.take(answer([]), 10 * MINUTE);
    await list.take(answer([...many(20_000, 1_000), block('198.51.100.9', 11 * MINUTE)]), 10 * MINUTE);
    await list.take(answer(many(30_000, 1_000)), 10 * MINUTE + 30_000);
    expect(list.held.size).toBe(1_001);
    list.review(11 * MINUTE);
    expect(list.held.size).toBe(1_000);
  });

  it('are told with their reason for as long as they wait, and come into force when an administrator says so', async () => {
    const list = listOf();
    expect([list.held.openBreakers(), list.held.release()]).toEqual([[], false]);
    await list.take(answer([]), 0);
    await list.take(answer(many(5_000, 2_500)), 1_000);
    await list.take(answer([]), 2 * MINUTE);
    list.review(2 * MINUTE);
    const why = { breaker: 'list', since: 1_000, cause: 'pace', of: MAX_ENTRIES_PER_MINUTE, waiting: 1_500 };
    expect(list.held.openBreakers()).toMatchObject([{ ...why, hit: 2_500 }]);
    expect(list.held.release()).toBe(true);
    expect([list.held.openBreakers(), list.held.size, verdictOf(list, address(7_499))]).toEqual([[], 0, 'block']);
  });

  it('are those that would refuse many who are signed in, unless an administrator decided; an unblock ends them', async () => {
    const signedIn = new SignedInAddresses();
    for (let i = 0; i < 100; i++) signedIn.note(parseAddress(address(i)), false, 0);
    const list = listOf(signedIn);
    await list.take(answer([]), 0);
    await list.take(answer(many(0, 10)), 1_000);
    expect([list.held.size, verdictOf(list, address(0), 1_000)]).toEqual([10, 'challenge']);
    await list.take(
      answer([
        { ...block(address(0)), byHand: true },
        { ...block(address(1)), effect: null },
      ]),
      2_000,
    );
    expect([list.held.size, verdictOf(list, address(0)), verdictOf(list, address(1))]).toEqual([8, 'block', 'allow']);
    list.review(2 * MINUTE);
    expect(list.held.size).toBe(8);
    await list.take(answer(many(20, 10).map((one) => ({ ...one, byHand: true }))), 2 * MINUTE + 1);
    expect([list.held.size, verdictOf(list, address(25))]).toEqual([8, 'block']);
    // Who was signed in a week ago is no reason any more.
    const later = 8 * 24 * 60 * MINUTE;
    list.review(later);
    expect([list.held.size, verdictOf(list, address(2), later)]).toEqual([0, 'block']);
  });

  it('are still held back after a restart, for the same reason and until the same review', async () => {
    const list = listOf();
    await list.take(answer([]), 0);
    await list.take(answer([block('198.51.100.7'), ...many(0, 900)]), 1_000);
    await list.take(answer(many(5_000, 1_500)), 1_001);
    await list.save(1_002);
    const again = listOf();
    await again.load(2_000);
    const verdicts = [address(6_499), '198.51.100.7'].map((each) => verdictOf(again, each));
    expect([again.held.size, ...verdicts]).toEqual([1_500, 'challenge', 'block']);
    expect(again.held.openBreakers()).toEqual(list.held.openBreakers());
    again.review(2 * MINUTE);
    expect(again.held.size).toBe(500);
    await again.save(2 * MINUTE);
    const third = listOf();
    await third.load(2 * MINUTE + 1);
    expect(third.held.size).toBe(500);
    expect(third.held.release()).toBe(true);
    await third.save(2 * MINUTE + 2);
    const last = listOf();
    await last.load(2 * MINUTE + 3);
    expect([last.held.size, last.held.openBreakers(), verdictOf(last, address(6_499))]).toEqual([0, [], 'block']);
  });

  it('for those who are signed in wait a day after a restart, for the gateway to see who that is', async () => {
    const signedIn = new SignedInAddresses();
    for (let i = 0; i < 100; i++) signedIn.note(parseAddress(address(i)), false, 0);
    const list = listOf(signedIn);
    await list.take(answer([]), 0);
    await list.take(answer(many(5_000, 1_500)), 1_000);
    await list.take(answer(many(0, 10)), 2_000);
    expect(list.held.openBreakers()).toMatchObject([{ since: 1_000, cause: 'known-addresses', hit: 10, of: 100 }]);
    await list.save(3_000);
    const again = listOf();
    await again.load(4_000);
    again.review(60 * MINUTE);
    expect([again.held.size, verdictOf(again, address(3))]).toEqual([1_510, 'challenge']);
    const day = 25 * 60 * MINUTE;
    again.review(day);
    again.review(day + 2 * MINUTE);
    expect([again.held.size, verdictOf(again, address(3))]).toEqual([0, 'block']);
  });
});

describe('what stands above the list', () => {
  it('holds at once and after a restart, the narrowest decision first; a damaged file is none', async () => {
    const file = join(directory, 'rules');
    const given = {
      revision: 'a-1-1',
      pins: [
        { address: '203.0.113.0/24', action: 'allow', until: null },
        { address: '203.0.113.9', action: 'block', until: 5_000 },
      ] as const,
      neverBlocked: ['198.51.100.0/28'],
    };
    const rulesOf = async (list: KeptList, neverBlock: NeverBlock) => {
      const rules = new KeptRules({ path: file }, { enforced: list.enforced, neverBlock });
      await rules.load();
      return rules;
    };
    const [list, neverBlock] = [listOf(), new NeverBlock({ documentationBlockable: true })];
    await list.take(answer([block('203.0.113.7')]), 0);
    const first = await rulesOf(list, neverBlock);
    expect(first.revision).toBe('');
    await first.take({ ...given, pins: [...given.pins] });
    const holds = (at: KeptList, never: NeverBlock) => [
      verdictOf(at, '203.0.113.7', 1_000),
      verdictOf(at, '203.0.113.9', 1_000),
      verdictOf(at, '203.0.113.9', 6_000),
      never.setOf(parseAddress('198.51.100.3')),
    ];
    expect(holds(list, neverBlock)).toEqual(['allow', 'block', 'allow', 'member']);
    const [other, others] = [listOf(), new NeverBlock({ documentationBlockable: true })];
    expect((await rulesOf(other, others)).revision).toBe('a-1-1');
    expect(holds(other, others)).toEqual(['allow', 'block', 'allow', 'member']);
    writeFileSync(file, '{"revision":"x","pins":[{"address":"nonsense"}],"neverBlocked":[]}');
    expect((await rulesOf(other, others)).revision).toBe('');
    expect(verdictOf(other, '203.0.113.7', 1_000)).toBe('allow');
  });
});
