// What gossip costs: blocks of 4,000 transactions to ten processes until header and body are complete everywhere, with
// warm mempools and with a tenth missing; transactions from one process to another with full validation.
import { type ChildProcess, fork } from 'node:child_process';
import { createPublicKey, verify } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { EMPTY_BYTES } from '../common/bytes.ts';
import { encodeBlock, transactionRoot } from '../consensus/chain/block.ts';
import { nextTarget } from '../consensus/chain/difficulty.ts';
import { earliestTimestamp } from '../consensus/chain/diversity.ts';
import { genesisHeader } from '../consensus/chain/genesis-block.ts';
import { blockId, blockSigningHash } from '../consensus/chain/header.ts';
import type { Header } from '../consensus/chain/types.ts';
import type { SealedTransaction } from '../consensus/ledger/types.ts';
import { SHORT } from './lib/benchmark.ts';
import type { Order, Report } from './lib/gossip-clinic.ts';
import { type BenchNetwork, benchNetwork, recordTransaction } from './lib/ledger.ts';
import { describeMachine, formatMachine } from './lib/machine.ts';
import { SAME_ROOTS } from './lib/memory-store.ts';
import { formatRate } from './lib/statistics.ts';
import { withDirectory } from './lib/temporary.ts';

const CLINICS = 10;
const PER_BLOCK = 4_000;
const ROUNDS = SHORT ? 10 : 100;
/** Rounds in which each mempool lacks a tenth. */
const COLD_ROUNDS = SHORT ? 3 : 20;
const SENT = SHORT ? 10_000 : 40_000;
/** Transactions on their way: below what the receiver's queue holds. */
const WINDOW = 2_048;
const BLOCK_TARGET_MS = 500;
const RATE_TARGET = 5_000;

const CLINIC = fileURLToPath(new URL('./lib/gossip-clinic.ts', import.meta.url));

class Clinic {
  readonly child: ChildProcess;
  private readonly reports: Report[] = [];
  private wake: (() => void) | undefined;

  constructor(number: number, clinics: number) {
    this.child = fork(CLINIC, [String(number), String(clinics)], { execArgv: ['--max-semi-space-size=16'] });
    this.child.on('message', (report: Report) => {
      this.reports.push(report);
      this.wake?.();
    });
    this.child.on('exit', (code) => {
      if (code !== 0) throw new Error(`a clinic ended with ${code}`);
    });
  }

  tell(order: Order): void {
    this.child.send(order);
  }

  async next<T extends Report['type']>(type: T): Promise<Extract<Report, { type: T }>> {
    for (;;) {
      const report = this.reports.shift();
      if (report?.type === type) return report as Extract<Report, { type: T }>;
      if (report === undefined) {
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
      }
    }
  }

  async end(): Promise<void> {
    const over = new Promise((resolve) => this.child.once('exit', resolve));
    this.tell({ type: 'end' });
    await over;
  }
}

async function start(count: number, of: number): Promise<Clinic[]> {
  const clinics = Array.from({ length: count }, (_, index) => new Clinic(index + 1, of));
  const addresses = (await Promise.all(clinics.map((clinic) => clinic.next('listening')))).map(
    ({ address }) => address,
  );
  for (const clinic of clinics) clinic.tell({ type: 'meet', addresses });
  await Promise.all(clinics.map((clinic) => clinic.next('done')));
  return clinics;
}

/** Transactions and the block of them, as files. */
interface Round {
  readonly signer: number;
  readonly transactions: string;
  readonly block: string;
  readonly bytes: number;
}

function writeTransactions(path: string, transactions: readonly SealedTransaction[]): void {
  const parts = transactions.flatMap(({ bytes }) => [Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
  writeFileSync(path, Buffer.concat(parts));
}

/** A chain whose blocks all lead to the same roots: nothing here is executed. */
class Chain {
  private readonly network: BenchNetwork;
  private readonly signers: number[] = [];
  private tip: { id: Uint8Array; header: Header };
  private parent: Header | undefined;
  private made = 0;

  constructor(network: BenchNetwork) {
    this.network = network;
    const header = genesisHeader(network.genesis);
    this.tip = { id: blockId(header), header };
  }

  next(root: string): Round {
    const { genesis, id: genesisId, sign } = this.network;
    const { params, clinics } = genesis;
    const height = this.tip.header.height + 1;
    const signer = 1 + (height % clinics.length);
    const earliest = earliestTimestamp(params, clinics.length, this.tip.header, this.signers, signer);
    const timestamp = Math.max(earliest, this.tip.header.timestamp + params.blockInterval);
    const transactions = Array.from({ length: PER_BLOCK }, () =>
      recordTransaction(this.network, this.made++, timestamp),
    );
    const header: Header = {
      version: 1,
      height,
      parent: this.tip.id,
      txRoot: transactionRoot(
        EMPTY_BYTES,
        transactions.map(({ witnessId }) => witnessId),
      ),
      ...SAME_ROOTS,
      memberSet: 0,
      signer,
      timestamp,
      target: nextTarget(params, this.tip.header, this.parent),
      extraNonce: 0n,
      nonce: 0n,
    };
    const id = blockId(header);
    const signature = sign(signer, blockSigningHash(genesisId, id));
    const block = encodeBlock({ header, signature, certificate: EMPTY_BYTES, transactions });
    this.parent = this.tip.header;
    this.tip = { id, header };
    this.signers.unshift(signer);
    const files = { transactions: join(root, `${height}.transactions`), block: join(root, `${height}.block`) };
    writeTransactions(files.transactions, transactions);
    writeFileSync(files.block, block);
    return { signer, ...files, bytes: block.length };
  }
}

/** ms after the announcement at which each clinic had the block complete, ascending. */
async function relay(clinics: readonly Clinic[], round: Round, skip: number): Promise<number[]> {
  for (const [index, clinic] of clinics.entries()) {
    const missing = index + 1 === round.signer ? 0 : skip;
    clinic.tell({ type: 'warm', file: round.transactions, skip: missing });
  }
  await Promise.all(clinics.map((clinic) => clinic.next('done')));
  clinics[round.signer - 1].tell({ type: 'block', file: round.block });
  const { at: announced } = await clinics[round.signer - 1].next('announced');
  const complete = await Promise.all(clinics.map((clinic) => clinic.next('complete')));
  for (const clinic of clinics) clinic.tell({ type: 'forget' });
  await Promise.all(clinics.map((clinic) => clinic.next('done')));
  return complete.map(({ at }) => at - announced).sort((a, b) => a - b);
}

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)];
}

/** What no implementation avoids: the root over the body, once at every process, on all cores. */
function rootLimitMs(network: BenchNetwork): number {
  const ids = Array.from({ length: PER_BLOCK }, (_, number) => recordTransaction(network, number, 0).witnessId);
  transactionRoot(EMPTY_BYTES, ids);
  const start = performance.now();
  for (let i = 0; i < 5; i++) transactionRoot(EMPTY_BYTES, ids);
  return (((performance.now() - start) / 5) * CLINICS) / availableParallelism();
}

async function rawVerification(network: BenchNetwork): Promise<number> {
  const verifyRaw = promisify<null, Uint8Array, ReturnType<typeof createPublicKey>, Uint8Array, boolean>(verify);
  const { id, transaction } = recordTransaction(network, 0, 0);
  const x = Buffer.from(transaction.sender).toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const checks = 8_000;
  const begun = performance.now();
  await Promise.all(Array.from({ length: checks }, () => verifyRaw(null, id, key, transaction.signature)));
  return (1000 * checks) / (performance.now() - begun);
}

interface Sent {
  readonly perSecond: number;
  readonly receiverCpuMicros: number;
}

async function sendTransactions(root: string, network: BenchNetwork): Promise<Sent> {
  const file = join(root, 'sent.transactions');
  writeTransactions(
    file,
    Array.from({ length: SENT }, (_, number) => recordTransaction(network, number, network.genesis.created)),
  );
  const [sender, receiver] = await start(2, CLINICS);
  sender.tell({ type: 'send', file, window: WINDOW });
  const { at: begun } = await sender.next('announced');
  // The first quarter warms the engine up.
  let first: Extract<Report, { type: 'taken' }> | undefined;
  for (;;) {
    const report = await receiver.next('taken');
    sender.tell({ type: 'told', taken: report.taken });
    if (first === undefined && report.taken >= SENT / 4) first = report;
    if (report.taken >= SENT - 256) {
      const { at, taken, cpuMs } = first ?? { at: begun, taken: 0, cpuMs: 0 };
      const count = report.taken - taken;
      await Promise.all([sender.end(), receiver.end()]);
      return {
        perSecond: (1000 * count) / (report.at - at),
        receiverCpuMicros: (1000 * (report.cpuMs - cpuMs)) / count,
      };
    }
  }
}

await withDirectory(async (root) => {
  const network = benchNetwork(CLINICS);
  const machine = describeMachine();
  const raw = await rawVerification(network);
  const sent = await sendTransactions(root, network);
  const chain = new Chain(network);
  const clinics = await start(CLINICS, CLINICS);
  const warm: number[][] = [];
  const cold: number[][] = [];
  let bytes = 0;
  for (let n = 0; n < 3 + ROUNDS; n++) {
    const round = chain.next(root);
    bytes = round.bytes;
    const times = await relay(clinics, round, 0);
    if (n >= 3) warm.push(times);
  }
  for (let n = 0; n < COLD_ROUNDS; n++) cold.push(await relay(clinics, chain.next(root), PER_BLOCK / 10));
  await Promise.all(clinics.map((clinic) => clinic.end()));
  const ninth = (rounds: readonly number[][]): number[] => rounds.map((times) => times[Math.ceil(0.9 * CLINICS) - 1]);
  const last = (rounds: readonly number[][]): number[] => rounds.map((times) => times[times.length - 1]);
  const about = (rounds: readonly number[][]): Record<string, number> => ({
    median: percentile(ninth(rounds), 0.5),
    p99: percentile(ninth(rounds), 0.99),
    lastP99: percentile(last(rounds), 0.99),
  });
  const limitMs = rootLimitMs(network);
  const result = {
    clinics: CLINICS,
    transactions: PER_BLOCK,
    bytes,
    rounds: ROUNDS,
    targetMs: BLOCK_TARGET_MS,
    limitMs,
    warm: about(warm),
    cold: about(cold),
    sent,
    rawVerificationsPerSecond: raw,
    targetPerSecond: RATE_TARGET,
  };
  const line = (name: string, value: Record<string, number>): string =>
    `  ${name}: median ${value.median.toFixed(0)} ms, 99 % ${value.p99.toFixed(0)} ms at nine of ten; 99 % ${value.lastP99.toFixed(0)} ms at all`;
  console.log(
    [
      `gossip: blocks of ${PER_BLOCK} transactions (${(bytes / 2 ** 20).toFixed(2)} MiB) to ${CLINICS} processes, ${ROUNDS} rounds; ${SENT} transactions from one process to another`,
      `  ${formatMachine(machine)}`,
      line('mempools warm', result.warm),
      line('a tenth missing', result.cold),
      `  target 99 % < ${BLOCK_TARGET_MS} ms at nine of ten, mempools warm: ${result.warm.p99 < BLOCK_TARGET_MS ? 'met' : 'MISSED'}; limit: ${limitMs.toFixed(0)} ms for the root over the body at each of them`,
      `  transactions with full validation: ${formatRate(sent.perSecond)}/s, ${sent.receiverCpuMicros.toFixed(0)} us of the receiver's processor each; target ${RATE_TARGET} (${sent.perSecond > RATE_TARGET ? 'met' : 'MISSED'}); limit ${formatRate(raw)}/s raw verification on all cores (${(sent.perSecond / raw).toFixed(2)} of it)`,
    ].join('\n'),
  );
  const folder = new URL('./results/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    new URL('gossip.json', folder),
    `${JSON.stringify({ machine, at: new Date().toISOString(), ...result }, null, 2)}\n`,
  );
});
