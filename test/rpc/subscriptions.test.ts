// Subscriptions over WebSockets: order, access, bounds, slow readers, and the end of all of them.
import { describe, expect, it } from 'vitest';
import type { HeadValue } from '../../rpc/schema/subscription.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { closed, nextMessage, openDoor, TOKEN } from './helpers/door.ts';
import { idOf, stateOf, summaryOf } from './helpers/tiny-node.ts';

const head = (height: number): HeadValue => ({ head: summaryOf(height), replaced: 0 });
const subscribe = (params: object, id = 1) => JSON.stringify({ jsonrpc: '2.0', method: 'subscribe', params, id });
const operator = ['wardmesh.rpc', `wardmesh.token.${TOKEN}`];

describe('subscriptions', () => {
  it('deliver values in order until unsubscribed', async () => {
    const door = await openDoor();
    const socket = await door.socket();
    socket.send(subscribe({ stream: 'heads' }));
    const { subscription } = (await nextMessage(socket)).result;
    for (const height of [1, 2]) {
      door.events.emit('heads', head(height));
      expect(await nextMessage(socket)).toEqual({
        jsonrpc: '2.0',
        method: 'subscription',
        params: { subscription, value: head(height) },
      });
    }
    socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'unsubscribe', params: { subscription }, id: 2 }));
    expect((await nextMessage(socket)).result).toBe(true);
    expect(door.events.followers.size).toBe(0);
    socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'unsubscribe', params: { subscription }, id: 3 }));
    expect((await nextMessage(socket)).result).toBe(false);
  });

  it('name themselves before their first value, even when the source speaks at once', async () => {
    const door = await openDoor();
    door.events.greeting = head(1);
    const socket = await door.socket();
    const messages: { id?: number; method?: string }[] = [];
    socket.on('message', (data) => messages.push(JSON.parse(data.toString())));
    socket.send(`[${subscribe({ stream: 'heads' }, 1)},${subscribe({ stream: 'heads' }, 2)}]`);
    await waitFor(() => messages.length === 3);
    expect(Array.isArray(messages[0])).toBe(true);
    expect(messages.slice(1).map(({ method }) => method)).toEqual(['subscription', 'subscription']);
  });

  it('hand their filter to the source', async () => {
    const door = await openDoor();
    const socket = await door.socket(operator);
    const ids = [idOf('a')];
    socket.send(subscribe({ stream: 'statements', filter: { ids } }));
    await nextMessage(socket);
    expect([...door.events.followers][0]).toMatchObject({ stream: 'statements', filter: { ids } });
    socket.send(subscribe({ stream: 'heads', filter: { ids } }));
    expect((await nextMessage(socket)).error.code).toBe(-32602);
  });

  it('to states of statements need the token', async () => {
    const door = await openDoor();
    const open = await door.socket();
    open.send(subscribe({ stream: 'statements' }));
    expect((await nextMessage(open)).error.data.code).toBe('rpc.unauthorized');
    const socket = await door.socket(operator);
    socket.send(subscribe({ stream: 'statements' }));
    expect((await nextMessage(socket)).result.subscription).toMatch(/^[0-9a-f]{16}$/);
    door.events.emit('statements', stateOf(idOf('a'), 'applied'));
    expect((await nextMessage(socket)).params.value.status).toBe('applied');
  });

  it('are capped for each WebSocket', async () => {
    const door = await openDoor({ limits: { maxSubscriptions: 2 } });
    const socket = await door.socket();
    const codes = [];
    for (let id = 0; id < 3; id++) {
      socket.send(subscribe({ stream: 'heads' }, id));
      codes.push((await nextMessage(socket)).error?.data.code);
    }
    expect(codes).toEqual([undefined, undefined, 'rpc.too-many-subscriptions']);
    expect(door.events.followers.size).toBe(2);
  });

  it('end with their WebSocket', async () => {
    const door = await openDoor();
    const socket = await door.socket();
    socket.send(subscribe({ stream: 'heads' }));
    await nextMessage(socket);
    expect(door.events.followers.size).toBe(1);
    socket.terminate();
    await waitFor(() => door.events.followers.size === 0);
  });

  it('of a reader that does not read are cut with bounded memory, and others go on', async () => {
    const door = await openDoor({ limits: { maxBufferedBytes: 100_000 } });
    const slow = await door.socket();
    const quick = await door.socket();
    for (const socket of [slow, quick]) {
      socket.send(subscribe({ stream: 'events' }));
      await nextMessage(socket);
    }
    slow.pause();
    const before = process.memoryUsage.rss();
    let received = 0;
    quick.on('message', () => {
      received++;
    });
    const data = { text: 'x'.repeat(10_000) };
    const event = { family: 'patients', type: 'registered', statement: idOf('s'), height: 1, block: idOf('b') };
    let sent = 0;
    while (door.events.followers.size === 2 && sent < 20_000) {
      door.events.emit('events', { ...event, status: 'applied', undone: false, data });
      sent++;
      await waitFor(() => received === sent, { intervalMs: 1 });
    }
    expect(door.events.followers.size).toBe(1);
    expect(sent).toBeLessThan(20_000);
    expect(process.memoryUsage.rss() - before).toBeLessThan(150 * 2 ** 20);
    slow.resume();
    expect(await closed(slow)).toBe(1006);
    expect((await door.get('/metrics', { authorization: `Bearer ${TOKEN}` })).text).toContain(
      'wardmesh_rpc_sockets_cut_total{reason="slow"} 1',
    );
  });

  it('do not keep a node from stopping: sockets are closed as going away', async () => {
    const door = await openDoor();
    const socket = await door.socket();
    const code = closed(socket);
    await door.server.stop();
    expect(await code).toBe(1001);
  });

  it('are not to be had over HTTP', async () => {
    const door = await openDoor();
    expect((await door.call('subscribe', { stream: 'heads' })).error.data.code).toBe('rpc.websocket-only');
    expect((await door.get('/rpc')).status).toBe(426);
  });

  it('leave answers that nobody reads unsent: the socket is not read from meanwhile', async () => {
    let running = 0;
    const door = await openDoor({
      limits: { socketConcurrency: 4 },
      handlers: {
        mining_status: (() => {
          running++;
          return new Promise(() => undefined);
        }) as never,
      },
    });
    const socket = await door.socket();
    for (let id = 0; id < 50; id++) socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'mining_status', id }));
    await waitFor(() => running >= 4);
    expect((await door.call('chain_head')).result.height).toBe(11);
    expect(running).toBe(4);
  });
});
