// What enforcement asks first, for every request: typed arrays built beside the requests and put in place at once, and
// over them the few changes since. Answers as the entries say; which entries there are is the blocklist's matter.
import { isRange, type Network } from '../address.ts';
import type { Pin } from '../blocklist.ts';
import type { BlockLookup, Listed } from '../gateway.ts';
import { NetworkIndex } from '../network-index.ts';
import { FourTable, FourTableBuilder } from './four-table.ts';
import { MarkedIndex } from './marked-index.ts';
import { type RangeEntry, RangeTable } from './range-table.ts';
import { SixTable } from './six-table.ts';
import { joinUntil, type Until } from './until.ts';

/** A network with the verdict that holds for all of it. */
export interface EnforcedEntry {
  readonly network: Network;
  readonly verdict: 'block' | 'challenge';
  /** By an administrator of the own organisation. */
  readonly byHand: boolean;
  /** ms since 1970; counted in whole seconds, rounded up. */
  readonly until: number;
}

export interface EnforcedListOptions {
  /** u32, secret. */
  readonly seed: number;
}

export interface EnforcedListModules {
  /** Lets requests be served between two pieces of a rebuild. */
  pause(): Promise<void>;
}

/** Above so many changes a rebuild is due; what comes later stays in force either way. */
export const CHANGES_BEFORE_REBUILD = 4_096;
const PIECE = 20_000;

const ALLOW: Listed = { verdict: 'allow', reasons: [] };
const CHALLENGE: Listed = { verdict: 'challenge', reasons: [] };
const BLOCK: Listed = { verdict: 'block', reasons: [] };
const BLOCK_BY_HAND: Listed = { verdict: 'block', reasons: [], byHand: true };

interface Tables {
  readonly four: FourTable;
  readonly six: SixTable;
  readonly fourRanges: RangeTable;
  readonly sixRanges: RangeTable;
}

/** The latest about exactly this network; all zero once it was taken off. */
interface Change extends RangeEntry {
  readonly sequence: number;
}

export class EnforcedList implements BlockLookup {
  private readonly seed: number;
  private readonly modules: EnforcedListModules;
  private tables: Tables;
  private changes = new MarkedIndex<Change>();
  private pins = new MarkedIndex<Pin>();
  private sequence = 0;
  /** Of the lookup at hand: one object for all of them. */
  private readonly found: Until = { block: 0, byHand: 0, challenge: 0 };

  constructor(options: EnforcedListOptions, modules: EnforcedListModules) {
    this.seed = options.seed;
    this.modules = modules;
    this.tables = {
      four: new FourTable(0),
      six: new SixTable(0, this.seed),
      fourRanges: new RangeTable(4, []),
      sixRanges: new RangeTable(6, []),
    };
  }

  /** Networks in the arrays, in effect or not. */
  get size(): number {
    const { four, six, fourRanges, sixRanges } = this.tables;
    return four.size + six.size + fourRanges.size + sixRanges.size;
  }

  get rebuildDue(): boolean {
    return this.changes.size > CHANGES_BEFORE_REBUILD;
  }

  verdictFor(network: Network, at: number): Listed {
    const pin = this.pins.mayHold(network) ? this.pinFor(network, at) : undefined;
    if (pin !== undefined) return { verdict: pin.action, reasons: [{ rule: 'pin', pin }] };
    const { family, high, low } = network;
    const changed = this.changes.mayHold(network);
    const { tables } = this;
    const until = this.found;
    until.block = 0;
    until.byHand = 0;
    until.challenge = 0;
    if (!changed || this.changes.get(network) === undefined) {
      if (family === 4) tables.four.read(high, until);
      else tables.six.read(high, low, until);
    }
    const ranges = family === 4 ? tables.fourRanges : tables.sixRanges;
    for (let i = ranges.narrowest(high, low); i !== -1; i = ranges.outer(i)) {
      const entry = ranges.entry(i);
      if (!changed || this.changes.get(entry.network) === undefined) joinUntil(until, entry.until);
    }
    if (changed) for (const change of this.changes.covering(network)) joinUntil(until, change.until);
    const now = at / 1000;
    if (until.byHand > now) return BLOCK_BY_HAND;
    if (until.block > now) return BLOCK;
    return until.challenge > now ? CHALLENGE : ALLOW;
  }

  /** Everything that is said of exactly this network from now on; none: it was taken off. In force at once. */
  set(network: Network, entries: readonly EnforcedEntry[]): void {
    const until: Until = { block: 0, byHand: 0, challenge: 0 };
    for (const entry of entries) joinUntil(until, untilOf(entry));
    this.sequence++;
    this.changes.set(network, { network, until, sequence: this.sequence });
  }

  /** In place of the pins before; at most MAX_PINS (gateway/blocklist.ts). */
  setPins(pins: Iterable<Pin>): void {
    const index = new MarkedIndex<Pin>();
    for (const pin of pins) index.set(pin.network, pin);
    this.pins = index;
  }

  /** Builds the arrays anew from all entries as they are now, in pieces, and puts them in place at once. */
  async rebuild(entries: readonly EnforcedEntry[]): Promise<void> {
    const before = this.sequence;
    const count = { 4: 0, 6: 0 };
    for (const entry of entries) if (!isRange(entry.network)) count[entry.network.family]++;
    const singles = new FourTableBuilder(count[4]);
    const six = new SixTable(count[6], this.seed);
    const ranges = new NetworkIndex<{ readonly network: Network; readonly until: Until }>();
    for (let i = 0; i < entries.length; i++) {
      if (i % PIECE === PIECE - 1) await this.modules.pause();
      const entry = entries[i];
      const { network } = entry;
      const until = untilOf(entry);
      if (!isRange(network)) {
        if (network.family === 4) singles.add(network.high, until);
        else six.add(network.high, network.low, until);
      } else {
        const known = ranges.get(network);
        if (known === undefined) ranges.set(network, { network, until });
        else joinUntil(known.until, until);
      }
    }
    const four = await singles.build(() => this.modules.pause());
    const all = [...ranges.values()];
    const fourRanges = new RangeTable(4, all);
    const sixRanges = new RangeTable(6, all);
    // What came while this was being built is newer than the entries.
    const since = new MarkedIndex<Change>();
    for (const change of this.changes.values()) if (change.sequence > before) since.set(change.network, change);
    this.tables = { four, six, fourRanges, sixRanges };
    this.changes = since;
  }

  /** The narrowest that holds now. */
  private pinFor(network: Network, at: number): Pin | undefined {
    let found: Pin | undefined;
    for (const pin of this.pins.covering(network)) {
      const holds = pin.until === undefined || pin.until > at;
      if (holds && (found === undefined || pin.network.prefix > found.network.prefix)) found = pin;
    }
    return found;
  }
}

function untilOf({ verdict, byHand, until }: EnforcedEntry): Until {
  const seconds = Math.ceil(until / 1000);
  const block = verdict === 'block' ? seconds : 0;
  return { block, byHand: byHand ? block : 0, challenge: verdict === 'challenge' ? seconds : 0 };
}
