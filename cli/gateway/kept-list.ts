// The list of a gateway that follows a node: in effect at once, on disk for when the node is gone, a sequence to go on from.
// Addresses stand in the file as long as they are blocked; one that is over is dropped with the next writing. Blocks that
// would hit many of those who use the application, or come too fast, only challenge until they no longer do.
import { readFile } from 'node:fs/promises';
import { setImmediate as pause } from 'node:timers/promises';
import type { Logger } from '../../common/logger.ts';
import { formatNetwork, type Network, parseNetwork } from '../../gateway/address.ts';
import type { OpenBreaker } from '../../gateway/breakers.ts';
import { type DeltaBreaker, type HoldReason, MAX_ENTRIES_PER_MINUTE } from '../../gateway/lookup/delta-breaker.ts';
import { type EnforcedEntry, EnforcedList } from '../../gateway/lookup/enforced-list.ts';
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
const REVIEW_EVERY_MS = 60_000;
/** After a start a gateway knows nobody who is signed in: what would have hit them is not weighed again until they came. */
const LEARN_MS = 86_400_000;
/** Last in the row of a block that only challenges for the time being. */
const HELD = 'held';
const REASONS: ReadonlySet<string> = new Set(['known-addresses', 'current-sessions', 'pace']);

export interface KeptListOptions {
  readonly path: string;
  readonly seed: number;
}

export interface KeptListModules {
  readonly logger: Logger;
  /** Asked before blocks come into force that no administrator of the own organisation decided. */
  readonly breaker: Pick<DeltaBreaker, 'holds'>;
  /** The node took something off its list: an unblock, or an end. */
  onRemoved(network: Network): void;
}

interface Kept {
  readonly network: Network;
  readonly entry: EnforcedEntry;
}

interface Opened {
  readonly since: number;
  readonly why: HoldReason;
}

export class KeptList {
  readonly enforced: EnforcedList;
  private readonly path: string;
  private readonly modules: KeptListModules;
  private readonly kept = new Map<string, Kept>();
  /** Of those, blocks that only challenge for the time being, oldest first. */
  private readonly held = new Map<string, Kept>();
  /** Why, and since when; that people would be hit is told before that it was fast. */
  private opened: Opened | undefined;
  private reviewedAt = 0;
  private caughtUpAt = Number.NEGATIVE_INFINITY;
  private cursor = 0;
  private changed = false;
  private writing: Promise<void> = Promise.resolve();

  constructor(options: KeptListOptions, modules: KeptListModules) {
    this.path = options.path;
    this.modules = modules;
    this.enforced = new EnforcedList({ seed: options.seed }, { pause: async () => void (await pause()) });
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
      for (const line of lines.slice(1, -1)) {
        const row = JSON.parse(line);
        const entry = this.keep(changeOf(row), now);
        if (entry !== undefined && row[4] === HELD) this.held.set(row[0], { network: entry.network, entry });
      }
      if (this.held.size > 0) this.opened = openedOf(JSON.parse(head[3]));
      this.reviewedAt = this.opened === undefined || this.opened.why.rule === 'pace' ? now : now + LEARN_MS;
      this.cursor = Number(head[1]);
      // What ended meanwhile goes from the disk too.
      this.changed = this.kept.size < Number(head[2]);
    } catch {
      this.kept.clear();
      this.held.clear();
    }
    await this.enforced.rebuild(this.entries());
  }

  /** Blocks that only challenge for the time being. */
  get heldBack(): number {
    return this.held.size;
  }

  /** While blocks are held back: why. */
  openBreakers(): readonly OpenBreaker[] {
    if (this.opened === undefined || this.held.size === 0) return [];
    const { since, why } = this.opened;
    const [hit, of] = why.rule === 'pace' ? [why.entries, MAX_ENTRIES_PER_MINUTE] : [why.hit, why.of];
    return [{ breaker: 'list', since, cause: why.rule, hit, of, waiting: this.held.size }];
  }

  /** An administrator wants what is held back in force. False when nothing is. */
  release(): boolean {
    if (this.held.size === 0) return false;
    for (const { network, entry } of this.held.values()) this.enforced.set(network, [entry]);
    this.held.clear();
    this.changed = true;
    return true;
  }

  /** In force when this returns. */
  async take({ changes, next, more }: Changes, now: number): Promise<void> {
    // What was missed says nothing about how fast the list grows.
    const missed = now - this.caughtUpAt > REVIEW_EVERY_MS;
    if (!more) this.caughtUpAt = now;
    const added = new Map<string, Kept>();
    for (const change of changes) {
      const network = parseNetwork(change.address);
      const text = formatNetwork(network);
      const before = this.kept.get(text);
      // The last word on an address holds, also within one answer.
      const waited = [this.held.delete(text), added.delete(text)].includes(true);
      const entry = this.keep(change, now);
      const isNew = waited || before?.entry.verdict !== 'block';
      if (entry?.verdict === 'block' && !entry.byHand && isNew) added.set(text, { network, entry });
      else this.enforced.set(network, entry === undefined ? [] : [entry]);
      if (change.effect === null) this.modules.onRemoved(network);
    }
    if (added.size > 0) this.enter([...added.values()], now, missed);
    this.cursor = next;
    this.changed ||= changes.length > 0;
    if (this.enforced.rebuildDue) await this.enforced.rebuild(this.entries());
  }

  /** Looks at what is held back again, once a minute and as much of it as may come within one. */
  review(now: number): void {
    if (this.held.size === 0 || now - this.reviewedAt < REVIEW_EVERY_MS) return;
    this.reviewedAt = now;
    const due: Kept[] = [];
    for (const [text, kept] of this.held) {
      if (due.length >= MAX_ENTRIES_PER_MINUTE) break;
      // Held again, it stands behind what has waited as long: one part that hits many must not keep the rest waiting.
      this.held.delete(text);
      if (kept.entry.until > now) due.push(kept);
    }
    const since = this.opened?.since ?? now;
    if (due.length > 0) this.enter(due, now, false);
    this.changed = true;
    if (this.opened !== undefined) this.opened = { ...this.opened, since };
    if (this.held.size === 0) this.modules.logger.info('no block of the list is held back any more');
  }

  /** Writes what has changed and drops what is over. */
  async save(now: number): Promise<void> {
    let over = 0;
    for (const [text, { entry }] of this.kept) {
      if (entry.until > now) continue;
      this.kept.delete(text);
      this.held.delete(text);
      over += 1;
    }
    if (!this.changed && over === 0) return;
    this.changed = false;
    const lines = [...this.kept].map(([address, { entry }]) => {
      const row = [address, entry.verdict, entry.byHand, entry.until];
      return JSON.stringify(this.held.has(address) ? [...row, HELD] : row);
    });
    const why = this.held.size > 0 ? ` ${JSON.stringify(this.opened)}` : '';
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

  private enter(added: readonly Kept[], now: number, missed: boolean): void {
    const { breaker, logger } = this.modules;
    const networks = added.map(({ network }) => network);
    const held = breaker.holds(networks, now);
    if (held === undefined || (missed && held.rule === 'pace')) {
      for (const { network, entry } of added) this.enforced.set(network, [entry]);
      return;
    }
    if (this.held.size === 0) {
      this.reviewedAt = now;
      this.opened = { since: now, why: held };
      logger.warn({ ...held, blocks: added.length }, 'blocks are held back: they only challenge for the time being');
    } else if (this.opened?.why.rule === 'pace') this.opened = { ...this.opened, why: held };
    for (const kept of added) {
      this.held.set(formatNetwork(kept.network), kept);
      this.enforced.set(kept.network, [{ ...kept.entry, verdict: 'challenge' }]);
    }
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

/** Blocks are held back for a reason: a file that does not say it is damaged. */
function openedOf({ since, why }: Opened): Opened {
  const measured = why.rule === 'pace' ? [why.entries] : [why.hit, why.of];
  if (![since, ...measured].every((each) => Number.isSafeInteger(each))) throw new TypeError('opened');
  if (!REASONS.has(why.rule)) throw new TypeError('rule');
  return { since, why };
}
