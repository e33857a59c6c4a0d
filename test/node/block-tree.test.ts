// What of the block tree stays in memory, over chains of thousands of headers.
import { expect, it } from 'vitest';
import { sha256 } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { EPOCH_BLOCKS } from '../../consensus/limits.ts';
import { BlockTree, TREE_DEPTH } from '../../node/chain/block-tree.ts';
import type { ChainEntry, ChainStore } from '../../node/store/ports.ts';

const HASH = new Uint8Array(32);
/** Blocks between two looks at what may go. */
const SLACK = 256;

function child(parent: ChainEntry | undefined, branch: number): ChainEntry {
  const height = parent === undefined ? 0 : parent.header.height + 1;
  const id = sha256(Uint8Array.of(branch, height >> 8, height & 255));
  const roots = { txRoot: HASH, outcomeRoot: HASH, stateRoot: HASH, historyRoot: HASH };
  const proof = { target: 1n, extraNonce: 0n, nonce: 0n };
  const header = {
    version: 1,
    height,
    parent: parent?.id ?? HASH,
    ...roots,
    memberSet: 0,
    signer: 1 + ((3 * height + branch) % 7),
    timestamp: height,
    ...proof,
  };
  const counts = { size: 300, transactions: 0, statements: 0 };
  return { id, header, signature: new Uint8Array(64), work: BigInt(2 * height + branch), ...counts };
}

/** A tree whose main chain is `main`, as the store has it. */
class Grown {
  readonly main: ChainEntry[] = [];
  private readonly stored = new Map<string, ChainEntry>();
  readonly tree = new BlockTree({
    store: {
      entry: async (id) => this.stored.get(toHex(id)),
      entryAt: async (height) => this.main[height],
    } as Pick<ChainStore, 'entry' | 'entryAt'> as ChainStore,
  });

  async add(entry: ChainEntry): Promise<ChainEntry> {
    this.stored.set(toHex(entry.id), entry);
    await this.tree.add(entry);
    return entry;
  }

  async growTo(height: number): Promise<void> {
    while (this.main.length <= height) {
      const entry = await this.add(child(this.main.at(-1), 0));
      this.main.push(entry);
      this.tree.prune(entry);
    }
  }

  async branch(from: number, length: number): Promise<ChainEntry[]> {
    const made: ChainEntry[] = [];
    for (let at = this.main[from]; made.length < length; at = made[made.length - 1])
      made.push(await this.add(child(at, 1)));
    return made;
  }

  final(epoch: number): Promise<boolean> {
    return this.tree.finalise({ epoch, id: this.main[epoch * EPOCH_BLOCKS].id });
  }
}

it('keeps the recent part of a long main chain and finds older entries in the store', async () => {
  const grown = new Grown();
  await grown.growTo(3_000);
  expect(grown.tree.size).toBeLessThanOrEqual(TREE_DEPTH + SLACK + 1);
  expect(grown.tree.has(grown.main[3_000 - TREE_DEPTH].id)).toBe(true);
  expect(grown.tree.has(grown.main[0].id)).toBe(false);
  expect((await grown.tree.get(grown.main[0].id))?.header.height).toBe(0);
});

it('keeps a branch from far below for as long as it may win', async () => {
  const grown = new Grown();
  await grown.growTo(100);
  const side = await grown.branch(100, 50);
  await grown.growTo(3_000);
  expect(side.every(({ id }) => grown.tree.has(id))).toBe(true);
  expect(await grown.tree.mayGrow(side[49])).toBe(true);
  const route = await grown.tree.route(grown.main[3_000], side[49]);
  expect(route.disconnect).toBe(2_900);
  expect(route.connect.map(({ id }) => toHex(id))).toEqual(side.map(({ id }) => toHex(id)));
});

it('lets go of a branch that finality has left behind', async () => {
  const grown = new Grown();
  await grown.growTo(100);
  const side = await grown.branch(100, 50);
  await grown.growTo(500);
  await grown.final(Math.floor(500 / EPOCH_BLOCKS));
  await grown.growTo(3_000);
  expect(side.some(({ id }) => grown.tree.has(id))).toBe(false);
  expect(grown.tree.size).toBeLessThanOrEqual(TREE_DEPTH + SLACK + 1);
  expect(await grown.tree.mayGrow(grown.main[3_000])).toBe(true);
});

it('names the same signers whether it was asked about the parent before, about a branch, or never', async () => {
  const grown = new Grown();
  await grown.growTo(40);
  const branch = await grown.branch(30, 8);
  const tips = [...grown.main.slice(0, 36), ...branch, ...grown.main.slice(33)];
  for (const [at, tip] of tips.entries()) {
    // The count of blocks that are looked at follows the member set.
    const count = [9, 9, 12, 21, 6][at % 5] as number;
    const expected: number[] = [];
    for (let entry: ChainEntry | undefined = tip; entry !== undefined && entry.header.height > 0; ) {
      expected.push(entry.header.signer);
      entry = await grown.tree.get(entry.header.parent);
    }
    expect(await grown.tree.recentSigners(tip, count)).toEqual(expected.slice(0, count));
  }
});
