// A member that answers, but slowly, beside one that answers well. Owns the claim that a clinic catches up from the latter.

import { afterAll, beforeAll, it } from 'vitest';
import { genesisId } from '../../consensus/genesis.ts';
import { BLOCKS_BY_RANGE, STATUS } from '../../node/sync/protocols.ts';
import { decodeRangeRequest, encodeRangeRequest } from '../../node/wire.ts';
import { boastOf } from '../helpers/boast.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
const HEIGHT = 12;
/** Shorter than what ends a request. */
const DELAY_MS = 4_000;

let net: TestNodes;

beforeAll(async () => {
  net = await TestNodes.found({ clinics: 3 });
}, MINUTE);

afterAll(() => net?.remove(), MINUTE);

it(
  'catches up from a good peer while a slow one that boasts of more work holds its turn',
  async () => {
    await net.start(1);
    await net.reaches(1, HEIGHT);
    await net.stop(1);
    // Without mining, so that no gossip helps.
    const good = await net.start(1, { 'mining-threads': '0' });
    const { height } = good.chain.tip.header;
    const blocks: Uint8Array[] = [];

    const G = genesisId(net.founded.bundle.genesis);
    const slow = await net.stranger(3, (own) => {
      own.serve(STATUS, async function* () {
        yield boastOf({ genesisId: G, height: 9_000, work: 1n << 200n });
      });
      own.serve(BLOCKS_BY_RANGE, async function* (_from, request) {
        const { from, count } = decodeRangeRequest(request);
        for (const block of blocks.slice(from - 1, from - 1 + count)) {
          await new Promise((resolve) => setTimeout(resolve, DELAY_MS));
          yield block;
        }
      });
    });
    await waitFor(() => slow.peers().length === 1, { timeoutMs: 20_000 });
    const request = encodeRangeRequest({ from: 1, count: height });
    for await (const block of slow.request(net.peerId(1), BLOCKS_BY_RANGE.protocol, request)) blocks.push(block);
    good.network.setMembers([]);
    await net.start(2, { 'mining-threads': '0' });
    await net.reaches(2, 1);
    await net.heal();
    await net.reaches(2, height, (DELAY_MS * height) / 2);
    await net.endStranger(slow);
  },
  2 * MINUTE,
);
