import { describe, expect, it } from 'vitest';
import { GOODBYE } from '../../p2p/goodbye.ts';
import { waitFor } from '../helpers/wait-for.ts';
import {
  addressOf,
  codeThrownBy,
  connect,
  dialRaw,
  gossips,
  idOf,
  makeNode,
  startNode,
  startRaw,
  TX,
  text,
} from './nodes.ts';

describe('gossip', () => {
  it('carries a message over two hops and passes on only what the middle accepted', async () => {
    const [a, b, c] = await Promise.all([1, 2, 3].map((number) => startNode({ number })));
    c.network.setMembers([addressOf(b.network, { dial: false })]);
    b.network.setMembers([addressOf(a.network, { dial: false }), addressOf(c.network)]);
    a.network.setMembers([addressOf(b.network)]);
    await waitFor(() => gossips(a.network, idOf(2)) && gossips(c.network, idOf(2)));
    await waitFor(async () => (await a.network.publish(TX.topic, text('hello'))) === 1 || a.received.length > 0);
    await waitFor(() => c.received.some(({ text, from }) => text === 'hello' && from === idOf(2)), {
      what: 'two hops',
    });

    for (const message of ['bad', 'stale', 'throw', 'last']) await a.network.publish(TX.topic, text(message));
    await waitFor(() => c.received.some((message) => message.text === 'last'));
    expect(b.received.map((message) => message.text).sort()).toEqual(['bad', 'hello', 'last', 'stale', 'throw']);
    expect(c.received.map((message) => message.text)).toEqual(['hello', 'last']);
    expect(a.received).toEqual([]);
  });

  it('penalises who sends what is rejected, not who sends what is ignored', async () => {
    const [a, b] = await Promise.all([1, 2].map((number) => startNode({ number })));
    await connect(a.network, b.network);
    const score = (): number => b.network.peers()[0].score;
    for (let i = 0; i < 20; i++) await a.network.publish(TX.topic, text(`stale ${i}`));
    await waitFor(() => b.received.length === 20);
    expect(score()).toBeGreaterThanOrEqual(0);
    for (let i = 0; i < 20; i++) await a.network.publish(TX.topic, text(`bad ${i}`));
    await waitFor(() => b.received.length === 40 && score() < -16_000, { what: 'graylist' });
    await a.network.publish(TX.topic, text('not heard'));
    await expect(waitFor(() => b.received.length > 40, { timeoutMs: 200 })).rejects.toThrow();
    expect(await b.metric('wardmesh_p2p_gossip_received_total')).toContain('verdict="reject"} 20');
  });

  it('rejects a message above the size of its topic and keeps listening', async () => {
    const [a, b] = await Promise.all([
      startNode({ number: 1, topic: { ...TX, maxBytes: 64_000 } }),
      startNode({ number: 2 }),
    ]);
    await connect(a.network, b.network);
    expect(await a.network.publish(TX.topic, new Uint8Array(TX.maxBytes + 1))).toBe(1);
    expect(await a.network.publish(TX.topic, text('fits'))).toBe(1);
    await waitFor(() => b.received.length > 0);
    expect(b.received.map((message) => message.text)).toEqual(['fits']);
  });

  it('publishes the same content twice without an error and reaches nobody twice', async () => {
    const [a, b] = await Promise.all([1, 2].map((number) => startNode({ number })));
    await connect(a.network, b.network);
    expect(await a.network.publish(TX.topic, text('once'))).toBe(1);
    expect(await a.network.publish(TX.topic, text('once'))).toBe(0);
    await a.network.publish(TX.topic, text('mark'));
    await waitFor(() => b.received.length === 2);
    expect(b.received.map((message) => message.text)).toEqual(['once', 'mark']);
  });

  it('does not remember as sent what it could send to nobody', async () => {
    const [a, b] = await Promise.all([1, 2].map((number) => startNode({ number })));
    expect(await a.network.publish(TX.topic, text('early'))).toBe(0);
    await connect(a.network, b.network);
    expect(await a.network.publish(TX.topic, text('early'))).toBe(1);
    await waitFor(() => b.received.length === 1);
  });

  it('refuses to publish on an unknown topic or above its size', async () => {
    const { network } = await startNode({ number: 1 });
    expect(await codeThrownBy(() => network.publish('other', text('x')))).toBe('p2p.topic');
    expect(await codeThrownBy(() => network.publish(TX.topic, new Uint8Array(TX.maxBytes + 1)))).toBe(
      'p2p.message-too-large',
    );
  });
});

describe('membership', () => {
  it('refuses an outsider that dials us, and does not dial one', async () => {
    const member = await startNode({ number: 1 });
    const outsider = await startRaw(9);
    member.network.setMembers([{ peerId: idOf(2), addresses: [] }]);
    const connection = await dialRaw(outsider, member.network).catch(() => undefined);
    await waitFor(() => connection === undefined || connection.status !== 'open', { what: 'the outsider is closed' });
    expect(member.network.peers()).toEqual([]);
    expect(member.events).toEqual([]);
    expect(await member.metric('wardmesh_p2p_connections_denied_total')).toContain(
      'direction="inbound",reason="outsider"} 1',
    );
    // Someone else answers at a member's address: its key is not the member's.
    const [address] = outsider.getMultiaddrs().map((full) => full.toString().split('/p2p/')[0]);
    member.network.setMembers([{ peerId: idOf(2), addresses: [address] }]);
    await waitFor(async () => (await member.metric('wardmesh_p2p_dials_total')).includes('outcome="failed"} '));
    expect(member.network.peers()).toEqual([]);
  });

  it('hangs up on a removed member, says why, and lets it back in when it is a member again', async () => {
    const [a, b] = await Promise.all([1, 2].map((number) => startNode({ number })));
    await connect(a.network, b.network);
    b.network.setMembers([]);
    await waitFor(() => a.network.peers().length === 0 && b.network.peers().length === 0);
    expect(b.events).toEqual([`connected ${idOf(1)}`, `disconnected ${idOf(1)}`]);
    expect(await a.metric('wardmesh_p2p_goodbyes_total')).toContain('direction="received",reason="notAMember"} 1');
    await connect(b.network, a.network);
  });

  it('keeps a quarantined peer away in both directions until its time is over', async () => {
    const [a, b] = await Promise.all([1, 2].map((number) => startNode({ number })));
    await connect(a.network, b.network);
    await b.network.disconnect(idOf(1), GOODBYE.error, 60_000);
    await waitFor(() => a.network.peers().length === 0);
    a.network.setMembers([]);
    a.network.setMembers([addressOf(b.network)]);
    await waitFor(async () =>
      (await b.metric('wardmesh_p2p_connections_denied_total')).includes('reason="quarantine"} 1'),
    );
    b.network.setMembers([addressOf(a.network)]);
    expect(b.network.peers()).toEqual([]);
    expect(await b.metric('wardmesh_p2p_dials_total')).not.toContain('outcome');
  });
});

describe('life', () => {
  it('knows its PeerId before it starts and starts and stops any number of times', async () => {
    const { network } = makeNode({ number: 1 });
    expect(network.peerId).toBe('12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5');
    await network.stop();
    await Promise.all([network.start(), network.start()]);
    expect(network.addresses()[0]).toMatch(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\/12D3KooW/);
    await Promise.all([network.stop(), network.stop()]);
    expect(network.addresses()).toEqual([]);
    expect(await network.publish(TX.topic, text('x'))).toBe(0);
    await network.start();
    expect(network.addresses()).toHaveLength(1);
  });

  it('names the address that it cannot listen on', async () => {
    const first = await startNode({ number: 1 });
    const second = makeNode({ number: 2, listen: addressOf(first.network).addresses });
    await expect(second.network.start()).rejects.toMatchObject({ code: 'p2p.listen' });
  });

  it('refuses topics and protocols after the start', async () => {
    const { network } = await startNode({ number: 1 });
    expect(() => network.subscribe({ ...TX, topic: 'late' }, async () => 'accept')).toThrow('p2p.started');
  });
});
