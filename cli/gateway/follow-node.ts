// What a gateway asks of its clinic's node over and over: what is blocked now, and what stands above it. The node answers
// when something changed. When it is gone the list stays in force, and it is asked again, more and more rarely.
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import { Rounds } from '../../node/rounds.ts';
import type { RpcClient } from '../../rpc/client.ts';
import type { KeptList } from './kept-list.ts';
import type { KeptRules } from './kept-rules.ts';

export interface FollowNodeModules {
  readonly client: Pick<RpcClient, 'call'>;
  readonly list: KeptList;
  readonly rules: Pick<KeptRules, 'revision' | 'take' | 'save'>;
  /** Told which signatures the node has now. */
  readonly signatures: { tell(revision: string): void };
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The node answers at once when something changes; so far apart are its answers at least. */
const FOLLOW_EVERY_MS = 200;
/** How long the node waits for a change: what is not on the list, as rules, comes so late. */
const WAIT_MS = 5_000;
export const LONGEST_PAUSE_MS = 30_000;
const SAVE_EVERY_MS = 5_000;
const PAGE = 5_000;

export class FollowNode {
  private readonly modules: FollowNodeModules;
  private readonly rounds: Rounds;
  private savedAt = Number.NEGATIVE_INFINITY;
  /** Of the node's last answer; after a failure it is asked for all that it has to say at once. */
  private answered = false;

  constructor(modules: FollowNodeModules) {
    this.modules = modules;
    const { clock, logger } = modules;
    const backOff = { longestMs: LONGEST_PAUSE_MS, over: 'the node is followed again' };
    const failed = 'the node cannot be followed: the list that is known goes on';
    const round = (signal: AbortSignal) => this.round(signal);
    this.rounds = new Rounds({ everyMs: FOLLOW_EVERY_MS, failed, backOff }, { clock, logger, round });
  }

  /** The first round is under way when it returns. */
  start(): void {
    this.rounds.start();
  }

  async stop(): Promise<void> {
    await this.rounds.stop();
    await this.modules.list.save(this.modules.clock.now());
  }

  private async round(signal: AbortSignal): Promise<void> {
    const { clock, list, rules } = this.modules;
    try {
      await this.catchUp(signal);
    } finally {
      list.review(clock.now());
      if (clock.monotonic() - this.savedAt >= SAVE_EVERY_MS) {
        this.savedAt = clock.monotonic();
        for (const kept of [list, rules]) await kept.save(clock.now()).catch((error: unknown) => this.unwritten(error));
      }
    }
  }

  private unwritten(error: unknown): void {
    this.modules.logger.error({ err: error }, 'what the node gave could not be written: tried again');
  }

  private async catchUp(signal: AbortSignal): Promise<void> {
    const { client, list, rules, signatures, clock } = this.modules;
    for (;;) {
      const waitMs = this.answered ? WAIT_MS : 0;
      this.answered = false;
      const params = { since: list.since, limit: PAGE, rules: rules.revision, waitMs };
      const answer = await client.call('threat_follow', params, signal);
      this.answered = true;
      // Written or not, they are in effect, and the list goes on.
      if (answer.rules !== null) await rules.take(answer.rules).catch((error: unknown) => this.unwritten(error));
      await list.take(answer, clock.now());
      signatures.tell(answer.signatures);
      if (!answer.more) return;
    }
  }
}
