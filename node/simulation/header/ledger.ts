// What a run of the header model comes to: which blocks became the chain, how far apart, by whom. Forgets blocks that are
// far below the tip as it goes, so that a year fits in memory.
import { RECENT_BLOCKS_PER_MEMBER } from '../../../consensus/limits.ts';
import type { ModelBlock, ModelOptions, ModelReport, PartReport } from './types.ts';

/** No reorganisation of the model reaches this deep, but for a network cut in two for a day. */
const SETTLED_DEPTH = 4096;
const SETTLE_EVERY = 1024;

interface Part {
  readonly from: number;
  readonly to: number;
  readonly gaps: number[];
  readonly signed: number[];
  found: number;
}

export class Ledger {
  private readonly parts: readonly Part[];
  private readonly keep: number;
  private settled: ModelBlock;
  private latest: ModelBlock;
  private deepest = 0;

  constructor({ duration, miners, parts = [] }: ModelOptions, genesis: ModelBlock) {
    const bounds = [0, ...parts, duration];
    this.parts = bounds.slice(1).map((to, index) => ({
      from: bounds[index],
      to,
      gaps: [],
      signed: new Array<number>(miners.length).fill(0),
      found: 0,
    }));
    this.keep = SETTLED_DEPTH + RECENT_BLOCKS_PER_MEMBER * miners.length + 1;
    this.settled = genesis;
    this.latest = genesis;
  }

  add(block: ModelBlock): void {
    this.partOf(block).found++;
    if (block.work > this.latest.work) this.latest = block;
    if (block.number % SETTLE_EVERY !== 0) return;
    const deep = ancestor(this.latest, SETTLED_DEPTH);
    if (deep !== undefined) this.settle(deep);
    forgetBelow(ancestor(this.latest, this.keep));
  }

  reorganised(from: ModelBlock, to: ModelBlock): void {
    let down: ModelBlock | undefined = from;
    let up: ModelBlock | undefined = to;
    let undone = 0;
    while (down !== up && down !== undefined && up !== undefined) {
      if (up.header.height >= down.header.height) up = up.parent;
      else {
        down = down.parent;
        undone++;
      }
    }
    this.deepest = Math.max(this.deepest, undone);
  }

  report(best: ModelBlock): Omit<ModelReport, 'finality'> {
    this.settle(best);
    const parts = this.parts.map(reportOf);
    const total = reportOf({
      from: 0,
      to: this.parts[this.parts.length - 1].to,
      gaps: this.parts.flatMap(({ gaps }) => gaps),
      signed: this.parts[0].signed.map((_, miner) => this.parts.reduce((sum, { signed }) => sum + signed[miner], 0)),
      found: this.parts.reduce((sum, { found }) => sum + found, 0),
    });
    return { parts, total, deepestReorganisation: this.deepest };
  }

  private settle(upTo: ModelBlock): void {
    const known = this.settled;
    for (let at: ModelBlock | undefined = upTo; at !== undefined && at !== known; at = at.parent) {
      const part = this.partOf(at);
      part.signed[at.header.signer - 1]++;
      if (at.parent !== undefined) part.gaps.push(at.foundAt - at.parent.foundAt);
    }
    this.settled = upTo;
  }

  private partOf(block: ModelBlock): Part {
    return this.parts.find(({ to }) => block.foundAt < to) ?? this.parts[this.parts.length - 1];
  }
}

function ancestor(block: ModelBlock, depth: number): ModelBlock | undefined {
  let at: ModelBlock | undefined = block;
  for (let step = 0; step < depth && at !== undefined; step++) at = at.parent;
  return at;
}

/** Each block names older ones in three ways: all are cut, or one would keep all. */
function forgetBelow(block: ModelBlock | undefined): void {
  for (let at = block; at !== undefined; ) {
    const { parent }: ModelBlock = at;
    at.parent = undefined;
    at.justified = at;
    at.finalised = at;
    at = parent;
  }
}

function reportOf({ from, to, gaps, signed, found }: Part): PartReport {
  const sorted = Float64Array.from(gaps).sort();
  const at = (part: number): number =>
    (sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0) / 1000;
  const blocks = signed.reduce((sum, count) => sum + count, 0);
  return {
    from,
    to,
    blocks,
    staleRate: found === 0 ? 0 : 1 - blocks / found,
    gap: { mean: (to - from) / 1000 / Math.max(1, blocks), median: at(0.5), p99: at(0.99), most: at(1) },
    shares: signed.map((count) => count / Math.max(1, blocks)),
  };
}
