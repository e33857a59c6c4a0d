// What the clinic's blocklist comes to at the node's own doors: new blocks that would hit many of those who use them, or come too
// fast, only challenge until they no longer do, over restarts too. Follows the feed; owns no verdict and no block.
import { readFile } from 'node:fs/promises';
import type { Clock, TimerHandle } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { Network } from '../../gateway/address.ts';
import type { Blocklist, Judgement } from '../../gateway/blocklist.ts';
import type { BlockLookup } from '../../gateway/gateway.ts';
import type { LogEntry } from '../../gateway/lists/change-log.ts';
import { isByHand } from '../../gateway/lists/listed.ts';
import type { DeltaBreaker } from '../../gateway/lookup/delta-breaker.ts';
import type { EnforcedEntry } from '../../gateway/lookup/enforced-list.ts';
import { HeldBlocks, type Opened, openedOf, REVIEW_EVERY_MS } from '../../gateway/lookup/held-blocks.ts';
import { NetworkIndex } from '../../gateway/network-index.ts';
import { writePrivateFile } from '../data-directory.ts';
import { RowSeal } from '../store/row-seal.ts';
import type { ThreatFeed } from '../threats/feed.ts';

export interface DoorListOptions {
  readonly organisation: number;
  readonly path: string;
  /** 32 bytes, from the keystore. */
  readonly storageKey: Uint8Array;
}

export interface DoorListModules {
  readonly blocklist: Pick<Blocklist, 'verdictFor'>;
  readonly feed: Pick<ThreatFeed, 'onChange' | 'listed'>;
  readonly breaker: Pick<DeltaBreaker, 'holds' | 'room'>;
  /** The node has not all that the others know: what comes then was missed. */
  behind(): boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Known {
  readonly text: string;
  /** False: it is held back, or not weighed yet. */
  readonly inForce: boolean;
}

/** What comes within so long is weighed together; until then it challenges. */
const WEIGH_AFTER_MS = 200;
const TICK_MS = 5_000;
const NAME = new TextEncoder().encode('wardmesh/held-blocks/1');

export class DoorList implements BlockLookup {
  readonly held: HeldBlocks;
  private readonly options: DoorListOptions;
  private readonly modules: DoorListModules;
  private readonly seal: RowSeal;
  /** Every network that the feed lists as blocked. */
  private readonly blocks = new NetworkIndex<Known>();
  private readonly arriving = new Map<string, EnforcedEntry>();
  private weighing: TimerHandle | undefined;
  private ticking: TimerHandle | undefined;
  private behindAt = 0;
  private started = false;
  private changed = false;
  private writing: Promise<void> = Promise.resolve();

  constructor(options: DoorListOptions, modules: DoorListModules) {
    this.options = options;
    this.modules = modules;
    this.seal = new RowSeal(options.storageKey);
    this.held = new HeldBlocks({
      ...modules,
      onWeighed: ({ network }, isHeld) => {
        const known = this.blocks.get(network);
        if (known !== undefined) this.blocks.set(network, { ...known, inForce: !isHeld });
        this.changed = true;
      },
    });
    modules.feed.onChange((entry) => {
      if (this.started) this.follow(entry);
    });
  }

  /** Once the feed has started: what it lists by then is in force, but for what was held back before. */
  async start(): Promise<void> {
    const { feed, clock } = this.modules;
    const { texts, opened } = await this.load();
    const held: EnforcedEntry[] = [];
    for (const { text, listed } of feed.listed()) {
      if (listed.effect !== 'block') continue;
      const block = this.blockOf(listed);
      const waits = !block.byHand && texts.has(text);
      this.blocks.set(listed.network, { text, inForce: !waits });
      if (waits) held.push(block);
    }
    this.held.restore(held, held.length === 0 ? undefined : opened, clock.now());
    // What ended meanwhile goes from the disk too.
    this.changed ||= held.length < texts.size;
    this.behindAt = clock.now();
    this.started = true;
    this.tick();
  }

  async stop(): Promise<void> {
    const { clock } = this.modules;
    clock.clearTimeout(this.weighing);
    clock.clearTimeout(this.ticking);
    if (!this.started) return;
    this.started = false;
    this.weigh();
    await this.save();
  }

  verdictFor(network: Network, at: number): Judgement {
    const judged = this.modules.blocklist.verdictFor(network, this.options.organisation, at);
    if (judged.verdict !== 'block' || this.held.size + this.arriving.size === 0) return judged;
    const around = this.blocks.covering(network);
    return around.length === 0 || around.some(({ inForce }) => inForce) ? judged : { ...judged, verdict: 'challenge' };
  }

  private follow({ text, state, listed }: LogEntry): void {
    const { network } = listed;
    const isBlock = state === 'listed' && listed.effect === 'block';
    const block = this.blockOf(listed);
    if (isBlock && !block.byHand && this.held.renew(block)) return;
    if (this.held.drop(text)) this.changed = true;
    this.arriving.delete(text);
    if (!isBlock) {
      this.blocks.delete(network);
      return;
    }
    const inForce = block.byHand || this.blocks.get(network)?.inForce === true;
    this.blocks.set(network, { text, inForce });
    if (inForce) return;
    this.arriving.set(text, block);
    this.weighing ??= this.modules.clock.setTimeout(() => this.weigh(), WEIGH_AFTER_MS);
  }

  private weigh(): void {
    const now = this.modules.clock.now();
    const blocks = [...this.arriving.values()];
    this.weighing = undefined;
    this.arriving.clear();
    if (this.modules.behind()) this.behindAt = now;
    if (blocks.length === 0) return;
    this.held.enter(blocks, now, now - this.behindAt < REVIEW_EVERY_MS);
    if (this.held.size > 0) void this.save();
  }

  private tick(): void {
    const { clock, behind } = this.modules;
    const now = clock.now();
    if (behind()) this.behindAt = now;
    if (this.held.review(now)) this.changed = true;
    void this.save();
    this.ticking = clock.setTimeout(() => this.tick(), TICK_MS);
  }

  private blockOf(listed: LogEntry['listed']): EnforcedEntry {
    const { network, until } = listed;
    return { network, verdict: 'block', byHand: isByHand(listed, this.options.organisation), until };
  }

  /** Whole, so that what is over leaves the file with the next writing. */
  private save(): Promise<void> {
    this.writing = this.writing.then(() => this.write());
    return this.writing;
  }

  private async write(): Promise<void> {
    if (!this.changed) return;
    this.changed = false;
    const { opened } = this.held;
    const rows = { held: [...this.held.texts()], ...(opened === undefined ? {} : { opened }) };
    try {
      await writePrivateFile(this.options.path, this.seal.seal(NAME, new TextEncoder().encode(JSON.stringify(rows))));
    } catch (error) {
      // Tried again with the next.
      this.changed = true;
      this.modules.logger.warn({ err: error }, 'which blocks are held back is not on disk');
    }
  }

  /** Nothing was held back where the file cannot be read. */
  private async load(): Promise<{ texts: ReadonlySet<string>; opened: Opened | undefined }> {
    const none = { texts: new Set<string>(), opened: undefined };
    const sealed = await readFile(this.options.path).catch(() => undefined);
    if (sealed === undefined) return none;
    try {
      const bytes = this.seal.open(NAME, sealed);
      if (bytes === undefined) throw new TypeError('seal');
      const rows = JSON.parse(new TextDecoder().decode(bytes)) as { held: string[]; opened?: unknown };
      if (rows.held.length === 0) return none;
      return { texts: new Set(rows.held), opened: openedOf(rows.opened) };
    } catch {
      this.changed = true;
      this.modules.logger.warn('which blocks were held back is not known any more: they are in force');
      return none;
    }
  }
}
