// Claims about the list that enforcement asks: it says what a plain search through the entries says.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contains, type Network, widen } from '../../../gateway/address.ts';
import { type EnforcedEntry, EnforcedList } from '../../../gateway/lookup/enforced-list.ts';
import { nearNetwork, network } from '../generators.ts';

const newList = (pause = async () => {}) => new EnforcedList({ seed: 0x1234567 }, { pause });
const NOW = 1_000_000;

/** As members declare their own, and beside the documentation ranges. */
const wide = fc.oneof(
  fc
    .integer({ min: 0, max: 24 })
    .map((prefix): Network => widen({ family: 4, prefix, high: 0xc0000200, low: 0 }, prefix)),
  fc
    .integer({ min: 0, max: 48 })
    .map((prefix): Network => widen({ family: 6, prefix, high: 0x20010db8, low: 0 }, prefix)),
);

const entry: fc.Arbitrary<EnforcedEntry> = fc.record({
  network: fc.oneof(nearNetwork, nearNetwork, network, wide),
  verdict: fc.constantFrom('block', 'challenge'),
  byHand: fc.boolean(),
  until: fc.constantFrom(NOW - 1_000, NOW + 1_000, NOW + 2_000),
});
const single = (of: Network): Network => ({ ...of, prefix: of.family === 4 ? 32 : 64 });

function plain(entries: readonly EnforcedEntry[], client: Network, at: number): string {
  const over = entries.filter(({ network, until }) => contains(network, client) && until > at);
  const blocks = over.filter(({ verdict }) => verdict === 'block');
  if (blocks.some(({ byHand }) => byHand)) return 'block by hand';
  return blocks.length > 0 ? 'block' : over.length > 0 ? 'challenge' : 'allow';
}

function asked(list: EnforcedList, client: Network, at: number): string {
  const { verdict, byHand } = list.verdictFor(client, at);
  return byHand === true ? `${verdict} by hand` : verdict;
}

describe('the enforced list', () => {
  it('answers as a search through all entries does, built and changed', async () => {
    const change = fc.record({ network: fc.oneof(nearNetwork, wide), entries: fc.array(entry, { maxLength: 2 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(entry, { maxLength: 30 }),
        fc.array(change, { maxLength: 6 }),
        async (built, changes) => {
          const list = newList();
          await list.rebuild(built);
          let entries = [...built];
          const same = (a: Network, b: Network) => a.prefix === b.prefix && contains(a, b);
          const check = () => {
            const clients = [...built.map(({ network }) => network), ...changes.map(({ network }) => network)].map(
              single,
            );
            for (const client of clients) {
              for (const at of [NOW, NOW + 1_000, NOW + 2_000]) {
                expect(asked(list, client, at)).toBe(plain(entries, client, at));
              }
            }
          };
          check();
          for (const { network, entries: said } of changes) {
            const now = said.map((each) => ({ ...each, network }));
            list.set(network, now);
            entries = [...entries.filter((each) => !same(each.network, network)), ...now];
            check();
          }
          await list.rebuild(entries);
          check();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('finds every one of many addresses of the same network, and none beside them', async () => {
    const hosts = fc.uniqueArray(fc.nat(400), { minLength: 1, maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(hosts, fc.constantFrom(0, 0xffff_fe00, 0xcb00_ff00), async (listed, from) => {
        const host = (at: number): Network => ({ family: 4, prefix: 32, high: (from + at) % 2 ** 32, low: 0 });
        const list = newList();
        const said = { verdict: 'block', byHand: false, until: NOW + 1_000 } as const;
        await list.rebuild(listed.map((at) => ({ ...said, network: host(at) })));
        const known = new Set(listed.map((at) => host(at).high));
        for (let at = 0; at <= 401; at++) {
          expect(list.verdictFor(host(at), NOW).verdict === 'block').toBe(known.has(host(at).high));
        }
        expect(list.size).toBe(known.size);
      }),
      { numRuns: 20 },
    );
  });

  it('keeps what changes while it is being rebuilt, and serves meanwhile', async () => {
    const base = Array.from({ length: 50_000 }, (_, i) => ({
      network: { family: 4, prefix: 32, high: 0xcb007100 + i, low: 0 } as Network,
      verdict: 'block' as const,
      byHand: false,
      until: NOW + 1_000,
    }));
    let pauses = 0;
    const list = newList(async () => {
      pauses++;
      if (pauses !== 2) return;
      expect(list.verdictFor(base[1].network, NOW).verdict).toBe('allow');
      list.set(base[0].network, []);
      list.set(widen(base[0].network, 24), [{ ...base[0], verdict: 'challenge' }]);
    });
    await list.rebuild(base);
    expect(pauses).toBe(8);
    expect(list.verdictFor(base[0].network, NOW).verdict).toBe('challenge');
    expect(list.verdictFor(base[1].network, NOW).verdict).toBe('block');
    expect(list.verdictFor({ family: 4, prefix: 32, high: 1, low: 0 }, NOW).verdict).toBe('allow');
    expect(list.size).toBe(50_000);
  });

  it("lets an administrator's narrowest pin win", () => {
    const list = newList();
    const host: Network = { family: 4, prefix: 32, high: 0xcb007107, low: 0 };
    list.set(host, [{ network: host, verdict: 'block', byHand: true, until: NOW + 1_000 }]);
    const pin = (network: Network, action: 'allow' | 'block', until?: number) => ({
      network,
      action,
      by: 'a',
      at: 0,
      until,
    });
    list.setPins([pin(widen(host, 24), 'block'), pin(host, 'allow', NOW + 500)]);
    expect(list.verdictFor(host, NOW)).toMatchObject({ verdict: 'allow', reasons: [{ rule: 'pin' }] });
    expect(list.verdictFor(host, NOW + 500)).toMatchObject({ verdict: 'block', reasons: [{ rule: 'pin' }] });
    expect(list.verdictFor({ ...host, high: host.high + 1 }, NOW).verdict).toBe('block');
  });
});
