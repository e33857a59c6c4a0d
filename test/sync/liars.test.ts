// Members that lie to a node which catches up, one of each kind beside one that is honest: each is found out, blamed by
// the table, and what it keeps back comes from the other.
import { cp } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { concatBytes } from '../../common/bytes.ts';
import { signedHeaderOf } from '../../consensus/chain/block.ts';
import type { Checkpoint } from '../../consensus/chain/finality/types.ts';
import { decodeCut, encodeCut } from '../../consensus/tree/cut.ts';
import { ChainDatabase } from '../../node/store/chain-database.ts';
import { decodeHeaderItems, encodeHeaderItem } from '../../node/store/rows.ts';
import { decodePart, encodePart } from '../../node/store/snapshot/part.ts';
import { serveSync } from '../../node/sync/protocols.ts';
import { decodeHeadersRequest } from '../../node/sync/wire.ts';
import type { Network, ProtocolOptions, RequestHandler } from '../../p2p/ports.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { type Serve, type SyncNode, SyncWorld } from './harness.ts';

let world: SyncWorld;

beforeEach(async () => {
  world = await SyncWorld.make(4);
});

afterEach(() => world.end());

const PLAN = { transactions: 300, perBlock: 4, final: true };
const HEIGHT = 75;

type Lie = (store: ChainDatabase, honest: RequestHandler) => RequestHandler;

/** Honest but for some protocols. It claims the most work, so that it is asked first. */
function lying(lies: Readonly<Record<string, Lie>>, boast?: Checkpoint): Serve {
  return (network, store, sync) => {
    const twisted: Network = Object.create(network, {
      serve: {
        value: (options: ProtocolOptions, handler: RequestHandler) => {
          network.serve(options, lies[options.protocol]?.(store, handler) ?? handler);
        },
      },
    });
    const none = { get: async () => undefined };
    const mempool = { entries: () => [][Symbol.iterator]() };
    serveSync({
      ...{ network: twisted, store, attachments: none, mempool: mempool as never },
      status: () => {
        const status = sync().status();
        return { ...status, work: status.work + 1n, finalised: boast ?? status.finalised };
      },
      onStatus: (peerId, status) => sync().onStatus(peerId, status),
    });
  };
}

async function worldWith(
  lies: Readonly<Record<string, Lie>>,
  mode: 'full' | 'snapshot',
): Promise<Record<'fresh' | 'honest' | 'liar', SyncNode>> {
  const path = await world.chainAt('made', PLAN);
  await cp(path, `${world.root}/honest`, { recursive: true });
  const honest = await world.start(1, `${world.root}/honest`);
  const liar = await world.start(2, path, {}, lying(lies));
  if (mode === 'snapshot') {
    for (const { store } of [honest, liar]) await store.makeSnapshot(64);
  }
  const fresh = await world.start(3, `${world.root}/fresh`, { mode });
  await world.join(fresh, liar, honest);
  return { fresh, honest, liar };
}

const blamedFor = ({ blames }: SyncNode): string[] => blames.of(world.peerId(2)).map(({ code }) => code);

async function comesThrough(
  { fresh, honest }: Record<'fresh' | 'honest', SyncNode>,
  ...codes: readonly string[]
): Promise<void> {
  await waitFor(() => blamedFor(fresh).some((code) => codes.includes(code)), {
    timeoutMs: 150_000,
    what: `blame of ${codes}`,
  });
  await world.reaches(fresh, HEIGHT, 150_000);
  expect(fresh.chain.tip.id).toEqual(honest.chain.tip.id);
  expect(fresh.blames.of(world.peerId(1))).toEqual([]);
}

async function* each(
  chunks: AsyncIterable<Uint8Array>,
  change: (chunk: Uint8Array, at: number) => Uint8Array | undefined,
) {
  let at = 0;
  for await (const chunk of chunks) {
    const changed = change(chunk, at++);
    if (changed !== undefined) yield changed;
  }
}

const flipped = (bytes: Uint8Array, at: number): Uint8Array => {
  const copy = bytes.slice();
  copy[at] ^= 1;
  return copy;
};

describe('a node that catches up', { timeout: 400_000 }, () => {
  it('leaves a member that answers with headers of another range', async () => {
    const lie: Lie = (_store, honest) => (from, request) => {
      const other = flipped(request, 7);
      return honest(from, other);
    };
    await comesThrough(await worldWith({ '/wardmesh/headers/1': lie }, 'full'), 'sync.wrong-answer');
  });

  it('is not behind for a member that shows nothing while others bring blocks', async () => {
    const path = await world.chainAt('made', PLAN);
    let fresh: SyncNode | undefined;
    let asked = 0;
    const lie: Lie = (store) =>
      async function* () {
        // The tip moves meanwhile, by somebody else.
        const { chain } = fresh!;
        const { id } = (await store.entryAt(chain.tip.header.height + 1))!;
        await chain.import((await store.block(id))!, 'somebody else');
        asked++;
        yield* [];
      };
    const liar = await world.start(2, path, {}, lying({ '/wardmesh/headers/1': lie }));
    fresh = await world.start(3, `${world.root}/fresh`, { mode: 'full' });
    const { sync, chain } = fresh;
    await world.join(fresh, liar);
    await waitFor(() => asked > 0 && sync.state.phase === 'idle', { timeoutMs: 150_000, what: 'the turn of the liar' });
    expect(chain.tip.header.height).toBeGreaterThan(0);
    await waitFor(() => !sync.behind, { timeoutMs: 150_000, what: 'the liar to be found empty' });
  });

  it('leaves a member whose headers have no work or no signature', async () => {
    const lie: Lie = (_store, honest) => (from, request) =>
      each(honest(from, request), (chunk) => {
        const items = decodeHeaderItems(chunk).map(encodeHeaderItem);
        return Buffer.concat(items.map((item, i) => (i === items.length - 1 ? flipped(item, 240) : item)));
      });
    await comesThrough(await worldWith({ '/wardmesh/headers/1': lie }, 'full'), 'block.signature');
  });

  it('goes round a member that keeps back bodies of headers that it gave', async () => {
    const lie: Lie = (_store, honest) => (from, request) =>
      each(honest(from, request), (block) => (signedHeaderOf(block).header.height % 5 === 0 ? undefined : block));
    await comesThrough(await worldWith({ '/wardmesh/blocks-by-hash/1': lie }, 'full'), 'sync.withheld');
  });

  it('goes round a member that gives another body, and takes the right one', async () => {
    const lie: Lie = (_store, honest) => (from, request) =>
      each(honest(from, request), (block, at) => (at === 1 ? flipped(block, block.length - 1) : block));
    const codes = ['block.tx-root', 'codec.value', 'block.transaction-signature'];
    await comesThrough(await worldWith({ '/wardmesh/blocks-by-hash/1': lie }, 'full'), ...codes);
  });

  it('leaves a member that answers with blocks that were not asked for', async () => {
    const lie: Lie = (store) =>
      async function* () {
        yield (await store.block((await store.entryAt(HEIGHT))!.id))!;
      };
    await comesThrough(
      await worldWith({ '/wardmesh/blocks-by-hash/1': lie }, 'full'),
      'sync.wrong-answer',
      'sync.withheld',
    );
  });

  it('takes no wrong part of a snapshot, and the right one from another member', async () => {
    const lie: Lie = (_store, honest) => (from, request) =>
      each(honest(from, request), (answer) =>
        request[0] === 3 ? encodePart(decodePart(answer).rows.slice(1)) : answer,
      );
    const made = await worldWith({ '/wardmesh/snapshot/1': lie }, 'snapshot');
    await comesThrough(made, 'sync.wrong-part');
    expect(await made.fresh.store.bodiesFrom()).toBeLessThanOrEqual(64);
  });

  it('takes no cut with another root, and the right one from another member', async () => {
    const lie: Lie = (_store, honest) => (from, request) =>
      each(honest(from, request), (answer) => {
        if (request[0] !== 2) return answer;
        return encodeCut(decodeCut(answer).map((part) => ({ ...part, hash: new Uint8Array(32).fill(1) })));
      });
    await comesThrough(await worldWith({ '/wardmesh/snapshot/1': lie }, 'snapshot'), 'codec.value');
  });

  it('starts anew after headers that do not lead to the snapshot', async () => {
    const path = await world.chainAt('other', { ...PLAN, transactions: 400, perBlock: 5, final: false });
    const other = new ChainDatabase({ path, genesis: world.bench.genesis });
    await other.open();
    // Below the checkpoint, headers of another branch: each has its work, and no single one of them is wrong.
    const lie: Lie = (_store, honest) =>
      async function* (from, request) {
        let height = decodeHeadersRequest(request).from;
        for await (const answer of honest(from, request)) {
          const items = decodeHeaderItems(answer);
          const first = height;
          height += items.length;
          const given = first < 64 ? await other.headers(first, items.length) : items.map(encodeHeaderItem);
          yield concatBytes(...given);
        }
      };
    const { fresh } = await worldWith({ '/wardmesh/headers/1': lie }, 'snapshot');
    await world.reaches(fresh, HEIGHT, 150_000);
    expect(fresh.blames.of(world.peerId(1))).toEqual([]);
    await other.close();
  });

  it('believes no snapshot of a block that nobody made final', async () => {
    const path = await world.chainAt('unproven', { ...PLAN, final: false });
    const boast = { epoch: 16, id: new Uint8Array(32) };
    const unproven = await world.start(2, path, {}, lying({}, boast));
    await unproven.store.makeSnapshot(64);
    const fresh = await world.start(3, `${world.root}/fresh`, { mode: 'snapshot' });
    const offers: unknown[] = [];
    const { request } = fresh.network;
    fresh.network.request = (peer, protocol, bytes, signal) => {
      if (protocol === '/wardmesh/snapshot/1') offers.push(bytes[0]);
      return request.call(fresh.network, peer, protocol, bytes, signal);
    };
    await world.connect(fresh, unproven);
    fresh.sync.start();
    await waitFor(() => offers.length > 0, { timeoutMs: 150_000, what: 'a look at the offer' });
    await waitFor(() => !fresh.sync.behind, { timeoutMs: 150_000, what: 'the end of the turn' });
    expect(new Set(offers)).toEqual(new Set([1]));
  });
});
