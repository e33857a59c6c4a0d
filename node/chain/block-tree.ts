// The recent part of the block tree in memory: what fork choice, difficulty and diversity look at.
// Owns no bodies and no state; older main-chain entries are read from the store.
import { toHex } from '../../common/bytes.ts';
import { betterTip } from '../../consensus/chain/fork-choice.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { ChainEntry, ChainStore } from '../store/ports.ts';

/** Main-chain entries kept below the tip. */
export const TREE_DEPTH = 4096;
/** Entries off the main chain; the lowest are forgotten first (their blocks stay on disk). */
export const SIDE_LIMIT = 20_000;
/** Ids remembered as invalid. */
const INVALID_LIMIT = 4096;

export class BlockTree {
  private readonly store: ChainStore;
  private readonly nodes = new Map<string, ChainEntry>();
  private readonly invalid = new Set<string>();

  constructor(modules: { store: ChainStore }) {
    this.store = modules.store;
  }

  get size(): number {
    return this.nodes.size;
  }

  add(entry: ChainEntry): void {
    this.nodes.set(toHex(entry.id), entry);
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
    this.nodes.delete(root);
    // Descendants can never become valid; walk down until nothing new is found.
    for (let grew = true; grew; ) {
      grew = false;
      for (const [key, entry] of this.nodes) {
        if (!this.invalid.has(toHex(entry.header.parent))) continue;
        this.invalid.add(key);
        this.nodes.delete(key);
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
    for (const entry of this.nodes.values()) if (betterTip(entry, best)) best = entry;
    return best;
  }

  /** Signers of the branch that ends in `tip`, newest first, at most `count`, genesis left out. */
  async recentSigners(tip: ChainEntry, count: number): Promise<ClinicNumber[]> {
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

  /** Forgets what is far below the tip. */
  prune(tipHeight: number): void {
    if (this.nodes.size <= TREE_DEPTH + SIDE_LIMIT) return;
    for (const [key, entry] of this.nodes) {
      if (entry.header.height < tipHeight - TREE_DEPTH) this.nodes.delete(key);
    }
    const excess = this.nodes.size - TREE_DEPTH - SIDE_LIMIT;
    if (excess <= 0) return;
    const lowest = [...this.nodes].sort(([, a], [, b]) => a.header.height - b.header.height).slice(0, excess);
    for (const [key] of lowest) this.nodes.delete(key);
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
