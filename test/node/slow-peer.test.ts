// A member that answers, but slowly, beside one that answers well. Owns the claim that a clinic catches up from the latter.

import { afterAll, beforeAll, it } from 'vitest';
import { equalBytes } from '../../common/bytes.ts';
import { signedHeaderOf } from '../../consensus/chain/block.ts';
import { blockId } from '../../consensus/chain/header.ts';
import { genesisId } from '../../consensus/genesis.ts';
import { decodeHeaderItems, encodeHeaderItem } from '../../node/store/rows.ts';
import { BLOCKS_BY_HASH, BLOCKS_BY_RANGE, HEADERS, STATUS } from '../../node/sync/protocols.ts';
import { decodeHeadersRequest, encodeHeadersRequest } from '../../node/sync/wire.ts';
import { decodeHashes, encodeRangeRequest } from '../../node/wire.ts';
import { boastOf } from '../helpers/boast.ts';
import { QUICK } from '../helpers/devnet.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
const HEIGHT = 12;
/** Shorter than what ends a request. */
const DELAY_MS = 2_000;

let net: TestNodes;

beforeAll(async () => {
  net = await TestNodes.found({ clinics: 3, params: QUICK });
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
    const headers: Uint8Array[] = [];

    const G = genesisId(net.founded.bundle.genesis);
    const slow = await net.stranger(3, (own) => {
      own.serve(STATUS, async function* () {
        yield boastOf({ genesisId: G, height: 9_000, work: 1n << 200n });
      });
      const late = () => new Promise((resolve) => setTimeout(resolve, DELAY_MS));
      own.serve(HEADERS, async function* (_from, request) {
        const { from, count } = decodeHeadersRequest(request);
        for (const header of headers.slice(from, from + count)) {
          await late();
          yield header;
        }
      });
      own.serve(BLOCKS_BY_HASH, async function* (_from, request) {
        for (const id of decodeHashes(request)) {
          const block = blocks.find((bytes) => equalBytes(blockId(signedHeaderOf(bytes).header), id));
          await late();
          if (block !== undefined) yield block;
        }
      });
    });
    await waitFor(() => slow.peers().length === 1);
    const wanted = encodeHeadersRequest({ from: 0, count: height + 1 });
    for await (const chunk of slow.request(net.peerId(1), HEADERS.protocol, wanted)) {
      headers.push(...decodeHeaderItems(chunk).map(encodeHeaderItem));
    }
    const request = encodeRangeRequest({ from: 1, count: height });
    for await (const block of slow.request(net.peerId(1), BLOCKS_BY_RANGE.protocol, request)) blocks.push(block);
    good.network.setMembers([]);
    await net.start(2, { 'mining-threads': '0' });
    await net.reaches(2, 1);
    await net.heal();
    await net.reaches(2, height, (DELAY_MS * height) / 2);
    await net.endStranger(slow);
  },
  6 * MINUTE,
);
