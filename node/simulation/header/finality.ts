// Votes and certificates in the header model: every miner votes by the voter's rule of consensus/, and a block carries a
// certificate that its miner knows enough votes for. Who knows a vote is asked when a block is made.
import { hasQuorum } from '../../../consensus/chain/finality/quorum.ts';
import type { Checkpoint, Link, QuorumSets } from '../../../consensus/chain/finality/types.ts';
import {
  NEW_KEY,
  nextLink,
  remember,
  type VoteMemory,
  votableEpoch,
} from '../../../consensus/chain/finality/voter-rule.ts';
import { EPOCH_BLOCKS } from '../../../consensus/limits.ts';
import type { FinalityReport, ModelBlock } from './types.ts';

/** Votes never come for targets far below those that are voted for now. */
const OPEN_EPOCHS = 16;

interface OpenLink {
  readonly source: ModelBlock;
  readonly target: ModelBlock;
  /** When each clinic voted, by its number. */
  readonly votes: Map<number, number>;
}

export interface FinalityModules {
  /** Draws how long a vote takes, ms. */
  delay(from: number, to: number): number;
}

export class ModelFinality {
  private readonly modules: FinalityModules;
  private readonly sets: QuorumSets;
  private readonly memories: VoteMemory[];
  /** The highest that each miner knows to be justified, on any branch. */
  private readonly justified: ModelBlock[];
  private open: OpenLink[] = [];
  private finalised: ModelBlock;
  private readonly lags: number[] = [];
  private readonly waiting: { readonly at: number; readonly height: number }[] = [];
  private readonly resumptions: FinalityReport['resumptions'][number][] = [];
  private conflicts = 0;

  constructor(options: { count: number; genesis: ModelBlock }, modules: FinalityModules) {
    const { count, genesis } = options;
    this.modules = modules;
    const voters = Array.from({ length: count }, (_, miner) => ({ number: miner + 1, voteKey: new Uint8Array(32) }));
    this.sets = { current: { id: 0, voters }, previous: undefined };
    this.memories = new Array<VoteMemory>(count).fill(NEW_KEY);
    this.justified = new Array<ModelBlock>(count).fill(genesis);
    this.finalised = genesis;
  }

  /** Puts a certificate into a new block if its miner has the votes for one. */
  include(block: ModelBlock, miner: number, now: number): void {
    const parent = block.parent as ModelBlock;
    // The highest target: from it the next link is to a neighbour, which is what finalises.
    const link = this.open.findLast(
      (open) =>
        open.source === parent.justified &&
        ancestorAt(parent, open.target.header.height) === open.target &&
        hasQuorum(this.sets, this.known(open, miner, now)),
    );
    if (link === undefined) return;
    block.justified = link.target;
    if (link.target.header.height === link.source.header.height + EPOCH_BLOCKS) this.finalise(block, link.source, now);
    const oldest = link.target.header.height - OPEN_EPOCHS * EPOCH_BLOCKS;
    this.open = this.open.filter(({ target }) => target.header.height > oldest);
  }

  hear(block: ModelBlock, miner: number): void {
    if (block.justified.header.height > this.justified[miner].header.height) this.justified[miner] = block.justified;
  }

  /** Votes when there is something new to vote for on this miner's new tip. */
  follow(tip: ModelBlock, miner: number, now: number): void {
    this.hear(tip, miner);
    const memory = this.memories[miner];
    const epoch = votableEpoch(tip.header.height);
    if (epoch <= memory.target) return;
    const target = ancestorAt(tip, epoch * EPOCH_BLOCKS);
    if (target === undefined) return;
    const link = nextLink(memory, {
      target: checkpointOf(target),
      set: 0,
      justified: checkpointOf(tip.justified),
      highestJustified: checkpointOf(this.justified[miner]).epoch,
    });
    if (link === undefined) return;
    this.memories[miner] = remember(memory, link);
    this.cast(link, tip.justified, target, miner, now);
  }

  /** Whether this branch holds the highest checkpoint that the miner knows to be justified. */
  allows(block: ModelBlock, miner: number): boolean {
    const justified = this.justified[miner];
    const { height } = justified.header;
    const found = ancestorAt(block, height);
    // Branches never go back as far as the model forgets.
    return found === justified || (found === undefined && block.header.height > height);
  }

  /** From here on until a block finalises something. */
  returned(head: ModelBlock, at: number): void {
    this.waiting.push({ at, height: head.header.height });
  }

  report(): FinalityReport {
    const sum = this.lags.reduce((total, lag) => total + lag, 0);
    return {
      finalised: checkpointOf(this.finalised).epoch,
      lag: { mean: sum / Math.max(1, this.lags.length), most: this.lags.reduce((a, b) => Math.max(a, b), 0) },
      resumptions: this.resumptions,
      neverResumed: this.waiting.length,
      conflicts: this.conflicts,
    };
  }

  private cast(link: Link, source: ModelBlock, target: ModelBlock, miner: number, now: number): void {
    let open = this.open.find((known) => known.source === source && known.target === target);
    if (open === undefined) {
      open = { source, target, votes: new Map() };
      this.open.push(open);
      const oldest = (link.target.epoch - OPEN_EPOCHS) * EPOCH_BLOCKS;
      if (this.open[0].target.header.height < oldest) this.open.shift();
    }
    open.votes.set(miner + 1, now);
  }

  private known({ votes }: OpenLink, miner: number, now: number): ReadonlySet<number> {
    const known = new Set<number>();
    for (const [clinic, at] of votes) {
      const arrived = clinic === miner + 1 || at + this.modules.delay(clinic - 1, miner) <= now;
      if (arrived) known.add(clinic);
    }
    return known;
  }

  private finalise(block: ModelBlock, checkpoint: ModelBlock, now: number): void {
    block.finalised = checkpoint;
    const [low, high] = [checkpoint, this.finalised].sort((a, b) => a.header.height - b.header.height);
    const same = ancestorAt(high, low.header.height);
    if (same !== undefined && same !== low) this.conflicts++;
    this.finalised = high;
    this.lags.push((block.header.height - checkpoint.header.height) / EPOCH_BLOCKS);
    for (const { at, height } of this.waiting.splice(0)) {
      const blocks = block.header.height - height;
      this.resumptions.push({ at, blocks, seconds: (now - at) / 1000 });
    }
  }
}

function checkpointOf(block: ModelBlock): Checkpoint {
  return { epoch: block.header.height / EPOCH_BLOCKS, id: block.id };
}

/** Undefined above it, and where the model has forgotten. */
function ancestorAt(block: ModelBlock, height: number): ModelBlock | undefined {
  let at: ModelBlock | undefined = block;
  while (at !== undefined && at.header.height > height) at = at.parent;
  return at?.header.height === height ? at : undefined;
}
