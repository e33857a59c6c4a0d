import { describe, expect, it } from 'vitest';
import type { Network } from '../../p2p/ports.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { addressOf, BLOCKS, collect, gossips, idOf, startNode, type TestNodeOptions, TX, text } from './nodes.ts';

const answering = (options: TestNodeOptions) =>
  startNode({
    ...options,
    setUp: (network) =>
      network.serve(BLOCKS, async function* () {
        yield text(`answer of ${options.number}`);
      }),
  });

/** Everybody knows everybody; only the first has an address. */
function introduce(...networks: readonly Network[]): void {
  const [first, ...others] = networks;
  const book = [addressOf(first), ...others.map(({ peerId }) => ({ peerId, addresses: [] }))];
  for (const network of networks) network.setMembers(book);
}

/** A relay and two members that listen nowhere. */
async function behindNat() {
  const relay = await answering({ number: 1, relay: 'serve' });
  const hidden = await answering({ number: 2, listen: [], relay: 'use' });
  const other = await answering({ number: 3, listen: [], relay: 'use' });
  introduce(relay.network, hidden.network, other.network);
  return { relay, hidden, other };
}

const through = (network: Network, peerId: string): boolean =>
  network.peers().some((peer) => peer.peerId === peerId && peer.relayed);

describe('a member that listens nowhere', () => {
  it('is reached by another through a relay: gossip and requests, in both directions', async () => {
    const { hidden, other } = await behindNat();
    await waitFor(() => gossips(hidden.network, idOf(3)) && gossips(other.network, idOf(2)));
    expect(through(hidden.network, idOf(3))).toBe(true);
    expect(through(hidden.network, idOf(1))).toBe(false);
    expect(hidden.network.addresses().join()).toContain(`/p2p/${idOf(1)}/p2p-circuit`);
    expect(await collect(other.network.request(idOf(2), BLOCKS.protocol, text('x')))).toEqual([text('answer of 2')]);
    expect(await collect(hidden.network.request(idOf(3), BLOCKS.protocol, text('x')))).toEqual([text('answer of 3')]);
    await hidden.network.publish(TX.topic, text('from behind'));
    await waitFor(() => other.received.some((message) => message.text === 'from behind'));
  }, 120_000);

  it('loses its place at the relay with its membership, and nobody reaches it through', async () => {
    const { relay, hidden, other } = await behindNat();
    await waitFor(() => gossips(other.network, idOf(2)));
    relay.network.setMembers([{ peerId: idOf(3), addresses: [] }]);
    await waitFor(() => other.network.peers().every(({ peerId }) => peerId !== idOf(2)));
    expect(hidden.network.peers()).toEqual([]);
    expect(hidden.network.addresses().join()).not.toContain('p2p-circuit');
  }, 120_000);

  it('is reached by nobody where no member relays', async () => {
    const plain = await answering({ number: 1 });
    const hidden = await answering({ number: 2, listen: [], relay: 'use' });
    const other = await answering({ number: 3, listen: [] });
    introduce(plain.network, hidden.network, other.network);
    await waitFor(() => gossips(plain.network, idOf(2)) && gossips(plain.network, idOf(3)));
    expect(hidden.network.addresses()).toEqual([]);
    expect(await plain.metric('wardmesh_p2p_peers')).toContain(' 2');
    await expect(waitFor(() => gossips(other.network, idOf(2)), { timeoutMs: 1_500 })).rejects.toThrow();
  }, 120_000);
});
