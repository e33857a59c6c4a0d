// A chain store without a disk and without execution: what stands between a block's arrival and its execution is all
// that is measured over it. Every block leads to the same roots.
import { genesisBlock } from '../../consensus/chain/genesis-block.ts';
import { blockId, decodeSignedHeader, SIGNED_HEADER_BYTES } from '../../consensus/chain/header.ts';
import type { ChildRoots } from '../../consensus/chain/types.ts';
import type { Genesis } from '../../consensus/genesis.ts';
import { ZERO_HASH } from '../../consensus/merkle.ts';
import type { ChainEntry, ChainStore } from '../../node/store/ports.ts';

export const SAME_ROOTS: ChildRoots = { outcomeRoot: ZERO_HASH, stateRoot: ZERO_HASH, historyRoot: ZERO_HASH };

const NOTHING_YET = { epoch: 0, id: ZERO_HASH };
const SAME_VIEW = {
  set: { id: 0, previous: undefined },
  justified: NOTHING_YET,
  finalised: NOTHING_YET,
  changes: 0,
  ripe: undefined,
};

/** `onPut` is told of each block that passed all checks which need no state. */
export function memoryStore(genesis: Genesis, onPut: (id: Uint8Array) => void): ChainStore {
  const first = genesisBlock(genesis);
  const entryOf = (id: Uint8Array, bytes: Uint8Array, work: bigint): ChainEntry => ({
    ...decodeSignedHeader(bytes.subarray(0, SIGNED_HEADER_BYTES)),
    id,
    work,
    size: bytes.length,
    transactions: 0,
    statements: 0,
  });
  const start: ChainEntry = {
    ...first,
    id: blockId(first.header),
    work: 0n,
    size: 0,
    transactions: 0,
    statements: 0,
  };
  const nameOf = (id: Uint8Array): string => Buffer.from(id).toString('latin1');
  const entries = new Map([[nameOf(start.id), start]]);
  const blocks = new Map<string, Uint8Array>();
  const connected: ChainEntry[] = [start];
  // What nothing here asks for is missing.
  const store: Partial<ChainStore> = {
    open: async () => ({ tip: start, roots: SAME_ROOTS, view: SAME_VIEW, repaired: 0, side: [], recent: [start] }),
    close: async () => {},
    putBlock: async (id, bytes, work) => {
      entries.set(nameOf(id), entryOf(id, bytes, work));
      blocks.set(nameOf(id), bytes);
      if (blocks.size > 4) blocks.delete(blocks.keys().next().value as string);
      onPut(id);
    },
    connect: async (id) => {
      const entry = entries.get(nameOf(id)) as ChainEntry;
      connected.push(entry);
      return { entry, roots: SAME_ROOTS, view: SAME_VIEW, events: [], families: [], results: [] };
    },
    disconnect: async () => {
      throw new Error('nothing is undone here');
    },
    entry: async (id) => entries.get(nameOf(id)),
    entryAt: async (height) => connected[height],
    entries: async (from, limit) => connected.slice(from, from + limit),
    block: async (id) => blocks.get(nameOf(id)),
    outcomes: async () => undefined,
    transaction: async () => undefined,
    statement: async () => undefined,
    find: async () => [],
    states: async (keys) => keys.map(() => undefined),
    stateRange: async () => [],
  };
  return store as ChainStore;
}
