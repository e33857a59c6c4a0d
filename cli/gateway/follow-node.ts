// What a gateway asks of its clinic's node over and over: what is blocked now. When the node is gone the list stays in force,
// and the node is asked again, more and more rarely.
import type { Clock, TimerHandle } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { RpcClient } from '../../rpc/client.ts';
import type { KeptList } from './kept-list.ts';

export interface FollowNodeModules {
  readonly client: Pick<RpcClient, 'call'>;
  readonly list: KeptList;
  readonly clock: Clock;
  readonly logger: Logger;
}

export const FOLLOW_EVERY_MS = 1_000;
export const LONGEST_PAUSE_MS = 30_000;
const SAVE_EVERY_MS = 5_000;
const PAGE = 5_000;

export class FollowNode {
  private readonly modules: FollowNodeModules;
  private readonly ending = new AbortController();
  private timer: TimerHandle | undefined;
  private running: Promise<void> = Promise.resolve();
  private pause = FOLLOW_EVERY_MS;
  private savedAt = Number.NEGATIVE_INFINITY;

  constructor(modules: FollowNodeModules) {
    this.modules = modules;
  }

  /** The first round is under way when it returns. */
  start(): void {
    this.running = this.round();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    this.modules.clock.clearTimeout(this.timer);
    await this.running;
    await this.modules.list.save(this.modules.clock.now());
  }

  private async round(): Promise<void> {
    const { clock, logger, list } = this.modules;
    try {
      await this.catchUp();
      if (this.pause > FOLLOW_EVERY_MS) logger.info({ listed: list.size }, 'the node is there again');
      this.pause = FOLLOW_EVERY_MS;
    } catch (error) {
      if (this.ending.signal.aborted) return;
      if (this.pause === FOLLOW_EVERY_MS)
        logger.warn({ error }, 'the node does not answer: the list that is known goes on');
      this.pause = Math.min(2 * this.pause, LONGEST_PAUSE_MS);
    }
    if (clock.monotonic() - this.savedAt >= SAVE_EVERY_MS) {
      this.savedAt = clock.monotonic();
      await list.save(clock.now()).catch((error) => logger.error({ error }, 'the list could not be written'));
    }
    if (this.ending.signal.aborted) return;
    this.timer = clock.setTimeout(() => this.start(), this.pause);
  }

  private async catchUp(): Promise<void> {
    const { client, list, clock } = this.modules;
    for (;;) {
      const params = { since: list.since, limit: PAGE };
      const { changes, next, more } = await client.call('threat_follow', params, this.ending.signal);
      await list.take(changes, next, clock.now());
      if (!more) return;
    }
  }
}
