// The producer of blocks over a real chain, with a miner that solves when the test says so.
import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../../common/clock.ts';
import { createLogger } from '../../common/logger.ts';
import { blockId } from '../../consensus/chain/header.ts';
import type { Header } from '../../consensus/chain/types.ts';
import { meetsTarget } from '../../consensus/chain/work.ts';
import { MemberSets } from '../../node/members/member-sets.ts';
import { Mempool } from '../../node/mempool/mempool.ts';
import { Producer } from '../../node/producer.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { SyncWorld } from '../sync/harness.ts';

let end: () => Promise<void> = async () => {};
afterEach(() => end());

function solve(template: Header): Header {
  for (let nonce = 0n; ; nonce++) {
    const header = { ...template, nonce };
    if (meetsTarget(blockId(header), header.target)) return header;
  }
}

it('mines no second block on a tip that it has solved, also when a template for it was in the making', async () => {
  const world = await SyncWorld.make(1);
  const { chain, store } = await world.start(1, `${world.root}/chain`);
  const { genesis, id: genesisId, sign } = world.bench;
  const members = new MemberSets({ genesis }, { states: (keys) => store.states(keys) });
  const templates: Header[] = [];
  let solved: (header: Header) => void = () => {};
  const miner = {
    start: async (onSolution: (header: Header) => void) => {
      solved = onSolution;
    },
    replace: (template: Header) => void templates.push(template),
    pause: () => {},
    stop: async () => {},
  };
  let asked = 0;
  let go = (): void => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const finality = {
    version: 0,
    certificateFor: async () => {
      // The second template is slow.
      if (++asked === 2) await gate;
      return new Uint8Array(0);
    },
  };
  const producer = new Producer(
    { genesis, genesisId, clinic: 1, sign: (message) => sign(1, message) },
    {
      ...{ chain, miner, finality, clock: systemClock, logger: createLogger({ level: 'silent' }) },
      mempool: new Mempool({}, { members, nextSequence: async () => 0 }),
      announce: () => {},
    },
  );
  end = async () => {
    await producer.stop();
    await world.end();
  };
  await producer.start();
  const [first] = await waitFor(() => templates.length === 1 && templates);
  finality.version++;
  producer.refresh();
  await waitFor(() => asked === 2);
  solved(solve(first));
  go();
  await waitFor(() => chain.tip.header.height === 1 && templates.length > 1);
  expect(templates.slice(1).map(({ height }) => height)).not.toContain(1);
});
