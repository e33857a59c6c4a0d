// The signers that the rules look back on: by the chain alone, whenever the node was started and however the set grows.
import { describe, expect, it } from 'vitest';
import type { ChainQueries } from '../../node/store/chain-queries.ts';
import type { Head } from '../../node/store/head.ts';
import type { ChainEntry } from '../../node/store/ports.ts';
import {
  loadRecent,
  popRecent,
  pushRecent,
  type RecentBlocks,
  recentSignersOf,
} from '../../node/store/recent-blocks.ts';

const entryAt = (height: number) => ({ header: { height, signer: (height % 97) + 1 } }) as ChainEntry;

function session(height: number, size: { of: number }): RecentBlocks {
  return {
    queries: {
      entries: async (from: number, count: number) =>
        Array.from({ length: count }, (_, i) => entryAt(from + i)).filter((entry) => entry.header.height <= height),
    } as unknown as ChainQueries,
    members: {
      get current() {
        return { size: size.of };
      },
    } as never,
    head: { tip: entryAt(height) } as Head,
    recent: [],
  };
}

describe('recent signers', () => {
  it('are the same for a node that ran while many joined and for one that was started after', async () => {
    const size = { of: 4 };
    const running = session(1000, size);
    await loadRecent(running);
    size.of = 68;
    running.head = { tip: entryAt(1001) } as Head;
    running.queries.entries = session(1001, size).queries.entries;
    await pushRecent(running, entryAt(1001));
    const started = session(1001, size);
    await loadRecent(started);
    expect(recentSignersOf(running)).toHaveLength(3 * 68);
    expect(recentSignersOf(running)).toEqual(recentSignersOf(started));
    running.head = { tip: entryAt(1000) } as Head;
    running.queries.entries = session(1000, size).queries.entries;
    await popRecent(running);
    expect(recentSignersOf(running)[0]).toBe(entryAt(1000).header.signer);
  });
});
