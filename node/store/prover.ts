// Makes proof files (PROTOCOL 10.3) from the chain database, always under the last final header of its light chain. Owns no
// row; what a proof shows is decided in consensus/proofs.
import { equalBytes } from '../../common/bytes.ts';
import { bodyLeaves, decodeBlockShared } from '../../consensus/chain/block.ts';
import type { Header } from '../../consensus/chain/types.ts';
import { encodeOutcome, outcomeLeaf } from '../../consensus/ledger/outcome.ts';
import type { StateWrite } from '../../consensus/ledger/types.ts';
import { encodeLightChain } from '../../consensus/proofs/light-chain.ts';
import { decodeLightStep } from '../../consensus/proofs/light-step.ts';
import { pathOf } from '../../consensus/proofs/merkle-path.ts';
import { encodeProof, type HistoricHeader, type Shown } from '../../consensus/proofs/proof-file.ts';
import { leafUpdates, treeKey } from '../../consensus/tree/keys.ts';
import { encodeStateProof } from '../../consensus/tree/proof.ts';
import { decodeUndo } from '../../consensus/tree/undo.ts';
import type { ChainQueries } from './chain-queries.ts';
import { StoreError } from './errors.ts';
import type { Head } from './head.ts';
import { historyProof } from './history-proof.ts';
import { type CheckedRows, mapKey } from './kv.ts';
import { numberKey, TABLE, tableKey } from './layout.ts';
import type { LightKeeper } from './light-keeper.ts';
import type { Provable } from './ports.ts';
import type { StateTable } from './state-table.ts';

/** State rows taken back for one proof at most: about a second of work. */
export const MAX_REWIND_ROWS = 40_000;

export interface ProverParts {
  readonly genesisId: Uint8Array;
  readonly rows: CheckedRows;
  readonly queries: ChainQueries;
  readonly light: LightKeeper;
  readonly state: StateTable;
  readonly head: Head;
}

/** An encoded proof; undefined when there is no such thing. Throws StoreError `store.not-final`, `store.too-far`. */
export async function prove(parts: ProverParts, what: Provable): Promise<Uint8Array | undefined> {
  const steps = parts.light.steps;
  const final = steps.length === 0 ? undefined : decodeLightStep(steps[steps.length - 1]).header;
  const shown = await show(parts, final, what);
  return shown && encodeProof({ genesisId: parts.genesisId, lightChain: encodeLightChain(steps), shown });
}

function show(parts: ProverParts, final: Header | undefined, what: Provable): Promise<Shown | undefined> {
  switch (what.type) {
    case 'block':
      return showBlock(parts, final, what.id);
    case 'statement':
      return showStatement(parts, final, what.id);
    case 'state':
      return showState(parts, final, what.key);
  }
}

async function showBlock(parts: ProverParts, final: Header | undefined, id: Uint8Array): Promise<Shown | undefined> {
  const entry = await parts.queries.entry(id);
  if (entry === undefined) return undefined;
  const { height } = entry.header;
  const onMain = await parts.queries.idAt(height);
  if (onMain === undefined || !equalBytes(onMain, id)) return undefined;
  return { type: 'block', ...(await historic(parts, final, height)) };
}

async function showStatement(
  parts: ProverParts,
  final: Header | undefined,
  id: Uint8Array,
): Promise<Shown | undefined> {
  const { queries, genesisId } = parts;
  const place = await queries.statement(id);
  if (place?.statement === undefined) return undefined;
  const child = await historic(parts, final, place.height + 1);
  const [entry, bytes, outcomes] = await Promise.all([
    queries.entry(place.block),
    queries.block(place.block),
    queries.outcomes(place.block),
  ]);
  // Bodies of old blocks may have been left out or taken away again.
  if (entry === undefined || bytes === undefined || outcomes === undefined) {
    throw new StoreError({ code: 'store.not-kept', height: place.height });
  }
  const { certificate, transactions } = decodeBlockShared(genesisId, bytes);
  const sealed = transactions[place.transaction];
  const outcome = outcomes[place.transaction][place.statement];
  const leaves = transactions.flatMap(({ statementIds }, t) =>
    statementIds.map((statementId, s) => outcomeLeaf(statementId, outcomes[t][s])),
  );
  const before = transactions.slice(0, place.transaction);
  const position = before.reduce((sum, { statementIds }) => sum + statementIds.length, place.statement);
  const witnesses = bodyLeaves(
    certificate,
    transactions.map(({ witnessId }) => witnessId),
  );
  return {
    type: 'statement',
    header: entry.header,
    child,
    transaction: sealed.bytes,
    transactionPath: pathOf(witnesses, place.transaction + 1),
    statement: place.statement,
    outcome: encodeOutcome(outcome),
    outcomePath: pathOf(leaves, position),
  };
}

/** The tree as it was before the final block, in memory beside the one of the tip. */
async function showState(parts: ProverParts, final: Header | undefined, key: Uint8Array): Promise<Shown> {
  const { state, rows, head } = parts;
  const { height } = head.tip.header;
  if (final === undefined) throw new StoreError({ code: 'store.not-final', height, final: 0 });
  const earlier = await rewound(rows, height, final.height);
  const prepared = await state.tree.prepare(leafUpdates([...earlier.values()]));
  try {
    if (!equalBytes(prepared.root, final.stateRoot)) throw new StoreError({ code: 'store.damaged', what: 'undo' });
    const old = earlier.get(mapKey(key));
    const value = old === undefined ? await rows.get(tableKey(TABLE.state, key)) : (old[1] ?? undefined);
    return { type: 'state', key, value, proof: encodeStateProof(prepared.prove(treeKey(key))) };
  } finally {
    prepared.abort();
  }
}

/** What the rows that were written at heights down to `lowest` held before, by raw key. */
async function rewound(rows: CheckedRows, tip: number, lowest: number): Promise<ReadonlyMap<string, StateWrite>> {
  const earlier = new Map<string, StateWrite>();
  for (let height = tip; height >= lowest; height--) {
    const row = await rows.get(numberKey(TABLE.undo, height));
    if (row === undefined) throw new StoreError({ code: 'store.not-kept', height });
    for (const [key, value] of decodeUndo(row)) {
      if (key[0] !== TABLE.state) continue;
      const raw = key.subarray(1);
      earlier.set(mapKey(raw), [raw, value]);
    }
    if (earlier.size > MAX_REWIND_ROWS) throw new StoreError({ code: 'store.too-far', limit: MAX_REWIND_ROWS });
  }
  return earlier;
}

/** The main chain's header at a height with its place in the history of the final one. */
async function historic(parts: ProverParts, final: Header | undefined, height: number): Promise<HistoricHeader> {
  const { queries } = parts;
  const top = final?.height ?? 0;
  if (height > top) throw new StoreError({ code: 'store.not-final', height, final: top });
  if (final !== undefined && height === top) return { header: final, history: undefined };
  const entry = await queries.entryAt(height);
  if (entry === undefined) throw new StoreError({ code: 'store.not-kept', height });
  if (final === undefined) return { header: entry.header, history: undefined };
  const read = {
    range: async (count: number) => {
      const roots = await queries.roots(count - 1);
      if (roots === undefined) throw new StoreError({ code: 'store.not-kept', height: count - 1 });
      return roots.history;
    },
    id: async (at: number) => {
      const id = await queries.idAt(at);
      if (id === undefined) throw new StoreError({ code: 'store.not-kept', height: at });
      return id;
    },
  };
  return { header: entry.header, history: await historyProof(read, height, top) };
}
