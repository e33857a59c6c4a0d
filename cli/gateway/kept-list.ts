// The list of a gateway that follows a node: in effect at once, on disk for when the node is gone, a sequence to go on from.
// Addresses stand in the file as long as they are blocked; one that is over is dropped with the next writing. Blocks that
// would hit many of those who use the application, or come too fast, only challenge until they no longer do.
import { readFile } from 'node:fs/promises';
import { setImmediate as pause } from 'node:timers/promises';
import type { Logger } from '../../common/logger.ts';
import { formatNetwork, type Network, parseNetwork } from '../../gateway/address.ts';
import type { DeltaBreaker } from '../../gateway/lookup/delta-breaker.ts';
import { type EnforcedEntry, EnforcedList } from '../../gateway/lookup/enforced-list.ts';
import { HeldBlocks, openedOf, REVIEW_EVERY_MS } from '../../gateway/lookup/held-blocks.ts';
import { writePrivateFile } from '../../node/data-directory.ts';

export interface Change {
  readonly address: string;
  readonly effect: 'block' | 'challenge' | null;
  readonly byHand: boolean;
  readonly until: number;
}

/** One answer of the node. */
export interface Changes {
  readonly changes: readonly Change[];
  /** Where to go on from. */
  readonly next: number;
  readonly more: boolean;
}

/** Networks that are kept; what comes beyond is counted and not in force. */
export const MAX_KEPT = 1_100_000;
/** Last in the row of a block that only challenges for the time being. */
const HELD = 'held';

export interface KeptListOptions {
  readonly path: string;
  readonly seed: number;
}

export interface KeptListModules {
  readonly logger: Logger;
  /** Asked before blocks come into force that no administrator of the own organisation decided. */
  readonly breaker: Pick<DeltaBreaker, 'holds' | 'room'>;
  /** The node took something off its list: an unblock, or an end. */
  onRemoved(network: Network): void;
}

interface Kept {
  readonly network: Network;
  readonly entry: EnforcedEntry;
}

export class KeptList {
  readonly enforced: EnforcedList;
  private readonly path: string;
  private readonly modules: KeptListModules;
  private readonly kept = new Map<string, Kept>();
  /** Of those, blocks that only challenge for the time being. */
  readonly held: HeldBlocks;
  private caughtUpAt = Number.NEGATIVE_INFINITY;
  private cursor = 0;
  private changed = false;
  private writing: Promise<void> = Promise.resolve();

  constructor(options: KeptListOptions, modules: KeptListModules) {
    this.path = options.path;
    this.modules = modules;
    this.enforced = new EnforcedList({ seed: options.seed }, { pause: async () => void (await pause()) });
    this.held = new HeldBlocks({
      ...modules,
      onWeighed: (block, isHeld) => {
        this.enforced.set(block.network, [isHeld ? { ...block, verdict: 'challenge' } : block]);
        this.changed = true;
      },
    });
  }

  get size(): number {
    return this.kept.size;
  }

  /** Where to go on from at the node. */
  get since(): number {
    return this.cursor;
  }

  /** A file that is missing or damaged is an empty list: the node gives all of it again. */
  async load(now: number): Promise<void> {
    const text = await readFile(this.path, 'utf8').catch(() => '');
    const lines = text.split('\n');
    const head = /^wardmesh\/gateway-list\/1 (\d{1,16}) (\d{1,8})(?: (\{.{1,200}\}))?$/.exec(lines[0]);
    if (head === null || lines.length !== Number(head[2]) + 2) return;
    try {
      const held: EnforcedEntry[] = [];
      for (const line of lines.slice(1, -1)) {
        const row = JSON.parse(line);
        const entry = this.keep(changeOf(row), now);
        if (entry !== undefined && row[4] === HELD) held.push(entry);
      }
      this.held.restore(held, held.length > 0 ? openedOf(JSON.parse(head[3])) : undefined, now);
      this.cursor = Number(head[1]);
      // What ended meanwhile goes from the disk too.
      this.changed = this.kept.size < Number(head[2]);
    } catch {
      this.kept.clear();
    }
    await this.enforced.rebuild(this.entries());
  }

  /** In force when this returns. */
  async take({ changes, next, more }: Changes, now: number): Promise<void> {
    // What was missed says nothing about how fast the list grows.
    const missed = now - this.caughtUpAt > REVIEW_EVERY_MS;
    if (!more) this.caughtUpAt = now;
    const added = new Map<string, EnforcedEntry>();
    for (const change of changes) {
      const network = parseNetwork(change.address);
      const text = formatNetwork(network);
      const before = this.kept.get(text);
      // The last word on an address holds, also within one answer.
      const isNew = added.delete(text) || before?.entry.verdict !== 'block';
      const entry = this.keep(change, now);
      const isWeighed = entry?.verdict === 'block' && !entry.byHand;
      if (!isWeighed) this.held.drop(text);
      if (isWeighed && isNew) added.set(text, entry);
      else if (!isWeighed || !this.held.renew(entry)) this.enforced.set(network, entry === undefined ? [] : [entry]);
      if (change.effect === null) this.modules.onRemoved(network);
    }
    if (added.size > 0) this.held.enter([...added.values()], now, missed);
    this.cursor = next;
    this.changed ||= changes.length > 0;
    if (this.enforced.rebuildDue) await this.enforced.rebuild(this.entries());
  }

  review(now: number): void {
    if (this.held.review(now)) this.changed = true;
  }

  /** Writes what has changed and drops what is over. */
  async save(now: number): Promise<void> {
    let over = 0;
    for (const [text, { entry }] of this.kept) {
      if (entry.until > now) continue;
      this.kept.delete(text);
      this.held.drop(text);
      over += 1;
    }
    if (!this.changed && over === 0) return;
    this.changed = false;
    const lines = [...this.kept].map(([address, { entry }]) => {
      const row = [address, entry.verdict, entry.byHand, entry.until];
      return JSON.stringify(this.held.has(address) ? [...row, HELD] : row);
    });
    const { opened } = this.held;
    const why = opened === undefined ? '' : ` ${JSON.stringify(opened)}`;
    const text = `wardmesh/gateway-list/1 ${this.cursor} ${lines.length}${why}\n${lines.map((line) => `${line}\n`).join('')}`;
    this.writing = this.writing
      .catch(() => undefined)
      .then(() => writePrivateFile(this.path, text))
      .catch((error: unknown) => {
        // Tried again with the next.
        this.changed = true;
        throw error;
      });
    await this.writing;
  }

  private keep({ address, effect, byHand, until }: Change, now: number): EnforcedEntry | undefined {
    const network = parseNetwork(address);
    const text = formatNetwork(network);
    if (effect === null || until <= now || (this.kept.size >= MAX_KEPT && !this.kept.has(text))) {
      this.kept.delete(text);
      return undefined;
    }
    const entry: EnforcedEntry = { network, verdict: effect, byHand, until };
    this.kept.set(text, { network, entry });
    return entry;
  }

  private entries(): EnforcedEntry[] {
    return [...this.kept].map(([text, { entry }]) =>
      this.held.has(text) ? { ...entry, verdict: 'challenge' } : entry,
    );
  }
}

function changeOf(row: unknown): Change {
  const [address, effect, byHand, until] = row as [string, Change['effect'], boolean, number];
  if (effect !== 'block' && effect !== 'challenge') throw new TypeError('effect');
  return { address, effect, byHand: byHand === true, until: Number(until) };
}
