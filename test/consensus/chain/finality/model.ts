// An abstract network for the finality gadget: random block trees, voters who follow the real rule, fewer than a third who
// follow none, crashes, restores, lying peers, partitions, changes of the member set. No signatures and no state rows: the
// rules of PROTOCOL 5.13 and 7.1 over plain objects. A god's eye watches whether two finalised blocks ever conflict.
import { hasQuorum } from '../../../../consensus/chain/finality/quorum.ts';
import type { Link, VoterSet } from '../../../../consensus/chain/finality/types.ts';
import {
  NEW_KEY,
  recoverMemory,
  remember,
  type VoteMemory,
  votableEpoch,
} from '../../../../consensus/chain/finality/voter-rule.ts';
import { EPOCH_BLOCKS } from '../../../../consensus/limits.ts';
import { seededRandom } from '../random.ts';
import { type Ballot, type Block, Pool, REAL, type Rules, type State, stateOfChild } from './model-chain.ts';

interface Clinic {
  readonly number: number;
  readonly honest: boolean;
  group: number;
  up: boolean;
  blocks: Set<Block>;
  ballots: Set<Ballot>;
  pool: Pool;
  memory: VoteMemory;
  /** False after its vote file was lost or restored, until a quorum has answered. */
  sure: boolean;
  answered: Set<number>;
  tip: Block;
  justified: Block;
  /** What a backup may bring back. */
  readonly backups: { readonly memory: VoteMemory; readonly blocks: ReadonlySet<Block> }[];
}

export interface ModelOptions {
  readonly seed: number;
  readonly rules?: Rules;
  readonly steps?: number;
}

const WORLD = 9;

export class FinalityModel {
  conflict: string | undefined;
  /** The god's eye. */
  readonly finalised: Block[] = [];
  private readonly rules: Rules;
  private readonly random: () => number;
  private readonly genesis: Block;
  private readonly clinics: Clinic[];
  private readonly blocks: Block[] = [];
  private readonly ballots: Ballot[] = [];
  private readonly known = new Pool();
  private readonly justified = new Set<Block>();
  private readonly sticky: boolean;
  /** The part of events that are faults. */
  private readonly chaos: number;
  private partitioned = false;

  constructor({ seed, rules = REAL }: ModelOptions) {
    this.rules = rules;
    this.random = seededRandom(seed);
    this.sticky = this.random() < 0.6;
    this.chaos = this.pick([0.05, 0.1, 0.2]);
    const founders = 4 + this.below(3);
    const liars = this.below(Math.ceil(founders / 3));
    const voters = Array.from({ length: founders }, (_, index) => index);
    const state: State = {
      sets: { current: this.setOf(0, voters), previous: undefined },
      justified: 0,
      finalised: 0,
      rows: new Set([0]),
      approved: [],
      ripe: undefined,
    };
    this.genesis = this.newBlock(undefined, 0, state);
    this.justified.add(this.genesis);
    this.finalised.push(this.genesis);
    this.clinics = Array.from({ length: WORLD }, (_, number) => ({
      number,
      honest: number >= liars,
      group: 0,
      up: true,
      blocks: new Set([this.genesis]),
      ballots: new Set<Ballot>(),
      pool: new Pool(),
      memory: NEW_KEY,
      sure: true,
      answered: new Set<number>(),
      tip: this.genesis,
      justified: this.genesis,
      backups: [{ memory: NEW_KEY, blocks: new Set([this.genesis]) }],
    }));
  }

  /** Random events until the count is over or two finalised blocks conflict. */
  run(steps: number): void {
    for (let step = 0; step < steps && this.conflict === undefined; step++) this.step();
  }

  /** Mining, votes and messages without faults, `blocks` blocks long; who is up and connected stays as it is. */
  calm(blocks: number): void {
    for (let block = 0; block < blocks; block++) {
      const up = this.clinics.filter(({ up: on }) => on);
      this.mine(this.pick(up.filter(({ honest }) => honest)), 0);
      this.settle();
    }
  }

  /** Everybody who is up and connected hears everything and votes. */
  settle(): void {
    for (let round = 0; round < 2; round++) {
      for (const to of this.clinics) for (const from of this.clinics) this.sync(from, to);
      for (const clinic of this.clinics) if (clinic.honest) this.vote(clinic);
    }
    for (const to of this.clinics) for (const from of this.clinics) this.sync(from, to);
  }

  heal(): void {
    for (const clinic of this.clinics) {
      clinic.group = 0;
      clinic.up = true;
    }
  }

  /** The first `count` voters of the set in force go offline, or the others do. */
  offline(count: number): void {
    for (const clinic of this.clinics) clinic.up = clinic.number >= count;
  }

  get height(): number {
    return Math.max(...this.clinics.filter(({ honest, up }) => honest && up).map(({ tip }) => tip.height));
  }

  /** The lowest finalised epoch in the states of all honest voters who are up. */
  get finalisedEverywhere(): number {
    const up = this.clinics.filter(({ honest, up: on }) => honest && on);
    return Math.min(...up.map(({ tip }) => tip.state.finalised));
  }

  get highestFinalised(): number {
    return Math.max(...this.finalised.map(({ checkpoint }) => checkpoint.epoch));
  }

  get setsSeen(): number {
    return new Set(this.finalised.map(({ set }) => set)).size;
  }

  private step(): void {
    const clinic = this.pick(this.clinics);
    if (this.random() > this.chaos) {
      this.round(clinic);
      return;
    }
    const roll = this.random();
    if (roll < 0.25) this.sync(clinic, this.pick(this.clinics));
    else if (roll < 0.45) this.lie();
    else if (roll < 0.6) this.partition();
    else if (roll < 0.67) this.move(clinic);
    else if (roll < 0.72) this.rewind();
    else if (roll < 0.86) this.crash(clinic);
    else if (roll < 0.92) this.restore(clinic);
    else this.backUp();
  }

  /** A block that most of the miner's group hear of, and the votes that follow it. */
  private round(miner: Clinic): void {
    if (!miner.up) return;
    this.mine(miner, 0.1);
    const { ripe } = miner.tip.state;
    if (ripe !== undefined && ripe.bites - miner.tip.height > EPOCH_BLOCKS && this.random() < 0.05) this.partition();
    const near = this.clinics.filter(({ up, group }) => up && group === miner.group);
    const loss = this.random() < 0.2 ? 0.5 : 0.03;
    for (const clinic of near) if (miner.honest && this.random() > loss) this.learn(clinic, miner.tip);
    if (this.random() < 0.3) this.lie();
    for (const clinic of near) {
      const ballot = clinic.honest && this.random() > loss ? this.vote(clinic) : undefined;
      if (ballot === undefined) continue;
      for (const other of near) if (this.random() > loss) this.hear(other, ballot);
    }
    if (this.random() < 0.2) this.sync(this.pick(near), this.pick(near));
  }

  private mine(clinic: Clinic, changes: number): void {
    if (!clinic.up) return;
    const { tip: own } = clinic;
    const parent = clinic.honest || this.random() < 0.7 ? own : this.pick(this.blocks);
    const pool = clinic.honest ? clinic.pool : this.known;
    const block = this.newBlock(parent, parent.height + 1, this.childState(parent, pool, changes));
    this.learn(clinic, block);
    if (!clinic.honest) for (const other of this.clinics) if (this.random() < 0.4) this.learn(other, block);
  }

  private childState(parent: Block, pool: Pool, changes: number): State {
    const state = stateOfChild(parent, pool, this.rules);
    return this.random() < changes ? { ...state, approved: this.approve(state, parent.height + 1) } : state;
  }

  /** Changes on this branch, from one clinic to nearly all of them. Liars stay fewer than a third. */
  private approve({ approved, sets }: State, height: number): State['approved'] {
    const keep = this.pick([0.1, 0.6, 0.9]);
    const last = approved.at(-1)?.set ?? sets.current;
    let members = last.voters.map(({ number }) => number);
    const next = [...approved];
    const comeAndGo = (number: number, joins: boolean): void => {
      const after = joins ? [...members, number] : members.filter((member) => member !== number);
      const liars = after.filter((member) => !this.clinics[member].honest).length;
      if (members.includes(number) === joins || after.length < 3 || 3 * liars >= after.length) return;
      members = after;
      next.push({ set: this.setOf(next.length + 1, members), height });
    };
    const old = members;
    for (const { number } of this.clinics) if (!old.includes(number) && this.random() > keep) comeAndGo(number, true);
    for (const number of old) if (this.random() > keep) comeAndGo(number, false);
    return next;
  }

  private newBlock(parent: Block | undefined, height: number, state: State): Block {
    const index = this.blocks.length;
    const epoch = height / EPOCH_BLOCKS;
    const checkpoint = { epoch: Math.floor(epoch), id: Uint8Array.of(index >> 8, index & 0xff) };
    const checkpoints = parent === undefined ? [] : parent.checkpoints;
    const block: Block = {
      index,
      parent,
      height,
      checkpoint,
      set: state.sets.current.id,
      checkpoints,
      state,
      luck: this.random(),
    };
    if (Number.isInteger(epoch)) (block as { checkpoints: readonly Block[] }).checkpoints = [...checkpoints, block];
    this.blocks.push(block);
    return block;
  }

  private learn(clinic: Clinic, block: Block): void {
    for (let next: Block | undefined = block; next !== undefined && !clinic.blocks.has(next); next = next.parent) {
      clinic.blocks.add(next);
      const highest = next.checkpoints[next.state.justified];
      if (highest.height > clinic.justified.height) clinic.justified = highest;
    }
    this.choose(clinic, block);
  }

  /** Fork choice: the longest branch that holds the highest justified block; safety must not rest on the latter. */
  private choose(clinic: Clinic, candidate: Block): void {
    const { justified } = clinic;
    const fits = (block: Block): boolean => !this.sticky || block.checkpoints[justified.checkpoint.epoch] === justified;
    const better = (a: Block, b: Block): boolean => (a.height === b.height ? a.luck > b.luck : a.height > b.height);
    if (fits(clinic.tip)) {
      if (fits(candidate) && better(candidate, clinic.tip)) clinic.tip = candidate;
      return;
    }
    let best: Block | undefined;
    for (const block of clinic.blocks) if (fits(block) && (best === undefined || better(block, best))) best = block;
    if (best !== undefined) clinic.tip = best;
  }

  private vote(clinic: Clinic): Ballot | undefined {
    const { tip, memory, justified } = clinic;
    if (!clinic.up || !clinic.sure) return undefined;
    const target = tip.checkpoints[votableEpoch(tip.height)];
    const source = tip.checkpoints[tip.state.justified];
    if (!this.mayVote(target, clinic.number)) return undefined;
    const link = this.rules.next(memory, {
      target: target.checkpoint,
      set: target.set,
      justified: source.checkpoint,
      highestJustified: justified.checkpoint.epoch,
    });
    if (link === undefined) return undefined;
    clinic.memory = remember(memory, link);
    const ballot = this.cast(clinic.number, link, source, target);
    this.hear(clinic, ballot);
    return ballot;
  }

  private mayVote(target: Block, clinic: number): boolean {
    const { current, previous } = target.state.sets;
    return [current, previous].some((set) => set?.voters.some(({ number }) => number === clinic));
  }

  private cast(clinic: number, link: Link, source: Block, target: Block): Ballot {
    const ballot = { index: this.ballots.length, clinic, link, source, target };
    this.ballots.push(ballot);
    const { clinics } = this.known.add(ballot);
    if (this.rules.quorum(target.state.sets, clinics)) this.watch();
    return ballot;
  }

  /** The god's eye: what all votes together justify and finalise. */
  private watch(): void {
    for (let grew = true; grew; ) {
      grew = false;
      for (const { source, target, clinics } of this.known.links.values()) {
        if (!this.justified.has(source) || !this.rules.quorum(target.state.sets, clinics)) continue;
        if (target.checkpoints[source.checkpoint.epoch] !== source) continue;
        if (!this.justified.has(target)) {
          this.justified.add(target);
          grew = true;
        }
        if (target.checkpoint.epoch === source.checkpoint.epoch + 1) this.finalise(source);
      }
    }
  }

  private finalise(block: Block): void {
    if (this.finalised.includes(block)) return;
    for (const other of this.finalised) {
      const [low, high] = other.height < block.height ? [other, block] : [block, other];
      if (high.checkpoints[low.checkpoint.epoch] !== low) {
        this.conflict ??= `epoch ${block.checkpoint.epoch}, block ${block.index} against ${other.index}`;
      }
    }
    this.finalised.push(block);
  }

  private hear(clinic: Clinic, ballot: Ballot): void {
    if (clinic.ballots.has(ballot)) return;
    clinic.ballots.add(ballot);
    const { source, target, clinics } = clinic.pool.add(ballot);
    if (target.height <= clinic.justified.height || !clinic.blocks.has(target)) return;
    const holds = target.checkpoints[source.checkpoint.epoch] === source;
    const proven = clinic.justified === source || target.state.rows.has(source.checkpoint.epoch);
    if (holds && proven && this.rules.quorum(target.state.sets, clinics)) {
      clinic.justified = target;
      this.choose(clinic, clinic.tip);
    }
  }

  /** Everything that one has goes to the other, as far as it says so: liars withhold. */
  private sync(from: Clinic, to: Clinic): void {
    if (from === to || !from.up || !to.up || from.group !== to.group) return;
    const withholds = !from.honest && this.random() < 0.5;
    if (!withholds) {
      for (const block of from.blocks) if (!to.blocks.has(block)) this.learn(to, block);
      for (const ballot of from.ballots) this.hear(to, ballot);
    }
    if (!to.sure && to.honest) this.answer(from, to);
  }

  /** A voter without its memory asks for its own votes; whoever lost its own too has nothing to say. */
  private answer(from: Clinic, to: Clinic): void {
    if (from.honest && !from.sure) return;
    if (from.honest) {
      for (const ballot of from.ballots) {
        if (ballot.clinic === to.number) to.memory = remember(to.memory, ballot.link);
      }
    }
    to.answered.add(from.number);
    if (!hasQuorum(to.tip.state.sets, new Set([...to.answered, to.number]))) return;
    to.memory = recoverMemory(to.memory, Math.max(...[...to.blocks].map(({ height }) => height)));
    to.sure = true;
  }

  /** Liars vote for what others vote for, on every branch, or for anything at all, and tell some. */
  private lie(): void {
    const liars = this.clinics.filter(({ honest, number }) => !honest && number < WORLD);
    if (liars.length === 0) return;
    for (const liar of liars) {
      const link = this.random() < 0.85 && this.ballots.length > 0 ? this.pick(this.ballots) : this.anyLink();
      if (link === undefined || !this.mayVote(link.target, liar.number)) continue;
      const ballot = this.cast(liar.number, link.link, link.source, link.target);
      this.hear(liar, ballot);
      for (const clinic of this.clinics) if (clinic.up && this.random() < 0.6) this.hear(clinic, ballot);
    }
  }

  private anyLink(): { link: Link; source: Block; target: Block } | undefined {
    const { checkpoints } = this.pick(this.blocks);
    const target = this.pick(checkpoints);
    const source = this.pick(checkpoints);
    if (source.height >= target.height) return undefined;
    return { link: { set: target.set, source: source.checkpoint, target: target.checkpoint }, source, target };
  }

  private partition(): void {
    const { ripe, sets } = this.pick(this.clinics).tip.state;
    const old = new Set(sets.current.voters.map(({ number }) => number));
    // At the worst moment: those who are in already on one side, those who come on the other.
    const worst = ripe !== undefined && this.random() < 0.7;
    this.partitioned = worst || this.random() < 0.7;
    for (const clinic of this.clinics) {
      clinic.group = worst ? Number(old.has(clinic.number)) : this.partitioned ? this.below(2) : 0;
    }
  }

  /** Some find themselves together with old data, cut off from the others. */
  private rewind(): void {
    this.partitioned = true;
    const share = this.pick([0.3, 1]);
    for (const clinic of this.clinics) {
      clinic.group = this.below(2);
      if (clinic.group === 1 && this.random() < share) this.restore(clinic);
    }
  }

  /** One clinic finds itself on the other side, perhaps without knowing what it knew. */
  private move(clinic: Clinic): void {
    if (this.partitioned) clinic.group = 1 - clinic.group;
    if (this.random() < 0.4) this.restore(clinic);
  }

  private crash(clinic: Clinic): void {
    if (!clinic.honest) return;
    clinic.up = !clinic.up;
    if (clinic.up) this.restart(clinic);
  }

  private backUp(): void {
    for (const { memory, blocks, backups, sure } of this.clinics) {
      if (sure && this.random() < 0.5) backups.push({ memory, blocks: new Set(blocks) });
    }
  }

  /** An old data directory, marked as such; its vote file may be old or missing. */
  private restore(clinic: Clinic): void {
    if (!clinic.honest || clinic.backups.length === 0) return;
    const { memory, blocks } = this.pick(clinic.backups);
    clinic.memory = this.random() < 0.5 ? memory : NEW_KEY;
    clinic.blocks = new Set(blocks);
    clinic.sure = !this.rules.recovers;
    clinic.answered = new Set();
    this.restart(clinic);
  }

  /** What was only in memory is gone. */
  private restart(clinic: Clinic): void {
    clinic.pool = new Pool();
    clinic.ballots = new Set();
    clinic.justified = this.genesis;
    clinic.tip = this.genesis;
    const blocks = [...clinic.blocks];
    clinic.blocks = new Set([this.genesis]);
    for (const block of blocks) this.learn(clinic, block);
  }

  private setOf(id: number, clinics: readonly number[]): VoterSet {
    return { id, voters: clinics.map((number) => ({ number, voteKey: NO_KEY })) };
  }

  private below(bound: number): number {
    return Math.floor(this.random() * bound);
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }
}

const NO_KEY = new Uint8Array(32);
