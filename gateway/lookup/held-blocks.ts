// Blocks that only challenge for the time being: which, why, since when, and what comes into force once they no longer hit many
// or come too fast. Whose list they are on, and what is done with them, is the owner's.
import type { Logger } from '../../common/logger.ts';
import { formatNetwork } from '../address.ts';
import type { Breakers, OpenBreaker } from '../breakers.ts';
import { type DeltaBreaker, type HoldReason, MAX_ENTRIES_PER_MINUTE } from './delta-breaker.ts';
import type { EnforcedEntry } from './enforced-list.ts';

export const REVIEW_EVERY_MS = 60_000;
/** After a start a gateway knows nobody who is signed in: what would have hit them is not weighed again until they came. */
const LEARN_MS = 86_400_000;
const REASONS: ReadonlySet<string> = new Set(['known-addresses', 'current-sessions', 'pace']);

export interface HeldBlocksModules {
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  readonly breaker: Pick<DeltaBreaker, 'holds' | 'room'>;
  /** For each block that was weighed or renewed, and again when one that was held comes into force. */
  onWeighed(block: EnforcedEntry, isHeld: boolean): void;
}

/** While something is held: since when, and why. That people would be hit is told before that it was fast. */
export interface Opened {
  /** ms since 1970. */
  readonly since: number;
  readonly why: HoldReason;
}

export class HeldBlocks {
  private readonly modules: HeldBlocksModules;
  /** By their text; those that wait longest first. */
  private readonly held = new Map<string, EnforcedEntry>();
  private reason: Opened | undefined;
  private reviewedAt = 0;

  constructor(modules: HeldBlocksModules) {
    this.modules = modules;
  }

  get size(): number {
    return this.held.size;
  }

  /** Undefined while nothing is held. */
  get opened(): Opened | undefined {
    return this.held.size === 0 ? undefined : this.reason;
  }

  /** `text`: of the network. */
  has(text: string): boolean {
    return this.held.has(text);
  }

  texts(): Iterable<string> {
    return this.held.keys();
  }

  /** It is blocked no more, or by somebody whose word is not weighed. False when it was not held. */
  drop(text: string): boolean {
    return this.held.delete(text);
  }

  /** A later word on a block that is held changes nothing but its end: alone it would not be found to hit many. False when it is not held. */
  renew(block: EnforcedEntry): boolean {
    const text = formatNetwork(block.network);
    if (!this.held.has(text)) return false;
    this.held.set(text, block);
    this.modules.onWeighed(block, true);
    return true;
  }

  /** What was held before a restart. */
  restore(blocks: readonly EnforcedEntry[], opened: Opened | undefined, now: number): void {
    for (const block of blocks) this.held.set(formatNetwork(block.network), block);
    this.reason = opened;
    this.reviewedAt = opened === undefined || opened.why.rule === 'pace' ? now : now + LEARN_MS;
  }

  /**
   * New blocks that no administrator of the own organisation decided. `missed`: they came while nobody could hear of them,
   * which says nothing about how fast the list grows.
   */
  enter(blocks: readonly EnforcedEntry[], now: number, missed: boolean): void {
    const { breaker, logger } = this.modules;
    const why = breaker.holds(
      blocks.map(({ network }) => network),
      now,
    );
    if (why === undefined || (missed && why.rule === 'pace')) {
      for (const block of blocks) this.modules.onWeighed(block, false);
      return;
    }
    if (this.held.size === 0) {
      this.reviewedAt = now;
      this.reason = { since: now, why };
      logger.warn({ ...why, blocks: blocks.length }, 'blocks are held back: they only challenge for the time being');
    } else if (this.reason?.why.rule === 'pace') this.reason = { ...this.reason, why };
    for (const block of blocks) {
      this.held.set(formatNetwork(block.network), block);
      this.modules.onWeighed(block, true);
    }
  }

  /** Weighs them again, once a minute and as many as the others that came within it leave room for. True when it did. */
  review(now: number): boolean {
    if (this.held.size === 0 || now - this.reviewedAt < REVIEW_EVERY_MS) return false;
    this.reviewedAt = now;
    const room = this.modules.breaker.room(now);
    const due: EnforcedEntry[] = [];
    for (const [text, block] of this.held) {
      const isOver = block.until <= now;
      if (!isOver && due.length >= room) continue;
      // Held again, it stands behind what has waited as long: one part that hits many must not keep the rest waiting.
      this.held.delete(text);
      if (!isOver) due.push(block);
    }
    const since = this.reason?.since ?? now;
    if (due.length > 0) this.enter(due, now, false);
    if (this.reason !== undefined) this.reason = { ...this.reason, since };
    if (this.held.size === 0) this.modules.logger.info('no block of the list is held back any more');
    return true;
  }

  /** An administrator wants them in force. False when nothing is held. */
  release(): boolean {
    if (this.held.size === 0) return false;
    for (const block of this.held.values()) this.modules.onWeighed(block, false);
    this.held.clear();
    return true;
  }

  /** While blocks are held: why. */
  openBreakers(): readonly OpenBreaker[] {
    const { opened } = this;
    if (opened === undefined) return [];
    const { since, why } = opened;
    const [hit, of] = why.rule === 'pace' ? [why.entries, MAX_ENTRIES_PER_MINUTE] : [why.hit, why.of];
    return [{ breaker: 'list', since, cause: why.rule, hit, of, waiting: this.held.size }];
  }
}

/** The breakers of one gateway and of the list that it goes by. */
export function breakersOf(gateway: Breakers, held: HeldBlocks): Breakers {
  return {
    openBreakers: (at) => [...gateway.openBreakers(at), ...held.openBreakers()],
    releaseBreaker: (breaker, at) => (breaker === 'list' ? held.release() : gateway.releaseBreaker(breaker, at)),
  };
}

/** Out of a file. Throws TypeError: blocks are held back for a reason, and what does not say it is damaged. */
export function openedOf(parsed: unknown): Opened {
  const { since, why } = parsed as Opened;
  const measured = why.rule === 'pace' ? [why.entries] : [why.hit, why.of];
  if (![since, ...measured].every((each) => Number.isSafeInteger(each))) throw new TypeError('opened');
  if (!REASONS.has(why.rule)) throw new TypeError('rule');
  return { since, why };
}
