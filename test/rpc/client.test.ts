// The typed client against a real server: calls, coded errors, the export, subscriptions over reconnections.
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../common/clock.ts';
import { MAX_ANSWER_BYTES } from '../../rpc/client/answer.ts';
import { type ConnectionState, createClient, type RpcClient } from '../../rpc/client.ts';
import { RpcServer } from '../../rpc/server/server.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { openDoor, TOKEN } from './helpers/door.ts';
import { blockOf, summaryOf } from './helpers/tiny-node.ts';

const head = (height: number) => ({ head: summaryOf(height), replaced: 0 });
/** Timers ten times as fast. */
const hurried = {
  ...systemClock,
  setTimeout: (fn: () => void, ms: number) => systemClock.setTimeout(fn, ms / 10),
};

function client(url: string, token?: string, timeoutMs?: number): RpcClient {
  const made = createClient({ url, token, timeoutMs }, { clock: hurried });
  onTestFinished(() => made.close());
  return made;
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (error) => error.code,
  );

describe('calls', () => {
  it('give the result, typed by method', async () => {
    const door = await openDoor();
    const reader = client(`${door.url}/`);
    expect((await reader.call('chain_head')).height).toBe(11);
    expect((await reader.call('chain_block', { height: 3 })).transactions).toHaveLength(1);
    const status = await client(door.url, TOKEN).call('node_status');
    expect(status.clinic.name).toBe('Northside');
  });

  it('throw the code of the node with its metadata', async () => {
    const door = await openDoor();
    const reader = client(door.url);
    await expect(reader.call('chain_block', { height: 99 })).rejects.toMatchObject({
      code: 'chain.unknown-block',
      message: 'chain.unknown-block (detail: 99)',
      details: { detail: '99' },
    });
    expect(await codeOf(reader.call('node_status'))).toBe('rpc.unauthorized');
    expect(await codeOf(client(door.url, 'wrong').call('node_health'))).toBe('rpc.bad-token');
    expect(await codeOf(reader.call('chain_blocks', { limit: -1 }))).toBe('rpc.invalid-params');
    expect(await codeOf(reader.call('no_such' as 'chain_head'))).toBe('rpc.unknown-method');
  });

  it('tell apart: nobody there, no node there, no answer in time, aborted', async () => {
    const door = await openDoor({
      handlers: { mining_status: (() => new Promise(() => undefined)) as never },
    });
    const other = createServer((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi'));
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as { port: number };
    expect(await codeOf(client('http://127.0.0.1:1').call('node_health'))).toBe('rpc.unreachable');
    expect(await codeOf(client(`http://127.0.0.1:${port}`).call('node_health'))).toBe('rpc.bad-answer');
    expect(await codeOf(client(door.url, undefined, 500).call('mining_status'))).toBe('rpc.timeout');
    const leaving = new AbortController();
    const call = client(door.url).call('mining_status', {}, leaving.signal);
    leaving.abort();
    expect(await codeOf(call)).toBe('rpc.aborted');
    const closing = client(door.url);
    const cut = closing.call('mining_status');
    closing.close();
    expect(await codeOf(cut)).toBe('rpc.aborted');
  });

  it('believe no node: a result of another shape, or without an end, is no answer', async () => {
    const chunk = Buffer.alloc(1 << 20, 0x20);
    const liar = createHttpServer((request, response) => {
      let text = '';
      request.on('data', (part) => {
        text += part;
      });
      request.on('end', () => {
        const { method, id } = JSON.parse(text);
        if (method === 'node_health') {
          response.end(JSON.stringify({ jsonrpc: '2.0', id, result: { ready: 'yes' } }));
          return;
        }
        // Spaces for as long as somebody reads.
        const more = (): void => {
          while (response.writable && response.write(chunk));
        };
        response.on('drain', more);
        more();
      });
    });
    await new Promise<void>((resolve) => liar.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      liar.closeAllConnections();
      liar.close();
    });
    const { port } = liar.address() as { port: number };
    const reader = client(`http://127.0.0.1:${port}`);
    await expect(reader.call('node_health')).rejects.toMatchObject({
      code: 'rpc.bad-answer',
      message: expect.stringContaining('node_health'),
    });
    await expect(reader.call('chain_head')).rejects.toMatchObject({
      code: 'rpc.bad-answer',
      message: expect.stringContaining(String(MAX_ANSWER_BYTES)),
    });
  });

  it('export the chain block by block, and say when it was cut short', async () => {
    const door = await openDoor();
    const blocks = [];
    for await (const block of client(door.url).exportBlocks()) blocks.push(block);
    expect(blocks).toEqual(Array.from({ length: 12 }, (_, height) => blockOf(height, 12)));
    const broken = await openDoor({
      chainExport: {
        async *blocks() {
          yield blockOf(0, 2);
          throw new Error('disk');
        },
      },
    });
    expect(await codeOf(collect(client(broken.url).exportBlocks()))).toBe('rpc.unreachable');
    const closed = await openDoor({ options: { publicReads: false } });
    expect(await codeOf(collect(client(closed.url).exportBlocks()))).toBe('rpc.unauthorized');
  });
});

describe('subscriptions', () => {
  it('come over one WebSocket that opens with the first and closes with the last', async () => {
    const door = await openDoor();
    const reader = client(door.url, TOKEN);
    const states: ConnectionState[] = [];
    reader.onConnection((state) => states.push(state));
    const got: number[] = [];
    const stopHeads = reader.subscribe('heads', {}, ({ head: { height } }) => got.push(height));
    const stopStates = reader.subscribe('statements', {}, () => undefined);
    await waitFor(() => door.events.followers.size === 2);
    door.events.emit('heads', head(5));
    door.events.emit('heads', head(6));
    await waitFor(() => got.length === 2);
    expect(got).toEqual([5, 6]);
    stopHeads();
    await waitFor(() => door.events.followers.size === 1);
    stopStates();
    await waitFor(() => door.events.followers.size === 0);
    expect(states).toEqual(['closed', 'connecting', 'open', 'closed']);
  });

  it('go on after the node was away, and say that there was a gap', async () => {
    const first = await openDoor();
    const reader = client(first.url);
    const got: number[] = [];
    let ready = 0;
    reader.subscribe('heads', {}, ({ head: { height } }) => got.push(height), { onReady: () => ready++ });
    await waitFor(() => ready === 1);
    await first.server.stop();
    const second = await openDoor({ options: { port: first.port } });
    await waitFor(() => ready === 2);
    second.events.emit('heads', head(7));
    await waitFor(() => got.length === 1);
    expect(got).toEqual([7]);
  });

  it('go over to a new WebSocket when told to, without a word to who watches', async () => {
    const door = await openDoor();
    const reader = client(door.url, TOKEN);
    const states: ConnectionState[] = [];
    reader.onConnection((state) => states.push(state));
    const got: number[] = [];
    let ready = 0;
    reader.subscribe('heads', {}, ({ head: { height } }) => got.push(height), { onReady: () => ready++ });
    await waitFor(() => ready === 1);
    const [before] = door.events.followers;
    reader.renew();
    // Comes in before the new one is open.
    reader.subscribe('statements', {}, () => undefined, { onReady: () => ready++ });
    await waitFor(() => ready === 3);
    await waitFor(() => door.events.followers.size === 2);
    expect(door.events.followers.has(before)).toBe(false);
    door.events.emit('heads', head(8));
    await waitFor(() => got.length === 1);
    expect(states).toEqual(['closed', 'connecting', 'open']);
  });

  it('notice a connection that fell silent without closing', async () => {
    const door = await openDoor();
    let mute = false;
    class MutableSocket extends WebSocket {
      override addEventListener(type: string, listener: unknown): void {
        const heard = listener as (event: Event) => void;
        super.addEventListener(type, (event) => {
          if (!mute || type !== 'message') heard(event);
        });
      }
    }
    const reader = createClient({ url: door.url }, { clock: hurried, webSocket: MutableSocket as typeof WebSocket });
    onTestFinished(() => reader.close());
    let ready = 0;
    reader.subscribe('heads', {}, () => undefined, { onReady: () => ready++ });
    await waitFor(() => ready === 1);
    mute = true;
    const states: ConnectionState[] = [];
    reader.onConnection((state) => {
      states.push(state);
      if (state === 'closed') mute = false;
    });
    await waitFor(() => ready === 2, { timeoutMs: 30_000 });
    expect(states.slice(0, 4)).toEqual(['open', 'closed', 'connecting', 'open']);
  });

  it('report a refusal once and are over', async () => {
    const door = await openDoor();
    const reader = client(door.url);
    const errors: string[] = [];
    reader.subscribe('statements', {}, () => undefined, {
      onError: (error) => errors.push((error as { code?: string }).code ?? ''),
    });
    await waitFor(() => errors.length === 1);
    expect(errors).toEqual(['rpc.unauthorized']);
    expect(door.server).toBeInstanceOf(RpcServer);
  });
});

async function collect(blocks: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const block of blocks) all.push(block);
  return all;
}
