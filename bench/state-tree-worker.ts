// The thread behind bench/state-tree.ts: a state table on LevelDB as the node has it, the hash kernel alone, and LevelDB
// alone. Owns no figure; the main thread times it and watches its own event loop meanwhile.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parentPort } from 'node:worker_threads';
import type { StateWrite } from '../consensus/ledger/types.ts';
import { treeKey } from '../consensus/tree/keys.ts';
import { hashKernel } from '../consensus/tree/sha65.ts';
import type { TreeCounters } from '../consensus/tree/types.ts';
import { encodeUndo } from '../consensus/tree/undo.ts';
import { CheckedRows, type Level, openLevel } from '../node/store/kv.ts';
import { numberKey, TABLE, TABLE_NAMES } from '../node/store/layout.ts';
import { StateTable } from '../node/store/state-table.ts';

export type BenchCall =
  | { readonly type: 'build'; readonly keys: number }
  | { readonly type: 'blocks'; readonly count: number }
  | { readonly type: 'hashes'; readonly count: number }
  | { readonly type: 'rows'; readonly count: number }
  | { readonly type: 'reopen' }
  | { readonly type: 'stop' };

export interface BenchAnswer {
  readonly units: number;
  readonly ms: number;
  /** Time of all processors on all threads meanwhile: what is left when others keep the machine busy. */
  readonly cpuMs: number;
  readonly counters: TreeCounters;
}

export const BLOCK_UPDATES = 4000;
const BUILD_CHUNK = 8192;
/** As chain-database.ts opens it. */
const MEMORY = { writeBuffer: 8 * 1024 * 1024, cache: 4 * 1024 * 1024 };
/** Bytes of an average tree row. */
const ROW_BYTES = 400;
const KEY_BYTES = 33;
const VALUE_BYTES = 40;

class Bench {
  private readonly level: Level;
  private readonly raw: Level;
  private rows: CheckedRows;
  private state: StateTable;
  private readonly live: number[] = [];
  private next = 0;
  private height = 0;
  private seed = 0x2545f491;

  constructor(level: Level, raw: Level) {
    this.level = level;
    this.raw = raw;
    this.rows = new CheckedRows(level, TABLE_NAMES);
    this.state = new StateTable(this.rows);
  }

  get counters(): TreeCounters {
    return this.state.tree.counters;
  }

  /** In the order of tree keys, as a snapshot comes. */
  async build(keys: number): Promise<number> {
    const order = new BigUint64Array(keys);
    const words = new Uint32Array(order.buffer);
    for (let i = 0; i < keys; i++) {
      const key = treeKey(mixed(i, KEY_BYTES));
      words[2 * i] = (key[4] << 24) | i;
      words[2 * i + 1] = (key[0] << 24) | (key[1] << 16) | (key[2] << 8) | key[3];
    }
    order.sort();
    for (let from = 0; from < keys; from += BUILD_CHUNK) {
      const writes: StateWrite[] = [];
      for (let i = from; i < Math.min(keys, from + BUILD_CHUNK); i++) {
        writes.push([mixed(words[2 * i] & 0xffffff, KEY_BYTES), this.value()]);
      }
      await this.apply(writes);
    }
    for (; this.next < keys; this.next++) this.live.push(this.next);
    return keys;
  }

  /** 70 % new keys, 25 % new values, 5 % removed. */
  async blocks(count: number): Promise<number> {
    for (let n = 0; n < count; n++) {
      const writes = new Map<number, StateWrite>();
      for (let i = 0; i < BLOCK_UPDATES; i++) {
        const kind = i % 20;
        if (kind < 14) writes.set(-i - 1, this.insert());
        else this.change(writes, kind === 19);
      }
      await this.apply([...writes.values()]);
    }
    return count * BLOCK_UPDATES;
  }

  async reopen(): Promise<number> {
    const { root } = this.state.tree;
    this.state = new StateTable(this.rows);
    if (Buffer.compare(await this.state.tree.open(), root) !== 0) throw new Error('the rows do not give the root');
    return this.live.length;
  }

  async writeRows(count: number): Promise<number> {
    for (let from = 0; from < count; from += BLOCK_UPDATES) {
      const value = new Uint8Array(ROW_BYTES).fill(from);
      const operation = () => ({ type: 'put', key: mixed(this.random(), 5), value }) as const;
      await this.raw.batch(Array.from({ length: BLOCK_UPDATES }, operation), { sync: false });
    }
    return count;
  }

  async close(): Promise<void> {
    await this.level.close();
    await this.raw.close();
  }

  /** What a block does to state: both tables, undo, one batch. */
  private async apply(writes: readonly StateWrite[]): Promise<void> {
    const prepared = await this.state.prepare(writes);
    const batch = this.rows.batch();
    prepared.stage(batch);
    batch.put(numberKey(TABLE.undo, this.height++), encodeUndo(prepared.undo));
    await batch.write();
    prepared.commit();
  }

  private insert(): StateWrite {
    this.live.push(this.next);
    return [mixed(this.next++, KEY_BYTES), this.value()];
  }

  private change(writes: Map<number, StateWrite>, remove: boolean): void {
    const at = this.random() % this.live.length;
    const name = this.live[at];
    if (writes.has(name)) return;
    writes.set(name, [mixed(name, KEY_BYTES), remove ? null : this.value()]);
    if (!remove) return;
    this.live[at] = this.live[this.live.length - 1];
    this.live.pop();
  }

  private value(): Uint8Array {
    return mixed(this.random(), VALUE_BYTES);
  }

  /** xorshift: the same run every time. */
  private random(): number {
    this.seed ^= this.seed << 13;
    this.seed ^= this.seed >>> 17;
    this.seed ^= this.seed << 5;
    return this.seed >>> 0;
  }
}

/** Bytes that differ early for numbers that follow each other, as hashes do. */
function mixed(number: number, length: number): Uint8Array {
  const out = new Uint8Array(length);
  const view = new DataView(out.buffer);
  view.setUint32(1, Math.imul(number ^ (number >>> 15), 0x2c1b3c6d));
  if (length > 8) view.setUint32(5, number);
  return out;
}

function hashes(count: number): number {
  const lanes = 4096;
  const memory = new WebAssembly.Memory({ initial: 16 });
  const run = hashKernel(memory);
  const data = 65_536;
  const out = data + 64 * lanes;
  const jobs = new Uint32Array(memory.buffer, 1024, 3 * lanes);
  for (let i = 0; i < lanes; i++) jobs.set([data + 64 * i, data + 64 * i + 32, out + 32 * i], 3 * i);
  for (let done = 0; done < count; done += lanes) run(1, 1024, lanes);
  return count;
}

const directory = await mkdtemp(join(tmpdir(), 'wardmesh-bench-'));
const bench = new Bench(
  await openLevel(join(directory, 'state'), MEMORY),
  await openLevel(join(directory, 'raw'), MEMORY),
);

async function run(call: BenchCall): Promise<number> {
  if (call.type === 'build') return bench.build(call.keys);
  if (call.type === 'blocks') return bench.blocks(call.count);
  if (call.type === 'hashes') return hashes(call.count);
  if (call.type === 'rows') return bench.writeRows(call.count);
  if (call.type === 'reopen') return bench.reopen();
  await bench.close();
  await rm(directory, { recursive: true, force: true });
  return 0;
}

parentPort?.on('message', async (call: BenchCall) => {
  const start = performance.now();
  const before = process.cpuUsage();
  const units = await run(call);
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  parentPort?.postMessage({ units, ms, cpuMs: (user + system) / 1000, counters: bench.counters } satisfies BenchAnswer);
  if (call.type === 'stop') parentPort?.close();
});
