// Every bound of the door bites: rates, bodies, batches, sockets, subscriptions, running calls, time.
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../common/clock.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { closed, nextMessage, openDoor, TOKEN } from './helpers/door.ts';

const HEALTH = { jsonrpc: '2.0', method: 'node_health', id: 1 };
const operator = { authorization: `Bearer ${TOKEN}` };

/** Rates follow the hand-moved clock; timers of sockets stay real. */
function stoppedRates(): { clock: ManualClock; modules: { clock: typeof systemClock } } {
  const clock = new ManualClock();
  const { setTimeout, clearTimeout } = systemClock;
  return {
    clock,
    modules: { clock: { now: () => clock.now(), monotonic: () => clock.monotonic(), setTimeout, clearTimeout } },
  };
}

describe('rates', () => {
  it('gives an address its burst and then its rate, and the token a rate of its own', async () => {
    const { clock, modules } = stoppedRates();
    const door = await openDoor({
      modules,
      limits: { open: { rate: 1, burst: 10 }, operator: { rate: 1, burst: 100 } },
    });
    // A call costs one unit for the request and one for the method.
    for (let call = 0; call < 5; call++) expect((await door.post(HEALTH)).status).toBe(200);
    const refused = await door.post(HEALTH);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.json.error.data.code).toBe('rpc.rate-limited');
    expect((await door.post(HEALTH, operator)).status).toBe(200);
    clock.advance(2000);
    expect((await door.post(HEALTH)).status).toBe(200);
    expect((await door.post(HEALTH)).status).toBe(429);
  });

  it('charges each entry of a batch with the cost of its method', async () => {
    const { modules } = stoppedRates();
    const door = await openDoor({ modules, limits: { open: { rate: 1, burst: 12 }, batchConcurrency: 1 } });
    const batch = [1, 2, 3].map((id) => ({ jsonrpc: '2.0', method: 'chain_block', params: { height: id }, id }));
    const { json } = await door.post(batch);
    expect(json.map((answer: { error?: { data: { code: string } } }) => answer.error?.data.code)).toEqual([
      undefined,
      undefined,
      'rpc.rate-limited',
    ]);
  });

  it('charges messages of a WebSocket', async () => {
    const { modules } = stoppedRates();
    const door = await openDoor({ modules, limits: { open: { rate: 1, burst: 3 } } });
    const socket = await door.socket();
    const codes = [];
    for (let call = 0; call < 3; call++) {
      socket.send(JSON.stringify(HEALTH));
      codes.push((await nextMessage(socket)).error?.data.code);
    }
    expect(codes).toEqual([undefined, undefined, 'rpc.rate-limited']);
  });

  it('makes guessing the token dear', async () => {
    const { modules } = stoppedRates();
    const door = await openDoor({ modules, limits: { open: { rate: 1, burst: 50 }, wrongTokenCost: 20 } });
    const guess = () => door.post(HEALTH, { authorization: `Bearer ${'B'.repeat(43)}` });
    expect([(await guess()).status, (await guess()).status, (await guess()).status]).toEqual([401, 401, 429]);
  });
});

describe('sizes', () => {
  it('refuses a body above the bound of its caller before reading it', async () => {
    const door = await openDoor({ limits: { openBodyBytes: 1000, operatorBodyBytes: 4000 } });
    const padded = (size: number) => JSON.stringify(HEALTH).padEnd(size, ' ');
    expect((await door.post(padded(1000))).status).toBe(200);
    expect((await door.post(padded(1001))).status).toBe(413);
    expect((await door.post(padded(4000), operator)).status).toBe(200);
    expect((await door.post(padded(4001), operator)).status).toBe(413);
  });

  it.each([
    ['of a declared length', `content-length: ${2 ** 31}`],
    ['in chunks', 'transfer-encoding: chunked'],
  ])('answers 413 to a streamed body of 2 GB %s, cuts it, and keeps its memory', async (_title, header) => {
    const door = await openDoor({ limits: { lingerMs: 200 } });
    const before = process.memoryUsage.rss();
    const { answer, sent } = await flood(door.port, header, 2 ** 31);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('rpc.too-large');
    expect(sent).toBeLessThan(2 ** 31);
    expect(process.memoryUsage.rss() - before).toBeLessThan(150 * 2 ** 20);
    expect((await door.post(HEALTH)).status).toBe(200);
  });

  it('refuses a batch of too many entries as a whole', async () => {
    const door = await openDoor({ limits: { maxBatch: 3 } });
    expect((await door.post([HEALTH, HEALTH, HEALTH])).json).toHaveLength(3);
    expect((await door.post([HEALTH, HEALTH, HEALTH, HEALTH])).json.error.data).toEqual({
      code: 'rpc.too-large',
      maxBatch: 3,
    });
  });

  it('refuses nesting beyond 64 and keys named __proto__, in any spelling', async () => {
    const door = await openDoor();
    const nested = (depth: number) =>
      `{"jsonrpc":"2.0","method":"node_health","id":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect((await door.post(nested(63))).json.error.code).toBe(-32600);
    expect((await door.post(nested(64))).json.error.code).toBe(-32700);
    expect((await door.post('['.repeat(200_000))).json.error.code).toBe(-32700);
    for (const key of ['__proto__', '\\u005f_proto__', '__pr\\u006fto__']) {
      const { json } = await door.post(`{"jsonrpc":"2.0","method":"node_health","id":1,"params":{"${key}":{"a":1}}}`);
      expect(json.error.code, key).toBe(-32700);
    }
    expect((await door.post(`{"jsonrpc":"2.0","method":"node_health","id":"[{\\"[[__proto__"}`)).json.id).toBe(
      '[{"[[__proto__',
    );
  });

  it('refuses a body that is not UTF-8', async () => {
    const door = await openDoor();
    const response = await fetch(`${door.url}/rpc`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Uint8Array([0x22, 0xff, 0x22]),
    });
    expect(response.status).toBe(400);
  });

  it('closes a WebSocket whose message is too large or binary', async () => {
    const door = await openDoor({ limits: { socketMessageBytes: 100 } });
    const large = await door.socket();
    large.send('x'.repeat(101));
    expect(await closed(large)).toBe(1009);
    const binary = await door.socket();
    binary.send(new Uint8Array(4));
    expect(await closed(binary)).toBe(1003);
  });
});

describe('numbers', () => {
  it('refuses WebSockets above the bound of an address, and takes one again when one has gone', async () => {
    const door = await openDoor({ limits: { maxSocketsPerAddress: 2 } });
    const first = await door.socket();
    await door.socket();
    await expect(door.socket()).rejects.toThrow('503');
    first.terminate();
    await waitFor(() => door.socket().catch(() => undefined));
  });

  it('refuses WebSockets above the bound of all', async () => {
    const door = await openDoor({ limits: { maxSockets: 1 } });
    await door.socket();
    await expect(door.socket()).rejects.toThrow('503');
  });

  it('refuses calls above the number that may run at once, without harm to the operator', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const limits = { maxRunning: { open: 2, signed: 2, operator: 2 } };
    const door = await openDoor({
      limits,
      handlers: { mining_status: (async () => held) as never },
    });
    const slow = [door.call('mining_status'), door.call('mining_status')];
    await waitFor(async () => (await door.call('chain_head')).error?.data.code === 'rpc.busy');
    expect((await door.call('node_status', {}, TOKEN)).result.network).toBe('test');
    release();
    await Promise.all(slow);
    expect((await door.call('chain_head')).result.height).toBe(11);
  });

  it('does not answer more than waits to be read', async () => {
    const door = await openDoor({ limits: { openAnswerBytes: 3000, batchConcurrency: 1 } });
    const call = (id: number) => ({ jsonrpc: '2.0', method: 'chain_block', params: { height: 1 }, id });
    const { json } = await door.post([call(1), call(2), call(3)]);
    expect(json[0].result.height).toBe(1);
    expect(json[2].error.data.code).toBe('rpc.busy');
    // What was read makes room again.
    expect((await door.post(call(4))).json.result.height).toBe(1);
  });
});

describe('time', () => {
  it('ends a call that takes too long, and tells its handler', async () => {
    const signals: AbortSignal[] = [];
    const door = await openDoor({
      limits: { callTimeoutMs: 50 },
      handlers: {
        node_status: (async (_params: unknown, { signal }: { signal: AbortSignal }) => {
          signals.push(signal);
          return new Promise(() => undefined);
        }) as never,
      },
    });
    expect((await door.call('node_status', {}, TOKEN)).error.data.code).toBe('rpc.timeout');
    expect(signals[0].aborted).toBe(true);
  });

  it('tells the handler when its caller has gone', async () => {
    let gone = false;
    const door = await openDoor({
      handlers: {
        node_status: (async (_params: unknown, { signal }: { signal: AbortSignal }) => {
          signal.addEventListener('abort', () => {
            gone = true;
          });
          return new Promise(() => undefined);
        }) as never,
      },
    });
    const leaving = new AbortController();
    const call = fetch(`${door.url}/rpc`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...operator },
      body: JSON.stringify({ ...HEALTH, method: 'node_status' }),
      signal: leaving.signal,
    });
    await waitFor(async () => (await door.call('node_health')).result.ready);
    leaving.abort();
    await expect(call).rejects.toThrow();
    await waitFor(() => gone);
  });

  it.each([
    ['headers', 'POST /rpc HTTP/1.1\r\nhost: localhost\r\n'],
    [
      'a body',
      'POST /rpc HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{',
    ],
  ])('cuts a connection that dribbles %s (slowloris)', async (_title, start) => {
    const door = await openDoor({ limits: { headersTimeoutMs: 200, requestTimeoutMs: 400 } });
    const socket = connect(door.port, '127.0.0.1');
    socket.write(start);
    const end = new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (data) => {
        text += data.toString();
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(text));
    });
    expect(await end).toMatch(/^(HTTP\/1\.1 408 |$)/);
  });

  it('cuts a WebSocket that answers no ping', async () => {
    const door = await openDoor({ limits: { heartbeatMs: 50 } });
    const living = await door.socket();
    const dead = await door.socket();
    dead.pong = () => undefined;
    (dead as unknown as { _autoPong: boolean })._autoPong = false;
    expect(await closed(dead)).toBe(1006);
    living.send(JSON.stringify(HEALTH));
    expect((await nextMessage(living)).result.ready).toBe(true);
  });

  it('stops at once though a WebSocket does not say goodbye', async () => {
    const door = await openDoor({ limits: { lingerMs: 50 } });
    const socket = await door.socket();
    socket.pause();
    const began = performance.now();
    await door.server.stop();
    expect(performance.now() - began).toBeLessThan(3000);
  });
});

/** Sends a body of up to `total` bytes as fast as the other side takes it; resolves when the connection is over. */
function flood(port: number, header: string, total: number): Promise<{ answer: string; sent: number }> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const chunk = Buffer.alloc(65_536, 0x20);
    const chunked = header.includes('chunked');
    let answer = '';
    let sent = 0;
    const write = (): void => {
      while (sent < total && !socket.destroyed) {
        sent += chunk.length;
        const more = chunked
          ? socket.write(Buffer.concat([Buffer.from('10000\r\n'), chunk, Buffer.from('\r\n')]))
          : socket.write(chunk);
        if (!more) return;
      }
    };
    socket.on('data', (data) => {
      answer += data.toString();
    });
    socket.on('drain', write);
    socket.on('error', () => undefined);
    socket.on('close', () => resolve({ answer, sent }));
    socket.write(`POST /rpc HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${header}\r\n\r\n`);
    write();
  });
}
