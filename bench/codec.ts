// How fast transactions are encoded and decoded, beside what copying the same bytes costs on this machine in the same run.
// No hashing: ids and signatures have their own benchmarks. Rounds alternate, so that a busy machine slows all alike.
import { Writer } from '../common/codec/writer.ts';
import { RECORDS_ADD } from '../consensus/ledger/kinds.ts';
import { NO_OBJECT } from '../consensus/ledger/objects.ts';
import { decodeTransaction, encodeTransaction, writeTransaction } from '../consensus/ledger/transaction.ts';
import type { Transaction } from '../consensus/ledger/types.ts';
import { MAX_TRANSACTION_BYTES } from '../consensus/limits.ts';
import { benchmark, SHORT } from './lib/benchmark.ts';

const TARGET_PER_SECOND = 1_000_000;
const CALLS = SHORT ? 100_000 : 400_000;
const VIEW_LIMIT = 'copy through a DataView';
const BUFFER_LIMIT = 'copy into a new buffer';

const transaction: Transaction = {
  version: 1,
  sender: new Uint8Array(32).fill(1),
  sequence: 123_456,
  validUntil: 987_654,
  statements: [
    {
      kind: RECORDS_ADD,
      author: { type: 'clinic', clinic: 3 },
      object: NO_OBJECT,
      version: 0,
      issued: 1_790_000_000_000,
      payload: new Uint8Array(80).fill(4),
      attachment: undefined,
      signature: undefined,
    },
  ],
  signature: new Uint8Array(64).fill(9),
};

const bytes = encodeTransaction(transaction);
const out = new Writer(MAX_TRANSACTION_BYTES);
const view = new DataView(bytes.buffer);
const copy = new DataView(new ArrayBuffer(bytes.length));

/** Every byte through a DataView, eight at a time: what a hand-written codec cannot beat by much. */
function copyByView(): number {
  const whole = bytes.length - (bytes.length % 8);
  for (let at = 0; at < whole; at += 8) {
    copy.setUint32(at, view.getUint32(at));
    copy.setUint32(at + 4, view.getUint32(at + 4));
  }
  for (let at = whole; at < bytes.length; at++) copy.setUint8(at, view.getUint8(at));
  return copy.getUint8(1);
}

function intoBuffer(): number {
  writeTransaction(out.reset(), transaction);
  return out.length;
}

/** `work` gives a number that depends on it, so that none is optimised away. */
function job(name: string, work: () => number, promise: { limit?: string; targetPerSecond?: number } = {}) {
  const run = (): number => {
    let sum = 0;
    for (let i = 0; i < CALLS; i++) sum += work();
    if (sum === 0) throw new Error('a job did nothing');
    return CALLS;
  };
  return { name, unit: 'transactions', run, ...promise };
}

const promised = { limit: VIEW_LIMIT, targetPerSecond: TARGET_PER_SECOND };

await benchmark({ name: 'codec', about: `a transaction of one statement, ${bytes.length} bytes, without its hashes` }, [
  job(VIEW_LIMIT, copyByView),
  job(BUFFER_LIMIT, () => bytes.slice().length),
  job('encode into a buffer', intoBuffer, promised),
  job('encode into a new buffer', () => encodeTransaction(transaction).length, { limit: BUFFER_LIMIT }),
  job('decode', () => decodeTransaction(bytes).statements.length, promised),
]);
