// One WebSocket: messages in, answers and notifications out, both bounded. Owns no method and no admission.
import type { Clock, TimerHandle } from '../../common/clock.ts';
import type { Principal } from '../access/principal.ts';
import type { AccessRule } from '../access/rule.ts';
import type { Dispatcher } from '../jsonrpc/dispatcher.ts';
import type { EventSource, Sessions } from '../ports.ts';
import type { Admitted } from './admission.ts';
import type { ByteBudget } from './budget.ts';
import type { RpcMetrics } from './metrics.ts';
import type { RpcLimits } from './options.ts';
import { SocketSubscriptions } from './subscriptions.ts';

/** The part of a `ws` WebSocket that a session uses. */
export interface Socket {
  readonly bufferedAmount: number;
  on(event: 'message', listener: (data: Buffer, binary: boolean) => void): unknown;
  on(event: 'pong' | 'close', listener: () => void): unknown;
  send(text: string, sent: () => void): void;
  ping(): void;
  pause(): void;
  resume(): void;
  close(code: number, reason: string): void;
  terminate(): void;
}

export interface SessionModules {
  readonly dispatcher: Dispatcher;
  readonly events: EventSource;
  readonly clock: Clock;
  readonly metrics: RpcMetrics;
  readonly budget: ByteBudget;
  readonly sessions: Sessions | undefined;
  /** Whether this caller may do what the rule is about. */
  permits(rule: AccessRule | undefined, principal: Principal): boolean;
  /** Ends when the server stops. */
  readonly stopping: AbortSignal;
}

const UNSUPPORTED_DATA = 1003;
const GOING_AWAY = 1001;
/** The session or API key that opened this WebSocket ended. */
export const SESSION_ENDED = 4401;

export class SocketSession {
  private readonly socket: Socket;
  private readonly admitted: Admitted;
  private readonly limits: RpcLimits;
  private readonly modules: SessionModules;
  private readonly subscriptions: SocketSubscriptions;
  private readonly gone = new AbortController();
  private running = 0;
  /** Messages that came with what was already read when reading was paused. */
  private readonly waiting: string[] = [];
  private alive = true;
  private unsubscribe: (() => void) | undefined;
  private timer: TimerHandle | undefined;

  constructor(socket: Socket, admitted: Admitted, limits: RpcLimits, modules: SessionModules) {
    this.socket = socket;
    this.admitted = admitted;
    this.limits = limits;
    this.modules = modules;
    const { maxSubscriptions, socketConcurrency } = limits;
    this.subscriptions = new SocketSubscriptions(
      { maxSubscriptions, maxHeld: 64 * socketConcurrency },
      {
        events: modules.events,
        send: (text) => this.push(text),
        overflow: () => this.cut('slow'),
        changed: (difference) => modules.metrics.subscriptions.inc(difference),
      },
    );
  }

  start(): void {
    this.modules.metrics.sockets.inc();
    this.socket.on('message', (data, binary) => {
      if (binary) this.socket.close(UNSUPPORTED_DATA, 'text messages only');
      else this.received(data.toString('utf8'));
    });
    this.socket.on('pong', () => {
      this.alive = true;
    });
    this.socket.on('close', () => this.ended());
    this.modules.stopping.addEventListener('abort', this.stop, { once: true });
    const { principal } = this.admitted;
    if (principal.kind === 'session') {
      const { id } = principal.session;
      this.unsubscribe = this.modules.sessions?.onEnded((ended) => {
        if (ended === id) this.signedOut();
      });
    }
    this.beat();
  }

  private received(text: string): void {
    this.alive = true;
    if (this.running < this.limits.socketConcurrency) void this.work(text);
    else {
      this.waiting.push(text);
      this.socket.pause();
    }
  }

  private async work(text: string): Promise<void> {
    this.running++;
    const opened: string[] = [];
    let reserved = 0;
    const principal = await this.principal();
    if (principal === undefined) return this.signedOut();
    const answer = await this.modules.dispatcher.handle(text, {
      principal,
      client: this.admitted.client,
      cookies: undefined,
      signal: this.gone.signal,
      charge: this.admitted.charge,
      reserve: (bytes) => {
        const room = this.modules.budget.reserve(bytes);
        if (room) reserved += bytes;
        return room;
      },
      subscriptions: {
        open: (stream, filter, rule) => {
          const id = this.subscriptions.open(stream, filter, rule);
          opened.push(id);
          return id;
        },
        close: (id) => this.subscriptions.close(id),
      },
    });
    const done = (): void => {
      this.modules.budget.release(reserved);
      this.running--;
      this.next();
    };
    // A message counts as running until its answer left: who does not read is not read from.
    if (answer === undefined || this.gone.signal.aborted) done();
    else this.socket.send(answer, done);
    for (const id of opened) this.subscriptions.announce(id);
  }

  private next(): void {
    if (this.gone.signal.aborted) return;
    const text = this.waiting.shift();
    if (text !== undefined) void this.work(text);
    else this.socket.resume();
  }

  /** Roles change and sessions end while a WebSocket is open. */
  private async principal(): Promise<Principal | undefined> {
    return this.admitted.current().catch(() => undefined);
  }

  private push(text: string): void {
    if (this.gone.signal.aborted) return;
    if (this.socket.bufferedAmount > this.limits.maxBufferedBytes) this.cut('slow');
    else this.socket.send(text, () => undefined);
  }

  private beat(): void {
    this.timer = this.modules.clock.setTimeout(() => {
      // While reading is paused no pong can be seen.
      const paused = this.waiting.length > 0;
      if (!this.alive && !paused) return this.cut('silent');
      this.alive = paused;
      this.socket.ping();
      void this.review();
      this.beat();
    }, this.limits.heartbeatMs);
  }

  /** What was subscribed to with roles that are gone ends; nothing at all goes to a session that is gone. */
  private async review(): Promise<void> {
    const principal = await this.principal();
    if (this.gone.signal.aborted) return;
    if (principal === undefined) this.signedOut();
    else this.subscriptions.review((rule) => this.modules.permits(rule, principal));
  }

  private signedOut(): void {
    if (this.gone.signal.aborted) return;
    this.modules.metrics.cut.inc({ reason: 'signed-out' });
    this.ended();
    this.socket.close(SESSION_ENDED, 'the session ended');
    this.timer = this.modules.clock.setTimeout(() => this.socket.terminate(), this.limits.lingerMs);
    this.socket.on('close', () => this.modules.clock.clearTimeout(this.timer));
  }

  private cut(reason: 'slow' | 'silent'): void {
    if (this.gone.signal.aborted) return;
    this.modules.metrics.cut.inc({ reason });
    this.ended();
    this.socket.terminate();
  }

  private readonly stop = (): void => {
    this.socket.close(GOING_AWAY, 'the node stops');
    // Whoever does not answer the close must not hold up the stop.
    this.modules.clock.clearTimeout(this.timer);
    this.timer = this.modules.clock.setTimeout(() => this.socket.terminate(), this.limits.lingerMs);
  };

  private ended(): void {
    if (this.gone.signal.aborted) return;
    this.gone.abort();
    this.unsubscribe?.();
    this.modules.clock.clearTimeout(this.timer);
    this.modules.stopping.removeEventListener('abort', this.stop);
    this.subscriptions.closeAll();
    this.modules.metrics.sockets.dec();
  }
}
