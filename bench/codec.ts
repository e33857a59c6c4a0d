// How fast transactions are encoded and decoded, beside what copying the same bytes costs on this machine in the same run.
// No hashing: ids and signatures have their own benchmarks. Rounds alternate, so that a busy machine slows all alike.
import { cpus } from 'node:os';
import { Writer } from '../common/codec/writer.ts';
import { RECORDS_ADD } from '../consensus/ledger/kinds.ts';
import { NO_OBJECT } from '../consensus/ledger/objects.ts';
import { decodeTransaction, encodeTransaction, writeTransaction } from '../consensus/ledger/transaction.ts';
import type { Transaction } from '../consensus/ledger/types.ts';
import { MAX_TRANSACTION_BYTES } from '../consensus/limits.ts';

const ROUNDS = 9;
const TARGET_PER_SECOND = 1_000_000;
const CALLS = process.argv.includes('--short') ? 100_000 : 400_000;

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

/** Each gives a number that depends on its work, so that none is optimised away. */
const JOBS: readonly (readonly [name: string, job: () => number])[] = [
  ['limit: copy through a DataView', copyByView],
  ['limit: copy into a new buffer', () => bytes.slice().length],
  [
    'encode into a buffer',
    () => {
      writeTransaction(out.reset(), transaction);
      return out.length;
    },
  ],
  ['encode into a new buffer', () => encodeTransaction(transaction).length],
  ['decode', () => decodeTransaction(bytes).statements.length],
];

function rate(job: () => number): number {
  let sum = 0;
  const start = performance.now();
  for (let i = 0; i < CALLS; i++) sum += job();
  const seconds = (performance.now() - start) / 1000;
  if (sum === 0) throw new Error('a job did nothing');
  return CALLS / seconds;
}

function millions(perSecond: number): string {
  return `${(perSecond / 1e6).toFixed(2)} M/s`;
}

const rates = new Map<string, number[]>(JOBS.map(([name]) => [name, []]));
for (const [, job] of JOBS) rate(job);
for (let round = 0; round < ROUNDS; round++) for (const [name, job] of JOBS) rates.get(name)!.push(rate(job));

console.log(
  `codec: 1 statement, ${bytes.length} bytes; ${ROUNDS} rounds of ${CALLS} calls; Node ${process.version}, ${cpus()[0].model}`,
);
let slow = false;
for (const [name, values] of rates) {
  values.sort((a, b) => a - b);
  const median = values[Math.floor(ROUNDS / 2)];
  const measured = name === 'encode into a buffer' || name === 'decode';
  if (measured && median < TARGET_PER_SECOND) slow = true;
  console.log(
    `  ${name.padEnd(32)} median ${millions(median)}  (${millions(values[0])} to ${millions(values[ROUNDS - 1])})`,
  );
}
console.log(slow ? '  BELOW the target of 1 M/s' : '  above the target of 1 M/s');
process.exitCode = slow ? 1 : 0;
