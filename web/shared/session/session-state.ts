// What the page knows of who is signed in: the session, what the clinic offers without one, and when it will end.
// Owns the calls of session_current; the cookie is the browser's and the secret in it is never seen here.
import type { Clock, TimerHandle } from '../../../common/clock.ts';
import { type RpcClient, RpcError } from '../../../rpc/client.ts';
import type { Result } from '../../../rpc/schema/methods.ts';
import type { SessionView } from '../../../rpc/schema/session.ts';
import type { NodeClock } from '../time/node-clock.ts';
import type { Activity } from './activity.ts';

export type Current = Result<'session_current'>;

export interface SessionSnapshot {
  /** Undefined until the node has answered. */
  readonly current: Current | undefined;
  readonly session: SessionView | undefined;
  /** The session ended while the page was in use: what is on it is covered until the same person is back. */
  readonly ended: SessionView | undefined;
  /** By the node's clock: the session ends then unless the person does something. Set within the last two minutes. */
  readonly endsSoonAt: number | undefined;
}

export interface SessionStateModules {
  readonly client: RpcClient;
  readonly clock: Clock;
  readonly nodeClock: Pick<NodeClock, 'now'>;
  readonly activity: Pick<Activity, 'idleMs'>;
  /** Keys are for as long as the session. */
  readonly lock: () => void;
  /** Another person, or nobody, is to see nothing of what was loaded. */
  readonly forget: () => void;
}

const WARNING_MS = 120_000;
const CHECK_MS = 15_000;
const MIN_CHECK_MS = 1000;
/** Somebody did something since about the check before. */
const ACTIVE_MS = 10_000;

export class SessionState {
  private readonly modules: SessionStateModules;
  private readonly listeners = new Set<() => void>();
  private state: SessionSnapshot = { current: undefined, session: undefined, ended: undefined, endsSoonAt: undefined };
  private timer: TimerHandle | undefined;
  private running = false;
  /** Questions by the order in which they were asked, and the one whose answer is shown: a slow answer is an old one. */
  private asked = 0;
  private told = 0;

  constructor(modules: SessionStateModules) {
    this.modules = modules;
  }

  readonly snapshot = (): SessionSnapshot => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  start(): void {
    if (this.running) return;
    this.running = true;
    void this.refresh();
  }

  stop(): void {
    this.running = false;
    this.modules.clock.clearTimeout(this.timer);
  }

  /** Asks again; the answer counts as nothing that the person did. */
  async refresh(): Promise<void> {
    // What is no session any more is not kept: the answer to the question says so.
    await this.keepAlive().catch(() => undefined);
    await this.ask();
  }

  /** Somebody signed in: the answer says who, so that nothing more must arrive, and what was asked before counts no more. */
  entered(session: SessionView): void {
    this.told = ++this.asked;
    this.take(session, this.state.current, true);
    this.plan();
  }

  /** A call was refused for want of a session. */
  lost(): void {
    if (this.state.session !== undefined) void this.ask();
  }

  /** "Still here": a call that counts as something the person did. */
  async stay(): Promise<void> {
    await this.modules.client.call('session_list');
    await this.refresh();
  }

  /** Nobody comes back to what was covered. */
  leave(): void {
    this.set({ ended: undefined });
    this.modules.forget();
  }

  async signOut(): Promise<void> {
    await this.modules.client.call('session_signOut');
    this.told = ++this.asked;
    this.set({ session: undefined, ended: undefined, endsSoonAt: undefined });
    this.modules.forget();
    await this.refresh();
  }

  private async ask(): Promise<void> {
    try {
      const question = ++this.asked;
      const current = await this.modules.client.call('session_current');
      if (question > this.told) {
        this.told = question;
        this.take(current.session ?? undefined, current);
      }
    } catch {
      // The node is away: what was known stays; the frame says that there is no connection.
    }
    this.plan();
  }

  /** Who types or scrolls for long without sending anything is there all the same. */
  private async keepAlive(): Promise<void> {
    const { session } = this.state;
    if (session === undefined || !this.running || this.modules.activity.idleMs >= ACTIVE_MS) return;
    const half = session.lastActive + (session.idleEndsAt - session.lastActive) / 2;
    if (this.modules.nodeClock.now() >= half) await this.modules.client.call('session_list');
  }

  /** `others`: whether the connection may be of before that session. */
  private take(
    session: SessionView | undefined,
    current: Current | undefined,
    others = this.state.current !== undefined,
  ): void {
    const before = this.state.session ?? this.state.ended;
    if (session === undefined) {
      // Only a person who was here can lose the session; after signing out nobody is.
      if (this.state.session !== undefined) this.modules.lock();
      this.set({ current, session: undefined, ended: before, endsSoonAt: undefined });
      return;
    }
    if (before !== undefined && before.user !== session.user) this.modules.forget();
    // Only a connection that was opened in the session is cut with it, which is how the page hears of its end at once.
    if (others && this.state.session?.id !== session.id) this.modules.client.renew();
    this.set({ current, session, ended: undefined, endsSoonAt: this.endsSoon(session) });
  }

  /** Two minutes before the end, or half the time where sessions are short. */
  private endsSoon(session: SessionView): number | undefined {
    const ends = endOf(session);
    const notice = Math.min(WARNING_MS, (ends - session.lastActive) / 2);
    return ends - this.modules.nodeClock.now() <= notice ? ends : undefined;
  }

  private plan(): void {
    const { clock, nodeClock } = this.modules;
    clock.clearTimeout(this.timer);
    if (!this.running) return;
    const { session } = this.state;
    const left = session === undefined ? CHECK_MS : endOf(session) - nodeClock.now();
    const wait = Math.max(MIN_CHECK_MS, Math.min(CHECK_MS, left > WARNING_MS ? left - WARNING_MS : left / 2));
    this.timer = clock.setTimeout(() => void this.refresh(), wait);
  }

  private set(change: Partial<SessionSnapshot>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }
}

function endOf({ idleEndsAt, endsAt }: SessionView): number {
  return Math.min(idleEndsAt, endsAt);
}

/** The client, telling the state of every call that a session was missing for. */
export function watchSession(client: RpcClient, lost: () => void): RpcClient {
  return {
    ...client,
    call: (async (...request: Parameters<RpcClient['call']>) => {
      try {
        return await client.call(...request);
      } catch (error) {
        if (error instanceof RpcError && error.code === 'rpc.unauthorized') lost();
        throw error;
      }
    }) as RpcClient['call'],
  };
}
