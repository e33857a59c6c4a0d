import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../common/bytes.ts';
import { contains, formatNetwork, type Network } from '../../gateway/address.ts';
import { Blocklist, type ThreatVerdict } from '../../gateway/blocklist.ts';
import { NeverBlock } from '../../gateway/never-block.ts';
import type { Removal } from '../../gateway/removals.ts';
import type { ThreatEntry } from '../../gateway/threat-entry.ts';
import { entryOf, id, nearNetwork, spellings4, spellings6 } from './generators.ts';

const T = 10;
const END = 1_000;
const neverBlock = new NeverBlock({ documentationBlockable: true });
const fresh = (limits = {}) => new Blocklist({ blockInterval: T, threatMaxLife: END, ...limits }, { neverBlock });

// One entry per id, so that redelivery is redelivery; several organisations and few networks, so that they meet.
const entries: fc.Arbitrary<ThreatEntry[]> = fc
  .array(
    fc.record({
      network: nearNetwork,
      organisation: fc.integer({ min: 1, max: 4 }),
      issuedAt: fc.nat(100),
      expires: fc.integer({ min: 1, max: END }),
    }),
    { maxLength: 25 },
  )
  .map((list) => list.map((fields, i) => entryOf({ ...fields, reportId: id(i), clinic: fields.organisation })));

type Event = { kind: 'add'; entry: ThreatEntry } | { kind: 'remove'; removal: Removal };

/** Duplicates, unconfirmed copies before or after, removals, in any order; everything is delivered in the end. */
const schedule = (list: readonly ThreatEntry[], removals: readonly Removal[]): fc.Arbitrary<Event[]> => {
  const events: Event[] = [
    ...list.flatMap((entry): Event[] => [
      { kind: 'add', entry },
      { kind: 'add', entry: { ...entry, confirmed: false } },
      { kind: 'add', entry },
    ]),
    ...removals.flatMap((removal): Event[] => [
      { kind: 'remove', removal },
      { kind: 'remove', removal },
    ]),
  ];
  return fc.shuffledSubarray(events, { minLength: events.length, maxLength: events.length });
};

function deliver(list: Blocklist, events: readonly Event[], now = 0): Blocklist {
  for (const event of events) {
    if (event.kind === 'add') list.add(event.entry, now);
    else list.remove(event.removal);
  }
  return list;
}

const shown = (list: Blocklist, now: number) =>
  list
    .inEffect(now)
    .map(({ entry, until }) => [toHex(entry.reportId), formatNetwork(entry.network), entry.organisation, until]);

/** The rules, said again without any index. */
function reference(
  list: readonly ThreatEntry[],
  removals: readonly Removal[],
  address: Network,
  own: number,
  now: number,
): ThreatVerdict {
  const gone = (entry: ThreatEntry) =>
    removals.some(({ reportId, at }) => {
      const about = list.find((other) => toHex(other.reportId) === toHex(reportId))!;
      const sameThing =
        formatNetwork(about.network) === formatNetwork(entry.network) && about.organisation === entry.organisation;
      return about === entry || (sameThing && entry.issuedAt <= at);
    });
  const live = list.filter((entry) => entry.expires > now && contains(entry.network, address) && !gone(entry));
  const organisations = new Set(live.map(({ organisation }) => organisation));
  const clients = live.filter(({ network: { family, prefix } }) => prefix === (family === 4 ? 32 : 64));
  const single = new Set(clients.map(({ organisation }) => organisation));
  if (organisations.has(own) || organisations.size >= 3 || single.size >= 2) return 'block';
  return organisations.size > 0 ? 'challenge' : 'allow';
}

const scenario = entries.chain((list) =>
  fc
    .array(fc.record({ index: fc.nat(30), at: fc.nat(100) }), { maxLength: 4 })
    .map((picks) => (list.length === 0 ? [] : picks))
    .chain((picks) => {
      const chosen = new Map(picks.map(({ index, at }) => [index % list.length, at]));
      const removals = [...chosen].map(
        ([index, at]): Removal => ({
          ...{ reportId: list[index].reportId, organisation: list[index].organisation },
          ...{ clinic: 1, at: Math.max(at, list[index].issuedAt), reason: 'resolved' as const },
        }),
      );
      return fc.record({
        list: fc.constant(list),
        removals: fc.constant(removals),
        a: schedule(list, removals),
        b: schedule(list, removals),
      });
    }),
);

describe('blocklist properties', () => {
  it('property 15: blocked address refused: every verdict equals a brute-force reference', () => {
    fc.assert(
      fc.property(
        scenario,
        nearNetwork,
        fc.integer({ min: 1, max: 5 }),
        fc.nat(END),
        ({ list, removals, a }, address, own, now) => {
          const blocklist = deliver(fresh(), a);
          expect(blocklist.verdictFor(address, own, now).verdict).toBe(reference(list, removals, address, own, now));
        },
      ),
      { numRuns: 400 },
    );
  });

  it('property 15: blocked address refused: no spelling of a blocked address escapes', () => {
    const groups = fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(fc.nat(255), groups, (host, tail) => {
        const blocklist = fresh();
        const v4 = 0xc0000200 + host;
        blocklist.add(entryOf({ network: { family: 4, prefix: 32, high: v4, low: 0 }, reportId: id(1) }), 0);
        blocklist.add(entryOf({ network: { family: 6, prefix: 64, high: 0x20010db8, low: 7 }, reportId: id(2) }), 0);
        const texts = [...spellings4(v4), ...spellings6([0x2001, 0xdb8, 0, 7, ...tail])];
        for (const text of texts) expect([text, blocklist.verdictFor(text, 1, 0).verdict]).toEqual([text, 'block']);
      }),
      { numRuns: 50 },
    );
  });

  it('property 17: blocklist synchronisation: any order, repetition and delay of delivery gives one effective list', () => {
    fc.assert(
      fc.property(scenario, fc.array(fc.nat(60), { maxLength: 3 }), fc.nat(END), ({ a, b }, cuts, now) => {
        const whole = deliver(fresh(), a);
        // The other clinic gets the same with breaks, and forgets what is over at each.
        const other = fresh();
        let from = 0;
        for (const cut of [...cuts, b.length].sort((x, y) => x - y)) {
          deliver(other, b.slice(from, cut));
          other.expire(0);
          from = Math.max(from, cut);
        }
        expect(shown(other, now)).toEqual(shown(whole, now));
      }),
      { numRuns: 300 },
    );
  });

  it('property 17: blocklist synchronisation: a full list keeps the same reports in any order', () => {
    const two = entries.chain((list) => fc.tuple(schedule(list, []), schedule(list, [])));
    fc.assert(
      fc.property(
        two,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 9 }),
        ([a, b], maxPerOrganisation, maxReports) => {
          const limits = { maxPerOrganisation, maxReports };
          expect(shown(deliver(fresh(limits), a), 0)).toEqual(shown(deliver(fresh(limits), b), 0));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('property 18: manual unblock: after it no report of that evidence has an effect, whatever is delivered again', () => {
    fc.assert(
      fc.property(scenario, ({ removals, a, b }) => {
        const blocklist = deliver(deliver(fresh(), a), b);
        for (const { reportId, organisation } of removals) {
          expect(blocklist.report(reportId)).toBeUndefined();
          expect(blocklist.removalOf(reportId, organisation)).toBeDefined();
        }
      }),
    );
  });

  it('property 39: auto-block expiry: it is over at its end at every clinic, as its clock says, and nothing of it is left', () => {
    const DAY = 86_400_000;
    const skew = fc.integer({ min: -60_000, max: 60_000 });
    fc.assert(
      fc.property(nearNetwork, fc.array(skew, { minLength: 2, maxLength: 4 }), fc.nat(DAY), (network, skews, late) => {
        const issuedAt = 10 * DAY;
        const expires = issuedAt + DAY;
        for (const ahead of skews) {
          const list = new Blocklist({ blockInterval: 2_000, threatMaxLife: 7 * DAY }, { neverBlock });
          const mode = 'automatic' as const;
          list.add(entryOf({ network, mode, issuedAt, expires, receivedAt: issuedAt + late }), issuedAt + late + ahead);
          const inTime = late + ahead < DAY;
          expect(list.verdictFor(network, 1, expires - 1).verdict).toBe(inTime ? 'block' : 'allow');
          expect(list.verdictFor(network, 1, expires)).toEqual({ verdict: 'allow', reasons: [] });
          list.expire(expires);
          expect([list.size, list.report(id(1)), list.inEffect(0)]).toEqual([0, undefined, []]);
        }
      }),
    );
  });

  it('property 41: unblock resets score: what the organisation had reported adds nothing to anybody any more', () => {
    fc.assert(
      fc.property(scenario, fc.integer({ min: 1, max: 4 }), fc.nat(END), ({ list: all, removals, a }, own, now) => {
        const blocklist = deliver(fresh(), a);
        for (const { reportId } of removals) {
          const { network } = all.find((entry) => toHex(entry.reportId) === toHex(reportId))!;
          const { reasons } = blocklist.verdictFor(network, own, now);
          const named = reasons.flatMap((reason) => ('report' in reason ? [toHex(reason.report.entry.reportId)] : []));
          expect(named).not.toContain(toHex(reportId));
          expect(blocklist.inEffect(now).some(({ entry }) => toHex(entry.reportId) === toHex(reportId))).toBe(false);
        }
      }),
    );
  });
});
