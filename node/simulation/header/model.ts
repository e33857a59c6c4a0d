// A network of miners as headers and times alone: a year of blocks in seconds to minutes. Difficulty, turns, work and
// fork choice are consensus/; this file owns who finds what when, and who hears of it when.
import { betterTip } from '../../../consensus/chain/fork-choice.ts';
import { EventHeap } from '../event-heap.ts';
import { Random } from '../random.ts';
import { genesisBlockOf, makeBlock } from './block.ts';
import { ModelFinality } from './finality.ts';
import { Ledger } from './ledger.ts';
import type { ModelBlock, ModelChange, ModelOptions, ModelReport } from './types.ts';

/** A block is under way to somebody for less than this many further blocks. */
const RECENT = 4096;
/** Of params.blockInterval: how old a template gets (node/producer.ts), and how far ahead a block may be (PROTOCOL 5.8). */
const TEMPLATE_INTERVALS = 1;
const AHEAD_INTERVALS = 2;
/** A link's own mean is this part of the mean over all, to twice that away from it. */
const LINK_SPREAD = 0.5;
const NEVER = Number.POSITIVE_INFINITY;

export class HeaderModel {
  private readonly options: ModelOptions;
  private readonly count: number;
  private readonly random: Random;
  private readonly heap = new EventHeap();
  private readonly recent: ModelBlock[] = [];
  /** When each recent block is known to each miner: a child is of no use before its parent. */
  private readonly known: Float64Array;
  private readonly links: Float64Array;
  private readonly skew: Float64Array;
  private readonly rate: Float64Array;
  private readonly online: Uint8Array;
  private readonly tips: ModelBlock[];
  private readonly startAt: Float64Array;
  private readonly solveAt: Float64Array;
  private readonly ledger: Ledger;
  private readonly finality: ModelFinality | undefined;
  private next = 0;
  private blocks = 0;
  private now = 0;

  constructor(options: ModelOptions) {
    const { miners, params, meanDelay, seed } = options;
    this.options = options;
    this.count = miners.length;
    this.random = new Random(seed);
    this.known = new Float64Array(RECENT * this.count);
    this.links = Float64Array.from(
      { length: this.count ** 2 },
      () => meanDelay * (LINK_SPREAD + 2 * (1 - LINK_SPREAD) * this.random.uniform()),
    );
    this.skew = Float64Array.from(miners, ({ skew = 0 }) => skew);
    this.rate = Float64Array.from(miners, ({ hashRate }) => hashRate / 1000);
    this.online = new Uint8Array(this.count).fill(1);
    this.startAt = new Float64Array(this.count);
    this.solveAt = new Float64Array(this.count);
    const genesis = genesisBlockOf(params, this.count);
    this.tips = miners.map(() => genesis);
    this.remember(genesis, new Float64Array(this.count));
    this.ledger = new Ledger(options, genesis);
    if (options.finality === true) {
      const delay = (from: number, to: number): number => this.delay(from, to);
      this.finality = new ModelFinality({ count: this.count, genesis }, { delay });
    }
  }

  run(): ModelReport {
    const { duration, changes = [], onProgress } = this.options;
    let change = 0;
    let told = 0;
    for (let miner = 0; miner < this.count; miner++) this.plan(miner);
    this.findNext();
    for (;;) {
      const changeAt = changes[change]?.at ?? NEVER;
      const arrivalAt = this.heap.nextTime;
      const foundAt = this.solveAt[this.next];
      const at = Math.min(changeAt, arrivalAt, foundAt);
      if (at > duration) break;
      this.now = at;
      if (at === changeAt) this.apply(changes[change++]);
      else if (at === arrivalAt) this.arrive(this.heap.pop());
      else this.found(this.next);
      if (onProgress !== undefined && at > told) {
        onProgress(at / duration);
        told += duration / 200;
      }
    }
    return { ...this.ledger.report(this.best()), finality: this.finality?.report() };
  }

  private found(miner: number): void {
    const { params } = this.options;
    const parent = this.tips[miner];
    const age = params.blockInterval * TEMPLATE_INTERVALS;
    const renewed = Math.floor((this.now - this.startAt[miner]) / age) * age;
    const timestamp = Math.floor(this.startAt[miner] + renewed + this.skew[miner]);
    const made = { number: ++this.blocks, signer: miner + 1, timestamp, foundAt: this.now, id: this.random.bytes(8) };
    const block = makeBlock(params, this.count, parent, made);
    this.finality?.include(block, miner, this.now);
    this.ledger.add(block);
    const known = new Float64Array(this.count).fill(NEVER);
    for (let to = 0; to < this.count; to++) {
      known[to] = to === miner ? this.now : this.arrivalOf(block, miner, to);
    }
    this.remember(block, known);
    for (let to = 0; to < this.count; to++) {
      if (to !== miner && known[to] < NEVER) this.heap.push(known[to], block.number * this.count + to);
    }
    this.adopt(miner, block);
    this.findNext();
  }

  /** When `to` has checked it: not before its parent, nor while it is too far ahead of that clock. */
  private arrivalOf(block: ModelBlock, from: number, to: number): number {
    if (this.online[to] === 0) return NEVER;
    const parent = block.parent as ModelBlock;
    const parentKnown = block.number - parent.number < RECENT ? this.knownAt(parent, to) : 0;
    const due = block.header.timestamp - AHEAD_INTERVALS * this.options.params.blockInterval - this.skew[to];
    const arrival = Math.max(this.now + this.delay(from, to), due);
    // A parent that never comes by itself is fetched from whoever sent the child.
    return Math.max(arrival, parentKnown === NEVER ? arrival + 2 * this.delay(from, to) : parentKnown);
  }

  private arrive(event: number): void {
    const miner = event % this.count;
    const block = this.recent[Math.floor(event / this.count) % RECENT];
    if (this.online[miner] === 0) return;
    this.finality?.hear(block, miner);
    const tip = this.tips[miner];
    if (block.parent === tip || this.better(block, tip, miner)) this.adopt(miner, block);
  }

  private adopt(miner: number, block: ModelBlock): void {
    if (block.parent !== this.tips[miner]) this.ledger.reorganised(this.tips[miner], block);
    this.tips[miner] = block;
    this.finality?.follow(block, miner, this.now);
    this.plan(miner);
    if (miner === this.next) this.findNext();
    else if (this.solveAt[miner] < this.solveAt[this.next]) this.next = miner;
  }

  private better(a: ModelBlock, b: ModelBlock, miner: number): boolean {
    if (this.finality === undefined) return betterTip(a, b);
    if (!this.finality.allows(a, miner)) return false;
    return betterTip(a, b) || !this.finality.allows(b, miner);
  }

  /** Draws when this miner will find a child of its tip. Chance has no memory: it may be drawn anew at any time. */
  private plan(miner: number): void {
    if (this.online[miner] === 0) {
      this.solveAt[miner] = NEVER;
      return;
    }
    const tip = this.tips[miner];
    this.startAt[miner] = Math.max(this.now, tip.earliest[miner] - this.skew[miner]);
    this.solveAt[miner] = this.startAt[miner] + this.random.exponential(tip.childHashes / this.rate[miner]);
  }

  private findNext(): void {
    let next = 0;
    for (let miner = 1; miner < this.count; miner++) if (this.solveAt[miner] < this.solveAt[next]) next = miner;
    this.next = next;
  }

  private apply(change: ModelChange): void {
    for (const miner of change.miners) {
      if (change.type === 'factor') this.rate[miner] *= change.factor;
      else this.online[miner] = change.type === 'online' ? 1 : 0;
    }
    for (const miner of change.miners) {
      if (change.type === 'online') this.catchUp(miner);
      this.plan(miner);
    }
    if (change.type === 'online') this.finality?.returned(this.best(), this.now);
    this.findNext();
  }

  /** Sync: what the best of the others has, a few round trips later. */
  private catchUp(miner: number): void {
    const best = this.best();
    const at = this.now + 4 * this.delay(miner, (miner + 1) % this.count);
    if (best.number > this.blocks - RECENT) this.known[(best.number % RECENT) * this.count + miner] = at;
    this.heap.push(at, best.number * this.count + miner);
  }

  private best(): ModelBlock {
    let best = this.tips[0];
    for (let miner = 0; miner < this.count; miner++) {
      if (this.online[miner] === 1 && betterTip(this.tips[miner], best)) best = this.tips[miner];
    }
    return best;
  }

  private delay(from: number, to: number): number {
    return this.random.exponential(this.links[from * this.count + to]);
  }

  private remember(block: ModelBlock, known: Float64Array): void {
    this.recent[block.number % RECENT] = block;
    this.known.set(known, (block.number % RECENT) * this.count);
  }

  private knownAt(block: ModelBlock, miner: number): number {
    return this.known[(block.number % RECENT) * this.count + miner];
  }
}
