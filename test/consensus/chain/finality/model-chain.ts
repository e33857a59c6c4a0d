// What the model's chains do: blocks with the state that their branch leads to, pools of votes, and the rules of PROTOCOL
// 5.13 and 7.1.2 about certificates and changes, over plain objects.
import { hasQuorum } from '../../../../consensus/chain/finality/quorum.ts';
import type { Checkpoint, Link, QuorumSets, VoterSet } from '../../../../consensus/chain/finality/types.ts';
import { nextLink, type VoteMemory, type VoteView } from '../../../../consensus/chain/finality/voter-rule.ts';
import { EPOCH_BLOCKS } from '../../../../consensus/limits.ts';

/** What a mutant may replace; the rest is the real thing. */
export interface Rules {
  quorum(sets: QuorumSets, clinics: ReadonlySet<number>): boolean;
  next(memory: VoteMemory, view: VoteView): Link | undefined;
  /** Whether a voter whose file was lost or restored asks, waits for a quorum and leaves epochs out. */
  readonly recovers: boolean;
}

export const REAL: Rules = { quorum: hasQuorum, next: nextLink, recovers: true };

export interface State {
  readonly sets: QuorumSets;
  readonly justified: number;
  readonly finalised: number;
  /** Epochs from `finalised` up that are justified on this branch. */
  readonly rows: ReadonlySet<number>;
  /** Every set that approvals on this branch led to, by id, and the height of each approval. */
  readonly approved: readonly { readonly set: VoterSet; readonly height: number }[];
  readonly ripe: { readonly count: number; readonly bites: number } | undefined;
}

export interface Block {
  readonly index: number;
  readonly parent: Block | undefined;
  readonly height: number;
  readonly checkpoint: Checkpoint;
  /** `memberSet` of the header. */
  readonly set: number;
  /** The checkpoints of this branch up to this block, by epoch. */
  readonly checkpoints: readonly Block[];
  readonly state: State;
  /** Ties between branches of one length. */
  readonly luck: number;
}

export interface Ballot {
  readonly index: number;
  readonly clinic: number;
  readonly link: Link;
  readonly source: Block;
  readonly target: Block;
}

/** The votes for one link that somebody knows. */
export class Pool {
  readonly links = new Map<string, { source: Block; target: Block; clinics: Set<number> }>();

  add({ source, target, clinic }: Ballot): { source: Block; target: Block; clinics: Set<number> } {
    const key = `${source.index} ${target.index}`;
    let entry = this.links.get(key);
    if (entry === undefined) {
      entry = { source, target, clinics: new Set() };
      this.links.set(key, entry);
    }
    entry.clinics.add(clinic);
    return entry;
  }
}

/** Start of a child of this block, then the first certificate that a pool has for it. */
export function stateOfChild(parent: Block, pool: Pool, rules: Rules): State {
  const height = parent.height + 1;
  const state = bite(parent.state, height);
  for (const { source, target, clinics } of pool.links.values()) {
    const [from, to] = [source.checkpoint.epoch, target.checkpoint.epoch];
    if (parent.checkpoints[to] !== target || parent.checkpoints[from] !== source || !state.rows.has(from)) continue;
    const finalises = to === from + 1 && from > state.finalised;
    if ((state.rows.has(to) && !finalises) || !rules.quorum(target.state.sets, clinics)) continue;
    const justified = Math.max(state.justified, to);
    const next = { ...state, justified, rows: new Set([...state.rows, to]) };
    return finalises ? finalise(next, source, height) : next;
  }
  return state;
}

function bite(state: State, height: number): State {
  const { ripe, approved, sets } = state;
  if (ripe?.bites !== height) return state;
  return { ...state, sets: { current: approved[ripe.count - 1].set, previous: sets.current }, ripe: undefined };
}

function finalise(state: State, block: Block, height: number): State {
  const finalised = block.checkpoint.epoch;
  const rows = new Set([...state.rows].filter((row) => row >= finalised));
  const isOfSet = block.state.sets.current.id === state.sets.current.id;
  const sets = isOfSet ? { ...state.sets, previous: undefined } : state.sets;
  const count = state.approved.filter((change) => change.height < finalised * EPOCH_BLOCKS).length;
  const next = { ...state, finalised, rows, sets };
  if (count <= sets.current.id || state.ripe !== undefined || sets.previous !== undefined) return next;
  return { ...next, ripe: { count, bites: Math.ceil((height + 2 * EPOCH_BLOCKS) / EPOCH_BLOCKS) * EPOCH_BLOCKS } };
}
