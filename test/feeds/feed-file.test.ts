// Bytes of what was announced: nothing is lost, and anything else is refused.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { formatNetwork } from '../../gateway/address.ts';
import type { LogEntry } from '../../gateway/lists/change-log.ts';
import { decodeFeed, encodeFeed } from '../../node/threats/feed-file.ts';
import { anyEntry, network } from '../gateway/generators.ts';

const time = fc.nat({ max: 2 ** 45 });
const entry: fc.Arbitrary<LogEntry> = fc
  .record({
    of: network,
    report: anyEntry,
    ...{ sequence: time, first: time, until: time, createdAt: time, organisation: fc.nat(0xffff) },
    ...{ state: fc.constantFrom('listed' as const, 'revoked' as const, 'expired' as const), blocked: fc.boolean() },
    ...{ effect: fc.constantFrom('block' as const, 'challenge' as const), pin: fc.boolean() },
  })
  .map(({ of, report, sequence, first, until, createdAt, organisation, state, blocked, effect, pin }) => ({
    ...{ text: formatNetwork(of), sequence, first, state, blocked },
    listed: {
      ...{ network: of, effect, until, createdAt, organisation, category: report.category },
      ...{ mode: pin ? ('pin' as const) : report.mode, id: pin ? '' : toHex(report.reportId) },
      // What still counts is known again from the chain.
      reports: state === 'revoked' && !pin ? [report] : [],
    },
  }));
const feed = fc.record({
  entries: fc.array(entry, { maxLength: 5 }),
  sequence: time,
  cursors: fc
    .dictionary(fc.stringMatching(/^[0-9a-f]{32}$/), time, { maxKeys: 3 })
    .map((places) => new Map(Object.entries(places))),
});

describe('the file of what was announced', () => {
  it('gives back what was written', () => {
    fc.assert(
      fc.property(feed, (kept) => {
        expect(decodeFeed(encodeFeed(kept))).toEqual(kept);
      }),
      { numRuns: 50 },
    );
  });

  it('refuses everything else with a CodecError', () => {
    const spoilt = fc.tuple(feed, fc.nat(), fc.nat(255), fc.nat(40)).map(([kept, at, value, cut]) => {
      const bytes = encodeFeed(kept);
      bytes[at % bytes.length] = value;
      return bytes.subarray(0, Math.max(0, bytes.length - cut));
    });
    fc.assert(
      fc.property(fc.oneof(spoilt, fc.uint8Array({ maxLength: 300 })), (bytes) => {
        try {
          decodeFeed(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
      { numRuns: 300 },
    );
  });
});
