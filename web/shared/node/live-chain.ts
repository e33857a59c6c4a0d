// What pages know live of the node: connection, head, final height, clinic. Owns the subscription to heads, the
// heartbeat of health, and what cached answers become stale by either. Renders nothing.
import type { QueryClient } from '@tanstack/react-query';
import type { Clock, TimerHandle } from '../../../common/clock.ts';
import type { ConnectionState, RpcClient } from '../../../rpc/client.ts';
import type { BlockSummary } from '../../../rpc/schema/chain.ts';
import type { Result } from '../../../rpc/schema/methods.ts';
import type { HeadValue } from '../../../rpc/schema/subscription.ts';
import type { NodeClock } from '../time/node-clock.ts';
import { isCatchingUp } from './catching-up.ts';

export type Health = Result<'node_health'>;

export interface LiveState {
  readonly connection: ConnectionState;
  /** By the node's clock: when the node was last heard. */
  readonly heardAt: number | undefined;
  /** By the node's clock: since when there is no connection; undefined while there is one. */
  readonly lostAt: number | undefined;
  /** Whether the node reaches no other clinic, and by its clock since when, where the page saw that begin. */
  readonly alone: { readonly since: number | undefined } | undefined;
  readonly head: { readonly height: number; readonly id: string; readonly timestamp: number } | undefined;
  readonly health: Health | undefined;
  /** Why health could not be read. */
  readonly error: unknown;
}

export interface LiveChainModules {
  readonly client: RpcClient;
  readonly queries: QueryClient;
  readonly nodeClock: NodeClock;
  readonly clock: Clock;
}

/** Answers that follow the chain; all their query keys begin with it. */
export const CHAIN_KEY = 'chain';

const HEALTH_MS = 10_000;
/** While the node catches up, its figures move quickly. */
const CATCHING_UP_MS = 2000;

export class LiveChain {
  private readonly modules: LiveChainModules;
  private readonly listeners = new Set<() => void>();
  private readonly headListeners = new Set<(value: HeadValue) => void>();
  private state: LiveState = {
    connection: 'connecting',
    heardAt: undefined,
    lostAt: undefined,
    alone: undefined,
    head: undefined,
    health: undefined,
    error: undefined,
  };
  private ends: (() => void)[] = [];
  private timer: TimerHandle | undefined;
  private running = false;

  constructor(modules: LiveChainModules) {
    this.modules = modules;
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    const { client, queries } = this.modules;
    let subscribed = 0;
    this.ends = [
      client.subscribe('heads', {}, (value) => this.headArrived(value), {
        onReady: () => {
          // After a gap anything may have changed.
          if (subscribed++ > 0) void queries.invalidateQueries({ queryKey: [CHAIN_KEY] });
          this.set({ connection: 'open', lostAt: undefined, heardAt: this.modules.nodeClock.now() });
          void this.askHealth();
        },
      }),
      client.onConnection((connection) => this.connectionChanged(connection)),
    ];
    void this.askHealth();
  }

  stop(): void {
    this.running = false;
    for (const end of this.ends.splice(0)) end();
    this.modules.clock.clearTimeout(this.timer);
  }

  readonly snapshot = (): LiveState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly onHead = (listener: (value: HeadValue) => void): (() => void) => {
    this.headListeners.add(listener);
    return () => this.headListeners.delete(listener);
  };

  private headArrived(value: HeadValue): void {
    const { head, replaced } = value;
    this.set({ head: refOf(head), heardAt: this.modules.nodeClock.now() });
    if (replaced > 0) void this.modules.queries.invalidateQueries({ queryKey: [CHAIN_KEY] });
    for (const listener of this.headListeners) listener(value);
  }

  private connectionChanged(connection: ConnectionState): void {
    // An open socket may lead to nobody; it counts when the subscription was answered.
    if (connection === 'open' || connection === this.state.connection) return;
    const { heardAt = this.modules.nodeClock.now() } = this.state;
    this.set(this.state.connection === 'open' ? { connection, lostAt: heardAt } : { connection });
  }

  private async askHealth(): Promise<void> {
    const { client, nodeClock, clock, queries } = this.modules;
    clock.clearTimeout(this.timer);
    try {
      const health = await client.call('node_health');
      nodeClock.sync(health.now);
      const before = this.state.health;
      this.set({ health, head: health.head, heardAt: health.now, alone: this.aloneBy(health), error: undefined });
      if (before !== undefined && before.final.height !== health.final.height) {
        void queries.invalidateQueries({ queryKey: [CHAIN_KEY] });
      }
    } catch (error) {
      this.set({ error });
    }
    clock.clearTimeout(this.timer);
    const { health } = this.state;
    const pause = health !== undefined && isCatchingUp(health.sync) ? CATCHING_UP_MS : HEALTH_MS;
    if (this.running) this.timer = clock.setTimeout(() => void this.askHealth(), pause);
  }

  private aloneBy({ peers, members, now }: Health): LiveState['alone'] {
    if (peers > 0 || members < 2) return undefined;
    return this.state.alone ?? { since: this.state.health === undefined ? undefined : now };
  }

  private set(change: Partial<LiveState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }
}

function refOf({ height, id, timestamp }: BlockSummary): NonNullable<LiveState['head']> {
  return { height, id, timestamp };
}
