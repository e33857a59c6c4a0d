import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RpcClient } from '../../rpc/client.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { waitFor } from '../helpers/wait-for.ts';

let net: TestNodes;
let client: RpcClient;
beforeAll(async () => {
  net = await TestNodes.found();
  await Promise.all([1, 2].map((number) => net.start(number, { 'mining-threads': '0' })));
  await net.connected();
  client = net.client(1);
}, 180_000);
afterAll(() => net.remove());

const peer = async (number: number) =>
  (await client.call('peer_list', {})).peers.find(({ clinic }) => clinic === number);

describe('peers of a whole node', () => {
  it('are listed with all members, connected or not, and how they behave', async () => {
    const { peers } = await client.call('peer_list', {});
    expect(peers.map(({ clinic }) => clinic)).toEqual(net.numbers.slice(1));
    expect(await peer(2)).toMatchObject({ connection: { gossip: true, relayed: false }, blames: [], banned: null });
    await expect.poll(async () => (await peer(2))?.standing.useful).toBeGreaterThan(0);
    expect(await peer(3)).toMatchObject({ connection: null, evidence: [] });
    expect((await client.call('node_status', {})).eventLoop.late).toBeTypeOf('boolean');
  });

  it('are banned at once and over a restart, and let in again', async () => {
    const made = await client.call('peer_ban', { peer: '2', reason: 'noisy' });
    expect(made).toMatchObject({ peerId: net.peerId(2), clinic: 2, banned: { reason: 'noisy' } });
    await waitFor(() => net.node(1).network.peers().length === 0 && net.node(2).network.peers().length === 0);
    expect(await peer(2)).toMatchObject({ connection: null, banned: { reason: 'noisy' } });
    await net.stop(1);
    await net.start(1, { 'mining-threads': '0' });
    expect(await peer(2)).toMatchObject({ connection: null, banned: { reason: 'noisy' } });
    await client.call('peer_unban', { peer: net.peerId(2) });
    await net.connected();
    expect(await peer(2)).toMatchObject({ connection: { gossip: true }, banned: null });
  }, 180_000);

  it('are not banned when they are nobody, or the node itself', async () => {
    await expect(client.call('peer_ban', { peer: '99' })).rejects.toMatchObject({
      message: expect.stringContaining('no such member'),
    });
    await expect(client.call('peer_ban', { peer: net.peerId(1) })).rejects.toThrow();
    await expect(client.call('peer_unban', { peer: '3' })).rejects.toThrow();
  });
});
