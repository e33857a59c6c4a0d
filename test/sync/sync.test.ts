// Nodes that catch up over real hosts: all blocks from several peers, or a final state first and the rest after it.
import { cp } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { equalBytes } from '../../common/bytes.ts';
import { BLOCKS_BY_HASH, SNAPSHOT } from '../../node/sync/protocols.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { type SyncNode, SyncWorld } from './harness.ts';

let world: SyncWorld;

beforeEach(async () => {
  world = await SyncWorld.make(4);
});

afterEach(() => world.end());

const PLAN = { transactions: 450, perBlock: 6, final: true };
const HEIGHT = 75;

/** The same chain at several clinics. */
async function honest(...numbers: readonly number[]): Promise<SyncNode[]> {
  const path = await world.chainAt('made', PLAN);
  const nodes: SyncNode[] = [];
  for (const number of numbers) {
    const copy = `${world.root}/clinic-${number}`;
    await cp(path, copy, { recursive: true });
    nodes.push(await world.start(number, copy));
  }
  return nodes;
}

const asked = async (node: SyncNode, protocol: string): Promise<number> => {
  let count = 0;
  const { network } = node;
  const { request } = network;
  network.request = (peer, name, bytes, signal) => {
    if (name === protocol) count++;
    return request.call(network, peer, name, bytes, signal);
  };
  await waitFor(() => count > 0);
  return count;
};

describe('a fresh node', { timeout: 400_000 }, () => {
  it('comes to the head by all blocks, asking every peer for a share', async () => {
    const [one, two] = await honest(1, 2);
    const fresh = await world.start(3, `${world.root}/fresh`, { mode: 'full' });
    const served: string[] = [];
    const { request } = fresh.network;
    fresh.network.request = (peer, protocol, bytes, signal) => {
      if (protocol === BLOCKS_BY_HASH.protocol) served.push(peer);
      return request.call(fresh.network, peer, protocol, bytes, signal);
    };
    await world.join(fresh, one, two);
    await world.reaches(fresh, HEIGHT);
    expect(fresh.chain.tip.id).toEqual(one.chain.tip.id);
    expect(fresh.chain.roots).toEqual(one.chain.roots);
    expect(new Set(served).size).toBe(2);
    expect(await fresh.store.bodiesFrom()).toBe(0);
  });

  it('stands on a final state, comes to the head, and fills in the old bodies', async () => {
    const [one, two] = await honest(1, 2);
    await world.join(one, two);
    await waitFor(async () => (await one.store.snapshots()).length > 0 && (await two.store.snapshots()).length > 0, {
      timeoutMs: 150_000,
      what: 'snapshots',
    });
    expect(await one.store.snapshots()).toEqual(await two.store.snapshots());
    const fresh = await world.start(3, `${world.root}/fresh`, { mode: 'snapshot' });
    const parts = asked(fresh, SNAPSHOT.protocol);
    await world.join(fresh, one, two);
    await world.reaches(fresh, HEIGHT);
    expect(await parts).toBeGreaterThan(0);
    expect(fresh.chain.roots).toEqual(one.chain.roots);
    expect(fresh.chain.view).toEqual(one.chain.view);
    expect(fresh.chain.tip.work).toBe(one.chain.tip.work);
    await waitFor(() => fresh.sync.status().oldestBody === 0, { what: 'old bodies' });
    for (let height = 0; height <= HEIGHT; height++) {
      const { id } = (await one.store.entryAt(height))!;
      expect(equalBytes((await fresh.store.block(id))!, (await one.store.block(id))!)).toBe(true);
      expect(await fresh.store.outcomes(id)).toEqual(await one.store.outcomes(id));
    }
    expect(fresh.sync.state.phase).toBe('idle');
  });

  it('keeps no old bodies when it is told so, and says from where on it has them', async () => {
    const [one] = await honest(1);
    await world.join(one);
    await waitFor(async () => (await one.store.snapshots()).length > 0);
    const fresh = await world.start(3, `${world.root}/fresh`, { mode: 'snapshot', keep: 20 });
    await world.join(fresh, one);
    await world.reaches(fresh, HEIGHT);
    await waitFor(() => fresh.sync.status().oldestBody === HEIGHT - 20 || fresh.sync.status().oldestBody === 64, {
      timeoutMs: 150_000,
      what: 'pruning',
    });
  });

  it('is not behind because somebody names a height and shows no work for it', async () => {
    const node = await world.start(3, `${world.root}/alone`);
    const status = { ...node.sync.status(), head: new Uint8Array(32).fill(7), height: 9_000_000 };
    node.sync.onStatus(world.peerId(2), status);
    expect(node.sync.behind).toBe(false);
  });
});
