// What the work costs in counts instead of time: the same on every machine and every run, so that CI can hold it. A change
// that makes a figure worse is seen at once, however busy the machine is.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { toHex } from '../../common/bytes.ts';
import { sealTransaction } from '../../consensus/ledger/transaction.ts';
import { StateTree } from '../../consensus/tree/state-tree.ts';
import type { LeafUpdate } from '../../consensus/tree/types.ts';
import { OutboxStore } from '../../node/outbox/outbox-store.ts';
import type { OutboxRecord } from '../../node/outbox/record.ts';
import { ChainDatabase } from '../../node/store/chain-database.ts';
import { LocalDatabase } from '../../node/store/local-database.ts';
import { importChain } from './importing.ts';
import { benchNetwork, makeChain, numbered, personRecord, recordTransaction } from './ledger.ts';
import { withDirectory } from './temporary.ts';

export interface Counts {
  /** Ed25519 verifications that import makes for a transaction with one signature. */
  readonly signatureChecksPerTransaction: number;
  /** SHA-256 of the state tree for one changed key of many. */
  readonly hashesPerUpdate: number;
  /** Tree rows written for one changed key of many. */
  readonly rowsPerUpdate: number;
  /** Bytes of one such transaction in a block. */
  readonly bytesPerTransaction: number;
  /** Bytes that go to the chain's log for it: block, state, tree, undo, indexes. */
  readonly chainBytesPerTransaction: number;
  /** Bytes that go to the outbox's log for a statement from its acknowledgement to its end. */
  readonly outboxBytesPerStatement: number;
}

const TRANSACTIONS = 512;
const BLOCKS = 4;
const KEYS = 8_192;
const UPDATES = 512;
const STATEMENTS = 64;

export async function measureCounts(): Promise<Counts> {
  const network = benchNetwork(4);
  const { blocks, chainBytes } = await withDirectory(async (path) => {
    const store = new ChainDatabase({ path, genesis: network.genesis });
    const plan = { transactions: TRANSACTIONS, perBlock: TRANSACTIONS / BLOCKS };
    const chain = await makeChain(network, store, plan).finally(() => store.close());
    return { blocks: chain.blocks, chainBytes: await logBytes(path) };
  });
  const { registry } = await withDirectory((path) => importChain(network, path, blocks));
  const metric = await registry.getSingleMetric('wardmesh_signature_checks_total')?.get();
  return {
    signatureChecksPerTransaction: (metric?.values[0]?.value ?? Number.NaN) / TRANSACTIONS,
    ...(await treeCounts()),
    bytesPerTransaction: recordTransaction(network, 0, network.genesis.created).bytes.length,
    chainBytesPerTransaction: chainBytes / TRANSACTIONS,
    outboxBytesPerStatement: await outboxBytes(),
  };
}

async function treeCounts(): Promise<Pick<Counts, 'hashesPerUpdate' | 'rowsPerUpdate'>> {
  const rows = new Map<string, Uint8Array>();
  const tree = new StateTree({
    rows: {
      getMany: async (keys) => keys.map((key) => rows.get(toHex(key))),
      get: (key) => rows.get(toHex(key)),
      values: () => {
        throw new Error('nothing is opened here');
      },
    },
  });
  const apply = async (updates: readonly LeafUpdate[]): Promise<void> => {
    const prepared = await tree.prepare(updates);
    for (const [key, value] of prepared.rows) {
      if (value === null) rows.delete(toHex(key));
      else rows.set(toHex(key), value);
    }
    prepared.commit();
  };
  const leaf = (number: number, version: number): LeafUpdate => [numbered('key', number), numbered('value', version)];
  await apply(Array.from({ length: KEYS }, (_, number) => leaf(number, 1)));
  const before = tree.counters;
  await apply(Array.from({ length: UPDATES }, (_, number) => leaf(7 * number, 2)));
  return {
    hashesPerUpdate: (tree.counters.hashes - before.hashes) / UPDATES,
    rowsPerUpdate: (tree.counters.rowsWritten - before.rowsWritten) / UPDATES,
  };
}

async function outboxBytes(): Promise<number> {
  const network = benchNetwork(1);
  const person = { seed: numbered('person'), publicKey: numbered('person key') };
  const sealed = sealTransaction(network.id, recordTransaction(network, 0, network.genesis.created).bytes);
  return withDirectory(async (path) => {
    const database = new LocalDatabase({ path, name: 'outbox', key: numbered('storage') });
    await database.open();
    const store = new OutboxStore({ database });
    const records = Array.from({ length: STATEMENTS }, (_, n): OutboxRecord => {
      const { id, bytes } = personRecord(network.id, person, n, network.genesis.created);
      const made = network.genesis.created;
      const unsent = { transaction: undefined, validUntil: undefined, height: undefined, outcome: undefined };
      return {
        order: n + 1,
        id,
        statement: bytes,
        attachment: undefined,
        role: 'node',
        made,
        state: 'queued',
        ...unsent,
      };
    });
    await store.append(records);
    const outcome = { status: 'applied', code: 0, entries: [] } as const;
    const end = { state: 'done', transaction: sealed.id, validUntil: 240, height: 1, outcome } as const;
    await store.apply({ records: records.map((record) => ({ ...record, ...end })) });
    await database.close();
    return (await logBytes(path)) / STATEMENTS;
  });
}

/** Everything that was written since the database was made, while none of it was compacted. */
async function logBytes(path: string): Promise<number> {
  const logs = (await readdir(path)).filter((name) => name.endsWith('.log'));
  const sizes = await Promise.all(logs.map(async (name) => (await stat(join(path, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
