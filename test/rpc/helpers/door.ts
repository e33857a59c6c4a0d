// Starts a real server on a free loopback port with the tiny node behind it, and talks to it.
import { request as httpRequest } from 'node:http';
import { onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { systemClock } from '../../../common/clock.ts';
import { createLogger } from '../../../common/logger.ts';
import { createRegistry } from '../../../common/metrics.ts';
import type { MethodTable } from '../../../rpc/jsonrpc/table.ts';
import type { ChainExport, Handlers } from '../../../rpc/ports.ts';
import type { RpcLimits, RpcServerModules, RpcServerOptions } from '../../../rpc/server/options.ts';
import { RpcServer } from '../../../rpc/server/server.ts';
import { MemoryKeyValues } from '../../helpers/memory-key-values.ts';
import { TinyEvents } from './tiny-events.ts';
import { TinyNode } from './tiny-node.ts';

export const TOKEN = 'A'.repeat(43);

export interface DoorSettings {
  readonly limits?: Partial<RpcLimits>;
  readonly options?: Partial<RpcServerOptions>;
  readonly modules?: Partial<RpcServerModules>;
  readonly handlers?: Partial<Handlers>;
  readonly chainExport?: ChainExport;
  readonly table?: MethodTable;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever JSON came
  readonly json: any;
}

export interface Door {
  readonly url: string;
  readonly port: number;
  readonly server: RpcServer;
  readonly node: TinyNode;
  readonly events: TinyEvents;
  readonly logs: string[];
  post(body: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  head(path: string, headers?: Record<string, string>): Promise<Answer>;
  send(verb: string, path: string, headers?: Record<string, string>, body?: string): Promise<Answer>;
  call(method: string, params?: unknown, token?: string): Promise<Answer['json']>;
  socket(protocols?: string[], headers?: Record<string, string>): Promise<WebSocket>;
}

export async function openDoor(settings: DoorSettings = {}): Promise<Door> {
  const node = new TinyNode();
  const events = new TinyEvents();
  const logs: string[] = [];
  const options = {
    host: '127.0.0.1',
    port: 0,
    token: TOKEN,
    clinicId: '1-0a1b2c3d',
    hosts: ['127.0.0.1', 'localhost'],
    version: '0.0.0',
  };
  const server = new RpcServer(
    { ...options, ...settings.options, limits: settings.limits },
    {
      handlers: { ...node.handlers, ...settings.handlers },
      events,
      chainExport: settings.chainExport ?? node,
      clock: systemClock,
      logger: createLogger({ destination: { write: (line) => void logs.push(line) } }),
      registry: createRegistry(),
      answers: new MemoryKeyValues(),
      ...settings.modules,
    },
  );
  await (settings.table === undefined ? server.start() : server.startWith(settings.table));
  onTestFinished(() => server.stop());
  const port = server.port as number;
  const url = `http://127.0.0.1:${port}`;
  const post: Door['post'] = (body, headers = {}) =>
    send(`${url}/rpc`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return {
    url,
    port,
    server,
    node,
    events,
    logs,
    post,
    get: (path, headers = {}) => send(`${url}${path}`, { headers }),
    head: (path, headers = {}) => send(`${url}${path}`, { method: 'HEAD', headers }),
    send: (verb, path, headers = {}, body) => send(`${url}${path}`, { method: verb, headers, body }),
    call: async (method, params, token) => {
      const headers = token === undefined ? undefined : { authorization: `Bearer ${token}` };
      return (await post({ jsonrpc: '2.0', method, params, id: 1 }, headers)).json;
    },
    socket: (protocols = [], headers = {}) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/rpc`, protocols, { headers });
      onTestFinished(() => socket.terminate());
      return new Promise((resolve, reject) => {
        socket.once('open', () => resolve(socket));
        socket.once('error', reject);
      });
    },
  };
}

/** Through node:http: fetch would not let a test choose Host and Origin. */
function send(
  url: string,
  options: { method?: string; headers: Record<string, string>; body?: string },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers, body } = options;
    const request = httpRequest(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const found = new Headers(Object.entries(response.headers).map(([name, value]) => [name, String(value)]));
        resolve({ status: response.statusCode ?? 0, headers: found, text, json: parse(text) });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The next message of a socket as JSON. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever JSON came
export function nextMessage(socket: WebSocket): Promise<any> {
  return new Promise((resolve, reject) => {
    socket.once('message', (data) => resolve(JSON.parse(data.toString())));
    socket.once('close', (code) => reject(new Error(`closed with ${code}`)));
  });
}

/** The code with which a socket was closed. */
export function closed(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => socket.once('close', (code) => resolve(code)));
}
