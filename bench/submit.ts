// From submit to applied: statements of doctors, each signed by its own author, given to real clinic processes over their
// RPC doors at a steady rate and followed until a block applied them. `--clinics 1|4 --rate N --seconds N`.
import { createPublicKey, verify } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { toHex } from '../common/bytes.ts';
import { SHORT } from './lib/benchmark.ts';
import { foundClinics, type RunningClinic, startClinic } from './lib/clinics.ts';
import { makeDoctors } from './lib/doctors.ts';
import { personRecord } from './lib/ledger.ts';
import { describeMachine, formatMachine } from './lib/machine.ts';
import { formatRate } from './lib/statistics.ts';
import { withDirectory } from './lib/temporary.ts';

const CLINICS = argument('clinics', 1);
const RATE = argument('rate', CLINICS === 1 ? 2_400 : 550);
const SECONDS = argument('seconds', SHORT ? 10 : 30);
/** What the project promises: statements a second. */
const TARGET = CLINICS === 1 ? 2_000 : 500;
const DOCTORS = 16;
/** How often each clinic is given a list. */
const TICK_MS = 100;
const MAX_LIST = 512;
const WAIT_MS = 60_000;
const CHECKS = 4_000;

interface Prepared {
  readonly id: string;
  readonly statement: string;
}

interface Followed {
  readonly count: number;
  /** ms on one clock. */
  readonly sent: number;
  readonly accepted: number;
  readonly applied: number;
}

function argument(name: string, standard: number): number {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? standard : Number(process.argv[at + 1]);
}

/** Signatures a second that the cores can verify at all, with nothing else to do. */
async function rawVerification(message: Uint8Array, key: Uint8Array, signature: Uint8Array): Promise<number> {
  const verifyRaw = promisify<null, Uint8Array, ReturnType<typeof createPublicKey>, Uint8Array, boolean>(verify);
  const x = Buffer.from(key).toString('base64url');
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const start = performance.now();
  await Promise.all(Array.from({ length: CHECKS }, () => verifyRaw(null, message, publicKey, signature)));
  return (1000 * CHECKS) / (performance.now() - start);
}

async function submit(clinic: RunningClinic, list: readonly Prepared[]): Promise<Followed> {
  const sent = performance.now();
  const { statements } = await clinic.client.call('tx_submit', {
    statements: list.map(({ statement }) => ({ statement })),
  });
  const accepted = performance.now();
  if (statements.some(({ status }) => status === 'refused')) throw new Error('a statement was refused at the door');
  const ids = list.map(({ id }) => id);
  for (;;) {
    const { reached, statements: states } = await clinic.client.call('tx_wait', {
      statements: ids,
      until: 'applied',
      timeoutMs: WAIT_MS,
    });
    const refused = states.find(({ status }) => status === 'refused');
    if (refused !== undefined) throw new Error(`a statement was refused: ${refused.code}`);
    if (reached) break;
    if (performance.now() - sent > 2 * WAIT_MS) throw new Error('statements were not applied in time');
  }
  return { count: list.length, sent, accepted, applied: performance.now() };
}

/** Hands out `prepared` at RATE / CLINICS a second, whether or not earlier lists are done. */
async function feed(clinic: RunningClinic, prepared: readonly Prepared[], start: number): Promise<Followed[]> {
  const running: Promise<Followed>[] = [];
  let given = 0;
  while (given < prepared.length) {
    const due = Math.min(prepared.length, Math.floor(((performance.now() - start) / 1000) * (RATE / CLINICS)));
    while (given < due) {
      const list = prepared.slice(given, Math.min(due, given + MAX_LIST));
      const followed = submit(clinic, list);
      followed.catch(() => {}); // awaited below
      running.push(followed);
      given += list.length;
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  return Promise.all(running);
}

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
}

const result = await withDirectory(async (root) => {
  const places = await foundClinics(root, CLINICS);
  const { id, doctors } = await makeDoctors(places, DOCTORS);
  const total = RATE * SECONDS;
  const perClinic: Prepared[][] = places.map(() => []);
  const issued = Date.now();
  for (let n = 0; n < total; n++) {
    const doctor = doctors[(n % CLINICS) * DOCTORS + (Math.floor(n / CLINICS) % DOCTORS)];
    const made = personRecord(id, doctor, n, issued);
    perClinic[doctor.clinic - 1].push({ id: toHex(made.id), statement: toHex(made.bytes) });
  }
  const sample = personRecord(id, doctors[0], total, issued);
  const raw = await rawVerification(sample.id, doctors[0].publicKey, sample.bytes.slice(-64));
  const clinics = await Promise.all(places.map((place) => startClinic(place)));
  try {
    await connected(clinics);
    const before = clinics.map((clinic) => clinic.usage());
    const first = (await clinics[0].client.call('node_health')).head.height;
    const start = performance.now();
    const lists = (await Promise.all(clinics.map((clinic, index) => feed(clinic, perClinic[index], start)))).flat();
    const seconds = (Math.max(...lists.map(({ applied }) => applied)) - start) / 1000;
    const usage = clinics.map((clinic) => clinic.usage());
    const blocks = (await clinics[0].client.call('node_health')).head.height - first;
    const latency = lists.map(({ sent, applied }) => applied - sent);
    const acceptance = lists.map(({ sent, accepted }) => accepted - sent);
    return {
      clinics: CLINICS,
      offered: RATE,
      statements: total,
      seconds,
      blocks,
      perSecond: total / seconds,
      target: TARGET,
      rawVerificationsPerSecond: raw,
      latencyMs: { median: percentile(latency, 0.5), p95: percentile(latency, 0.95), max: Math.max(...latency) },
      acceptedMs: { median: percentile(acceptance, 0.5), p95: percentile(acceptance, 0.95) },
      cores: usage.map(({ cpuSeconds }, index) => (cpuSeconds - before[index].cpuSeconds) / seconds),
      peakMiB: usage.map(({ peak }) => peak / 2 ** 20),
    };
  } finally {
    await Promise.all(clinics.map((clinic) => clinic.stop()));
  }
});

async function connected(clinics: readonly RunningClinic[]): Promise<void> {
  const end = performance.now() + WAIT_MS;
  for (const { client } of clinics) {
    while ((await client.call('node_health')).peers < CLINICS - 1) {
      if (performance.now() > end) throw new Error('the clinics did not find each other');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

const { latencyMs, acceptedMs } = result;
const machine = describeMachine();
const limit = result.rawVerificationsPerSecond / CLINICS;
console.log(
  [
    `submit: ${result.statements} separately signed statements to ${CLINICS} clinic process(es), T = 2 s, offered ${RATE}/s`,
    `  ${formatMachine(machine)}`,
    `  applied ${formatRate(result.perSecond)} statements/s over ${result.seconds.toFixed(1)} s; target ${TARGET} (${result.perSecond >= TARGET ? 'met' : 'MISSED'})`,
    `  limit: ${formatRate(limit)} statements/s if verifying each at every clinic were all the work (${(result.perSecond / limit).toFixed(3)} of it)`,
    `  submit to applied: median ${(latencyMs.median / 1000).toFixed(1)} s, 95 % ${(latencyMs.p95 / 1000).toFixed(1)} s, most ${(latencyMs.max / 1000).toFixed(1)} s; to accepted on disk: median ${acceptedMs.median.toFixed(0)} ms, 95 % ${acceptedMs.p95.toFixed(0)} ms`,
    `  ${result.blocks} blocks, one in ${(result.seconds / Math.max(1, result.blocks)).toFixed(1)} s: miners give way to other work, so a busy machine makes them late`,
    `  cores used per clinic: ${result.cores.map((cores) => cores.toFixed(2)).join(', ')}; most memory: ${result.peakMiB.map((mib) => mib.toFixed(0)).join(', ')} MiB`,
  ].join('\n'),
);
const folder = new URL('./results/', import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL(`submit-${CLINICS}.json`, folder), `${JSON.stringify({ machine, ...result }, null, 2)}\n`);
