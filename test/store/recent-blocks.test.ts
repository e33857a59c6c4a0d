// The last blocks in memory while the tip moves: always enough, and not read again with every block.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ChainDatabase } from '../../node/store/chain-database.ts';
import { ChainQueries } from '../../node/store/chain-queries.ts';
import { Driver, temporaryDirectory, testGenesis } from './chain-fixture.ts';

const BLOCKS = 250;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let store: ChainDatabase;

beforeEach(async () => {
  directory = await temporaryDirectory();
  store = new ChainDatabase({ path: directory.path, genesis: testGenesis() });
});

afterEach(async () => {
  await store.close();
  await directory.remove();
});

describe('recent blocks', () => {
  it('are read a few times, not with every block, when a long branch is undone', async () => {
    const driver = await Driver.open(testGenesis(), store);
    for (let n = 0; n < BLOCKS; n++) await driver.add([]);
    let read = 0;
    const { entries } = ChainQueries.prototype;
    ChainQueries.prototype.entries = async function (from, limit) {
      const found = await entries.call(this, from, limit);
      read += found.length;
      return found;
    };
    try {
      for (let n = 0; n < BLOCKS; n++) await store.disconnect();
    } finally {
      ChainQueries.prototype.entries = entries;
    }
    expect(read).toBeGreaterThan(0);
    // Each block of the branch about twice: as one of a page, and again when the next page begins.
    expect(read).toBeLessThan(3 * BLOCKS);
  });
});
