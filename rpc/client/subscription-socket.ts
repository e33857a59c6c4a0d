// One WebSocket that carries all subscriptions of a client: opened with the first, opened again when it breaks or goes
// silent, closed after the last. A cut connection often ends without a close event, so it is asked for signs of life.
import type { Clock, TimerHandle } from '../../common/clock.ts';
import { RpcError } from '../errors.ts';
import { resultOf } from './http.ts';
import { localError } from './local-error.ts';

export type ConnectionState = 'closed' | 'connecting' | 'open';

export interface SubscriptionSocketOptions {
  readonly url: string;
  readonly token: string | undefined;
}

export interface SubscriptionSocketModules {
  readonly clock: Clock;
  readonly webSocket: typeof WebSocket;
  readonly random: () => number;
}

interface Hooks {
  onReady?(): void;
  onError?(error: Error): void;
}

interface Subscription {
  readonly request: { readonly stream: string; readonly filter: unknown };
  readonly listener: (value: unknown) => void;
  readonly hooks: Hooks;
  /** The server's name for it on the present connection. */
  id: string | undefined;
}

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 10_000;
const BEAT_MS = 10_000;
const OPEN_TIMEOUT_MS = 10_000;

export class SubscriptionSocket {
  private readonly options: SubscriptionSocketOptions;
  private readonly modules: SubscriptionSocketModules;
  private readonly subscriptions = new Set<Subscription>();
  private readonly byId = new Map<string, Subscription>();
  private readonly waiting = new Map<number, (answer: unknown) => void>();
  private readonly watchers = new Set<(state: ConnectionState) => void>();
  private socket: WebSocket | undefined;
  private state: ConnectionState = 'closed';
  private timer: TimerHandle | undefined;
  private heard = false;
  /** The present socket is not open yet, and nobody is to see it. */
  private renewing = false;
  private failures = 0;
  private lastId = 0;

  constructor(options: SubscriptionSocketOptions, modules: SubscriptionSocketModules) {
    this.options = options;
    this.modules = modules;
  }

  subscribe(request: Subscription['request'], listener: Subscription['listener'], hooks: Hooks): () => void {
    const subscription: Subscription = { request, listener, hooks, id: undefined };
    this.subscriptions.add(subscription);
    if (this.state === 'open' && !this.renewing) this.request(subscription);
    else if (this.socket === undefined && this.timer === undefined) this.connect();
    return () => this.unsubscribe(subscription);
  }

  onConnection(listener: (state: ConnectionState) => void): () => void {
    this.watchers.add(listener);
    listener(this.state);
    return () => this.watchers.delete(listener);
  }

  /** A new socket in the place of the present one, without a word to watchers unless it fails. */
  renew(): void {
    if (this.state !== 'open') return;
    const { socket } = this;
    this.forgetSocket();
    this.renewing = true;
    this.connect();
    socket?.close();
  }

  close(): void {
    this.subscriptions.clear();
    this.drop();
    this.watchers.clear();
  }

  private unsubscribe(subscription: Subscription): void {
    if (!this.subscriptions.delete(subscription)) return;
    if (this.subscriptions.size === 0) this.drop();
    else this.forget(subscription);
  }

  private forget(subscription: Subscription): void {
    if (subscription.id === undefined) return;
    this.byId.delete(subscription.id);
    this.send('unsubscribe', { subscription: subscription.id }, () => undefined);
  }

  private connect(): void {
    const { webSocket, clock } = this.modules;
    const { url, token } = this.options;
    const protocols = ['wardmesh.rpc', ...(token === undefined ? [] : [`wardmesh.token.${token}`])];
    const socket = new webSocket(url, protocols);
    this.socket = socket;
    if (!this.renewing) this.setState('connecting');
    this.timer = clock.setTimeout(() => this.broken(socket), OPEN_TIMEOUT_MS);
    socket.addEventListener('open', () => this.opened(socket));
    socket.addEventListener('message', ({ data }) => this.received(socket, data));
    socket.addEventListener('close', () => this.broken(socket));
    socket.addEventListener('error', () => this.broken(socket));
  }

  private opened(socket: WebSocket): void {
    if (this.socket !== socket) return;
    this.heard = true;
    this.renewing = false;
    this.setState('open');
    this.beat(socket);
    for (const subscription of this.subscriptions) this.request(subscription);
  }

  private request(subscription: Subscription): void {
    this.send('subscribe', subscription.request, (answer) => {
      try {
        const { subscription: id } = resultOf(answer) as { subscription: string };
        subscription.id = id;
        if (!this.subscriptions.has(subscription)) return this.forget(subscription);
        this.byId.set(id, subscription);
        this.failures = 0;
        subscription.hooks.onReady?.();
      } catch (error) {
        this.subscriptions.delete(subscription);
        subscription.hooks.onError?.(error instanceof RpcError ? error : localError('rpc.bad-answer', 'bad answer'));
        if (this.subscriptions.size === 0) this.drop();
      }
    });
  }

  private send(method: string, params: unknown, answered: (answer: unknown) => void): void {
    const id = ++this.lastId;
    this.waiting.set(id, answered);
    this.socket?.send(JSON.stringify({ jsonrpc: '2.0', method, params, id }));
  }

  private received(socket: WebSocket, data: unknown): void {
    if (this.socket !== socket || typeof data !== 'string') return;
    this.heard = true;
    let message: { id?: number; method?: string; params?: { subscription: string; value: unknown } };
    try {
      message = JSON.parse(data);
    } catch {
      this.broken(socket);
      return;
    }
    if (message.method === 'subscription' && message.params !== undefined) {
      this.byId.get(message.params.subscription)?.listener(message.params.value);
    } else if (typeof message.id === 'number') {
      const answered = this.waiting.get(message.id);
      this.waiting.delete(message.id);
      answered?.(message);
    }
  }

  private beat(socket: WebSocket): void {
    const { clock } = this.modules;
    clock.clearTimeout(this.timer);
    this.timer = clock.setTimeout(() => {
      if (!this.heard) return this.broken(socket);
      this.heard = false;
      this.send('node_health', {}, () => undefined);
      this.beat(socket);
    }, BEAT_MS);
  }

  private broken(socket: WebSocket): void {
    if (this.socket !== socket) return;
    this.drop();
    const wait = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(this.failures++, 10));
    this.timer = this.modules.clock.setTimeout(
      () => {
        this.timer = undefined;
        if (this.subscriptions.size > 0) this.connect();
      },
      wait * (0.5 + this.modules.random() / 2),
    );
  }

  private drop(): void {
    const { socket } = this;
    this.forgetSocket();
    this.renewing = false;
    socket?.close();
    this.setState('closed');
  }

  private forgetSocket(): void {
    this.modules.clock.clearTimeout(this.timer);
    this.timer = undefined;
    this.socket = undefined;
    this.byId.clear();
    this.waiting.clear();
    for (const subscription of this.subscriptions) subscription.id = undefined;
  }

  private setState(state: ConnectionState): void {
    if (this.state === state) return;
    this.state = state;
    for (const watcher of this.watchers) watcher(state);
  }
}
