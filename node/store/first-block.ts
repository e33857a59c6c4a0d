// Block 0 and its state, as the first rows of an empty chain database.
import { encodeBlock } from '../../consensus/chain/block.ts';
import { genesisBlock } from '../../consensus/chain/genesis-block.ts';
import { blockId } from '../../consensus/chain/header.ts';
import { type Genesis, genesisId } from '../../consensus/genesis.ts';
import { genesisWrites } from '../../consensus/ledger/genesis-state.ts';
import { ZERO_HASH } from '../../consensus/merkle.ts';
import { appendRange, emptyRange } from '../../consensus/mountain-range.ts';
import { moveHead, NO_JOURNAL } from './head.ts';
import type { CheckedRows } from './kv.ts';
import { GENESIS_KEY, LAYOUT_VERSION, numberKey, TABLE, tableKey, VERSION_KEY } from './layout.ts';
import type { ChainEntry } from './ports.ts';
import { encodeEntry, encodeOutcomes, encodeRoots, type RootsRow } from './rows.ts';
import { StateTable } from './state-table.ts';

export async function writeFirstBlock(rows: CheckedRows, genesis: Genesis): Promise<void> {
  const block = genesisBlock(genesis);
  const id = blockId(block.header);
  const bytes = encodeBlock(block);
  const state = await new StateTable(rows).prepare(genesisWrites(genesis));
  const entry: ChainEntry = {
    id,
    header: block.header,
    signature: block.signature,
    work: 0n,
    size: bytes.length,
    transactions: 0,
    statements: 0,
  };
  const roots: RootsRow = { outcomeRoot: ZERO_HASH, stateRoot: state.root, history: appendRange(emptyRange, id) };
  const batch = rows.batch();
  batch.put(VERSION_KEY, Uint8Array.of(0, 0, 0, LAYOUT_VERSION)).put(GENESIS_KEY, genesisId(genesis));
  batch.put(tableKey(TABLE.block, id), bytes).put(tableKey(TABLE.entry, id), encodeEntry(entry));
  batch.put(numberKey(TABLE.height, 0), id).put(numberKey(TABLE.roots, 0), encodeRoots(roots));
  batch.put(tableKey(TABLE.outcomes, id), encodeOutcomes([]));
  state.stage(batch);
  moveHead(batch, NO_JOURNAL, entry, roots);
  await batch.write({ sync: true });
}
