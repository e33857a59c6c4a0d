// The effective list of this clinic as a sequence of changes, for everybody who follows it: foreign firewalls, gateways,
// STIX. Follows the blocklist and the clock; what was announced survives a restart, so that its end is announced too.
import type { Clock, TimerHandle } from '../../common/clock.ts';
import { contains, formatNetwork, isRange, type Network } from '../../gateway/address.ts';
import type { Blocklist } from '../../gateway/blocklist.ts';
import { ChangeLog, type LogEntry } from '../../gateway/lists/change-log.ts';
import type { ListedNetwork } from '../../gateway/lists/listed.ts';
import { NetworkIndex } from '../../gateway/network-index.ts';
import type { FeedFile } from './feed-file.ts';
import { listingOf } from './listing.ts';

export interface ThreatFeedOptions {
  readonly organisation: number;
}

export interface ThreatFeedModules {
  readonly blocklist: Pick<Blocklist, 'verdictFor' | 'inEffect' | 'pins' | 'onChange'>;
  readonly file: FeedFile;
  readonly clock: Clock;
}

/** A network that reports or pins name, and what it put on the list. */
interface Source {
  readonly network: Network;
  readonly text: string;
  readonly pieces: readonly ListedNetwork[];
  /** When to look at it again, ms since 1970. */
  readonly again: number;
}

const TICK_MS = 1000;
const FORGET_EVERY = 60;
/** Networks that are looked at before others have their turn. */
const PIECE = 256;

export class ThreatFeed {
  private readonly options: ThreatFeedOptions;
  private readonly modules: ThreatFeedModules;
  private readonly log = new ChangeLog();
  private readonly sources = new NetworkIndex<Source>();
  /** Entries in effect by network: which of them hold an address? */
  private readonly index = new NetworkIndex<LogEntry>();
  /** Sources by the piece that they list, for pieces of more than one. */
  private readonly shared = new Map<string, Source[]>();
  /** By second: sources to be looked at again. */
  private readonly due = new Map<number, Set<Source>>();
  private readonly listeners: ((entry: LogEntry) => void)[] = [];
  private readonly waiting = new Set<() => void>();
  private timer: TimerHandle | undefined;
  private ticks = 0;
  private started = false;

  constructor(options: ThreatFeedOptions, modules: ThreatFeedModules) {
    this.options = options;
    this.modules = modules;
  }

  /** Once the blocklist is loaded. */
  async start(): Promise<void> {
    const { file, blocklist } = this.modules;
    const kept = await file.load();
    this.log.restore(kept.entries, kept.sequence);
    for (const entry of this.log.listed()) this.index.set(entry.listed.network, entry);
    this.started = true;
    blocklist.onChange((network) => this.touched(network));
    await this.refresh();
    for (const entry of this.log.listed()) {
      if (!this.shared.has(entry.text)) this.ended(entry.listed.network);
    }
    this.onChange(() => file.changed(() => this.log));
    this.tick();
  }

  async stop(): Promise<void> {
    this.modules.clock.clearTimeout(this.timer);
    this.wake();
    // What was never read must not be written over.
    if (this.started) await this.modules.file.close(() => this.log);
  }

  /** Told of each change at once. */
  onChange(listener: (entry: LogEntry) => void): void {
    this.listeners.push(listener);
  }

  /** Of the last change; grows with each. */
  get sequence(): number {
    this.catchUp();
    return this.log.sequence;
  }

  /** Listed now, oldest change first. */
  listed(): readonly LogEntry[] {
    this.catchUp();
    return this.log.listed();
  }

  /** The last change of each network that changed after `sequence`, oldest first; nothing is left out, however old it is. */
  since(sequence: number): readonly LogEntry[] {
    this.catchUp();
    return sequence >= this.log.sequence ? [] : this.log.since(sequence);
  }

  /** Returns when something has changed after `sequence`, after `ms`, or when the signal ends. */
  async changedAfter(sequence: number, ms: number, signal: AbortSignal): Promise<void> {
    if (ms === 0 || signal.aborted || this.sequence > sequence) return;
    const { clock } = this.modules;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clock.clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.waiting.delete(end);
        resolve();
      };
      const timer = clock.setTimeout(end, ms);
      signal.addEventListener('abort', end, { once: true });
      this.waiting.add(end);
    });
  }

  /** What is listed of networks that hold all of `network`. */
  covering(network: Network): readonly LogEntry[] {
    this.catchUp();
    return this.index.covering(network);
  }

  /** Looks at everything again, piece by piece: what verdicts depend on has changed for many, as who the members are. */
  async refresh(): Promise<void> {
    if (!this.started) return;
    const { blocklist, clock } = this.modules;
    const named = new Map<string, Network>();
    for (const { network } of this.sources.values()) named.set(formatNetwork(network), network);
    for (const { entry } of blocklist.inEffect(clock.now())) named.set(formatNetwork(entry.network), entry.network);
    for (const { network, action } of blocklist.pins()) {
      if (action === 'block') named.set(formatNetwork(network), network);
    }
    let left = PIECE;
    for (const network of named.values()) {
      this.look(network, clock.now());
      if (--left > 0) continue;
      left = PIECE;
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  private touched(network: Network): void {
    const now = this.modules.clock.now();
    this.look(network, now);
    const single = !isRange(network);
    const around = this.sources.covering(network);
    const inside = single ? [] : [...this.sources.values()].filter((source) => contains(network, source.network));
    for (const source of [...around, ...inside]) {
      if (source.text !== formatNetwork(network)) this.look(source.network, now);
    }
  }

  /** Verdicts end with time alone. */
  private catchUp(): void {
    const now = this.modules.clock.now();
    const second = secondOf(now);
    for (const [at, sources] of this.due) {
      if (at > second) continue;
      for (const { network, again } of sources) if (again <= now) this.look(network, now);
    }
  }

  private tick(): void {
    const { clock, file } = this.modules;
    this.catchUp();
    // What is forgotten leaves the file too, though nothing else may change for weeks.
    if (this.ticks++ % FORGET_EVERY === 0 && this.log.forget(clock.now())) file.changed(() => this.log);
    this.timer = clock.setTimeout(() => this.tick(), TICK_MS);
  }

  private look(network: Network, now: number): void {
    const before = this.sources.get(network);
    const listing = listingOf(this.modules.blocklist, this.options.organisation, network, now);
    if (before === undefined && listing === undefined) return;
    if (before !== undefined) this.drop(before);
    const pieces = listing?.listed ?? [];
    if (listing !== undefined) {
      const source = { network, text: formatNetwork(network), pieces, again: Math.max(listing.again, now + 1) };
      this.sources.set(network, source);
      const second = secondOf(source.again);
      const due = this.due.get(second);
      if (due === undefined) this.due.set(second, new Set([source]));
      else due.add(source);
      for (const piece of pieces) this.claim(formatNetwork(piece.network), source);
    }
    const touched = new Map(
      [...(before?.pieces ?? []), ...pieces].map((piece) => [formatNetwork(piece.network), piece]),
    );
    for (const [text, piece] of touched) this.settle(text, piece.network, now);
  }

  private drop(source: Source): void {
    this.sources.delete(source.network);
    const second = secondOf(source.again);
    const due = this.due.get(second);
    due?.delete(source);
    if (due?.size === 0) this.due.delete(second);
    for (const { network } of source.pieces) {
      const text = formatNetwork(network);
      const others = (this.shared.get(text) ?? []).filter((other) => other !== source);
      if (others.length === 0) this.shared.delete(text);
      else this.shared.set(text, others);
    }
  }

  private claim(text: string, source: Source): void {
    this.shared.set(text, [...(this.shared.get(text) ?? []), source]);
  }

  /** Of several sources the one that blocks, and longest, speaks for a piece. */
  private settle(text: string, network: Network, now: number): void {
    const wanted = (this.shared.get(text) ?? [])
      .flatMap(({ pieces }) => pieces.filter((piece) => formatNetwork(piece.network) === text))
      .sort((a, b) => rank(b) - rank(a) || b.until - a.until)[0];
    if (wanted === undefined) {
      this.ended(network);
      return;
    }
    const entry = this.log.list(wanted, now);
    if (entry === undefined) return;
    this.index.set(network, entry);
    this.tell(entry);
  }

  private ended(network: Network): void {
    const entry = this.log.end(network, this.modules.clock.now());
    if (entry === undefined) return;
    this.index.delete(network);
    this.tell(entry);
  }

  private tell(entry: LogEntry): void {
    for (const listener of this.listeners) listener(entry);
    this.wake();
  }

  private wake(): void {
    for (const end of [...this.waiting]) end();
  }
}

function secondOf(ms: number): number {
  return Math.floor(ms / 1000);
}

function rank({ effect }: ListedNetwork): number {
  return effect === 'block' ? 1 : 0;
}
