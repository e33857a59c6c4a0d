// The recent part of the block tree in memory: what fork choice, difficulty and diversity look at.
// Owns no bodies and no state; older main-chain entries are read from the store.
import { equalBytes, toHex } from '../../common/bytes.ts';
import type { Checkpoint } from '../../consensus/chain/finality/types.ts';
import { betterHolding } from '../../consensus/chain/fork-choice.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { EPOCH_BLOCKS } from '../../consensus/limits.ts';
import type { ChainEntry, ChainStore } from '../store/ports.ts';
import { Subtree } from './subtree.ts';

/** Main-chain entries kept below the tip. */
export const TREE_DEPTH = 1024;
/** So many blocks pass before what is further below is looked for. */
const PRUNE_BLOCKS = 256;
/** Entries off the main chain; the lowest are forgotten first (their blocks stay on disk). */
export const SIDE_LIMIT = 20_000;
/** Ids remembered as invalid. */
const INVALID_LIMIT = 4096;

interface RecentSigners {
  readonly tip: Uint8Array;
  readonly count: number;
  /** At most `count`, newest first. */
  readonly signers: readonly ClinicNumber[];
}

export class BlockTree {
  private readonly store: ChainStore;
  private readonly nodes = new Map<string, ChainEntry>();
  private readonly invalid = new Set<string>();
  private readonly justified = new Subtree();
  private readonly finalised = new Subtree();
  /** Checkpoints that are known to be justified or final while their blocks are not here yet. */
  private readonly awaited = new Map<Subtree, Checkpoint>();
  /** What was asked last: the next block is asked for its parent's, and one more. */
  private recent: RecentSigners | undefined;
  /** No main-chain entry below this height is here. */
  private keptFrom = 0;

  constructor(modules: { store: ChainStore }) {
    this.store = modules.store;
  }

  get size(): number {
    return this.nodes.size;
  }

  /** True when the entry is what fork choice was told to keep to before it was here. */
  async add(entry: ChainEntry): Promise<boolean> {
    let moved = false;
    this.nodes.set(toHex(entry.id), entry);
    const { parent } = entry.header;
    for (const subtree of [this.justified, this.finalised]) {
      const root = subtree.checkpoint;
      subtree.add(entry, root !== undefined && !this.has(parent) && (await this.descends(root, parent)));
      const awaited = this.awaited.get(subtree);
      if (awaited !== undefined && equalBytes(awaited.id, entry.id)) moved = await this.raise(subtree, awaited);
    }
    return moved;
  }

  /** Fork choice keeps to the highest that was ever named. True when that changed what it keeps to. */
  justify(checkpoint: Checkpoint): Promise<boolean> {
    return this.raise(this.justified, checkpoint);
  }

  /** Blocks that do not descend from the highest final one are refused. */
  finalise(checkpoint: Checkpoint): Promise<boolean> {
    return this.raise(this.finalised, checkpoint);
  }

  /** Whether a child of this block can be on a chain that holds what is final. */
  async mayGrow(parent: ChainEntry): Promise<boolean> {
    const root = this.finalised.checkpoint;
    return root === undefined || this.has(parent.id) ? this.finalised.holds(parent) : this.descends(root, parent.id);
  }

  /** Whether fork choice (PROTOCOL 5.11) puts `a` before `b`. */
  prefers(a: ChainEntry, b: ChainEntry): boolean {
    return betterHolding(a, b, (entry) => this.justified.holds(entry));
  }

  async get(id: Uint8Array): Promise<ChainEntry | undefined> {
    return this.nodes.get(toHex(id)) ?? (await this.store.entry(id));
  }

  has(id: Uint8Array): boolean {
    return this.nodes.has(toHex(id));
  }

  markInvalid(id: Uint8Array): void {
    const root = toHex(id);
    this.forgetInvalid();
    this.invalid.add(root);
    this.forget(root);
    // Descendants can never become valid; walk down until nothing new is found.
    for (let grew = true; grew; ) {
      grew = false;
      for (const [key, entry] of this.nodes) {
        if (!this.invalid.has(toHex(entry.header.parent))) continue;
        this.invalid.add(key);
        this.forget(key);
        grew = true;
      }
    }
  }

  isInvalid(id: Uint8Array): boolean {
    return this.invalid.has(toHex(id));
  }

  /** The best entry known, by fork choice (PROTOCOL 5.11). */
  best(current: ChainEntry): ChainEntry {
    let best = current;
    for (const entry of this.nodes.values()) if (this.prefers(entry, best)) best = entry;
    return best;
  }

  /** Signers of the branch that ends in `tip`, newest first, at most `count`, genesis left out. */
  async recentSigners(tip: ChainEntry, count: number): Promise<readonly ClinicNumber[]> {
    let recent = this.knownSigners(tip, count);
    recent ??= { tip: tip.id, count, signers: await this.walkSigners(tip, count) };
    this.recent = recent;
    return recent.signers.slice(0, count);
  }

  private knownSigners(tip: ChainEntry, count: number): RecentSigners | undefined {
    const { recent } = this;
    if (recent === undefined || recent.count < count) return undefined;
    if (equalBytes(recent.tip, tip.id)) return recent;
    if (tip.header.height === 0 || !equalBytes(recent.tip, tip.header.parent)) return undefined;
    const signers = [tip.header.signer, ...recent.signers].slice(0, recent.count);
    return { tip: tip.id, count: recent.count, signers };
  }

  private async walkSigners(tip: ChainEntry, count: number): Promise<ClinicNumber[]> {
    const signers: ClinicNumber[] = [];
    let entry: ChainEntry | undefined = tip;
    while (entry !== undefined && entry.header.height > 0 && signers.length < count) {
      signers.push(entry.header.signer);
      entry = await this.get(entry.header.parent);
    }
    return signers;
  }

  /** What to undo and what to do to get from one tip to another. `connect` ascends. */
  async route(from: ChainEntry, to: ChainEntry): Promise<{ disconnect: number; connect: ChainEntry[] }> {
    let down = from;
    let up = to;
    let disconnect = 0;
    const connect: ChainEntry[] = [];
    while (toHex(down.id) !== toHex(up.id)) {
      if (up.header.height >= down.header.height) {
        connect.push(up);
        up = await this.parentOf(up);
      } else {
        disconnect++;
        down = await this.parentOf(down);
      }
    }
    return { disconnect, connect: connect.reverse() };
  }

  /** Forgets what is far below the tip; of branches that may still win, only the lowest when there is too much of them. */
  prune(tip: ChainEntry): void {
    this.pruneSettled(tip);
    const excess = this.nodes.size - TREE_DEPTH - PRUNE_BLOCKS - SIDE_LIMIT;
    if (excess <= 0) return;
    const lowest = [...this.nodes].sort(([, a], [, b]) => a.header.height - b.header.height).slice(0, excess);
    for (const [key] of lowest) this.forget(key);
  }

  /** The main chain, which the store has, and what finality has left behind. */
  private pruneSettled(tip: ChainEntry): void {
    const from = tip.header.height - TREE_DEPTH;
    if (from < this.keptFrom + PRUNE_BLOCKS) return;
    this.keptFrom = from;
    const lost = Math.min(from, EPOCH_BLOCKS * (this.finalised.checkpoint?.epoch ?? 0));
    for (const [key, { header }] of this.nodes) if (header.height < lost) this.forget(key);
    for (let entry: ChainEntry | undefined = tip; entry !== undefined; ) {
      if (entry.header.height < from) this.forget(toHex(entry.id));
      entry = this.nodes.get(toHex(entry.header.parent));
    }
  }

  private async raise(subtree: Subtree, checkpoint: Checkpoint): Promise<boolean> {
    if (checkpoint.epoch <= (subtree.checkpoint?.epoch ?? 0)) return false;
    const entry = await this.get(checkpoint.id);
    if (entry === undefined) {
      if (checkpoint.epoch > (this.awaited.get(subtree)?.epoch ?? 0)) this.awaited.set(subtree, checkpoint);
      return false;
    }
    if (entry.header.height !== checkpoint.epoch * EPOCH_BLOCKS) return false;
    const from = entry.header.height;
    const entries = [...this.nodes.values()].filter(({ header }) => header.height >= from);
    entries.sort((a, b) => a.header.height - b.header.height);
    await subtree.plant(checkpoint, entries, (root, id) => this.descends(root, id));
    if ((this.awaited.get(subtree)?.epoch ?? 0) <= checkpoint.epoch) this.awaited.delete(subtree);
    return true;
  }

  /** Of a block that is not in memory: on the main chain at or above the checkpoint, which is on it too. */
  private async descends(root: Checkpoint, id: Uint8Array): Promise<boolean> {
    const { store } = this;
    const entry = await store.entry(id);
    if (entry === undefined || entry.header.height < root.epoch * EPOCH_BLOCKS) return false;
    const [same, below] = [await store.entryAt(entry.header.height), await store.entryAt(root.epoch * EPOCH_BLOCKS)];
    return same !== undefined && below !== undefined && equalBytes(same.id, id) && equalBytes(below.id, root.id);
  }

  private forget(key: string): void {
    this.nodes.delete(key);
    this.justified.remove(key);
    this.finalised.remove(key);
  }

  private async parentOf(entry: ChainEntry): Promise<ChainEntry> {
    const parent = await this.get(entry.header.parent);
    if (parent === undefined) throw new Error(`block ${toHex(entry.header.parent)} of the tree is missing`);
    return parent;
  }

  private forgetInvalid(): void {
    if (this.invalid.size < INVALID_LIMIT) return;
    for (const id of this.invalid) {
      this.invalid.delete(id);
      if (this.invalid.size < INVALID_LIMIT) return;
    }
  }
}
