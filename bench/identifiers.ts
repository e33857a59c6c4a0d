// What identifiers cost. First a clinic as a process with 100,000 patients whose identifiers it has computed before:
// registrations a second until they stand in blocks, looking one up by number, memory. Then 2,000 new patients whose
// identifiers three of four clinics compute together over real connections, with the cost of every step.
// `--short`: 8,192 and 64.
import { mkdirSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { hkdfSha256, hmacSha256, randomBytes, scryptKdf, signingKeyPair } from '#crypto';
import { concatBytes, EMPTY_BYTES } from '../common/bytes.ts';
import { systemClock } from '../common/clock.ts';
import { oprfBlind, oprfFinalize, oprfKeyPair } from '../common/crypto/oprf.ts';
import { ScryptThreads } from '../common/crypto/scrypt-threads.node.ts';
import { createLogger } from '../common/logger.ts';
import { documentInput, normaliseDocument } from '../identity/patient/document.ts';
import { combinePartials, PartialBatch, verifyPartial } from '../identity/patient/partials.ts';
import { PID_SCRYPT } from '../identity/patient/patient-identifiers.ts';
import { formatPid } from '../identity/patient/pid.ts';
import { SealedPidCache } from '../identity/patient/pid-cache.ts';
import { Slots } from '../identity/slots.ts';
import type { KeyGeneration, Shares } from '../node/ceremony/shares.ts';
import { openClinic } from '../node/clinic-directory.ts';
import { CLINICAL } from '../node/clinical-namespaces.ts';
import { dataPaths } from '../node/data-directory.ts';
import { assembleIdentifiers } from '../node/identifiers/assemble.ts';
import { EVALUATE } from '../node/identifiers/wire.ts';
import type { MemberSets } from '../node/members/member-sets.ts';
import { LocalDatabase } from '../node/store/local-database.ts';
import { localCache } from '../node/store/local-key-values.ts';
import { createNetwork } from '../p2p/network.ts';
import type { Network } from '../p2p/ports.ts';
import { type DealtShare, dealShares } from '../test/helpers/deal-shares.ts';
import { MemoryKeyValues } from '../test/helpers/memory-key-values.ts';
import { writeReport } from '../test/helpers/report.ts';
import { SHORT } from './lib/benchmark.ts';
import { foundClinics, startClinic } from './lib/clinics.ts';
import { describeMachine, formatMachine } from './lib/machine.ts';
import { withDirectory } from './lib/temporary.ts';

const KNOWN = SHORT ? 8_192 : 100_000;
const NEW = SHORT ? 64 : 2_000;
const LOOKUPS = SHORT ? 500 : 5_000;
const BATCH = 64;
const CALL = 256;
const LOOKUP_P99_MS = 5;
/** What the event log writes for a lookup. */
const EVENT_BYTES = 512;
const CLINICS = [1, 2, 3, 4];
const THRESHOLD = 3;
const WAIT_MS = 600_000;

const ssn = (index: number) => ({ country: 'US', type: 'ssn', number: String(950_100_000 + index) });

async function knownPatients() {
  return withDirectory(async (root) => {
    const [place] = await foundClinics(root, 1);
    const { keys, genesis } = await openClinic(place.directory, place.passphrase);
    await precompute(place.directory, keys.storageKey, genesis.identifierKey);
    const clinic = await startClinic(place);
    try {
      const { client } = clinic;
      const began = performance.now();
      const statements: string[] = [];
      for (let at = 0; at < KNOWN; at += CALL) {
        const patients = Array.from({ length: Math.min(CALL, KNOWN - at) }, (_, i) => ({ number: ssn(at + i).number }));
        const answer = await client.call('patient_register', { patients });
        for (const { statement } of answer.patients.slice(0, 1)) if (statement !== null) statements.push(statement);
      }
      const acknowledged = performance.now() - began;
      const end = Date.now() + WAIT_MS;
      for (const id of statements) {
        let reached = false;
        while (!reached && Date.now() < end) {
          ({ reached } = await client.call('tx_wait', { statements: [id], until: 'applied', timeoutMs: 20_000 }));
        }
        if (!reached) throw new Error('a registration came into no block');
      }
      const applied = performance.now() - began;
      const times: number[] = [];
      const empty: number[] = [];
      // No lookup is answered before its event is on the disk: what that takes without a clinic.
      const synced: number[] = [];
      const probe = await open(join(root, 'probe'), 'w');
      const event = randomBytes(EVENT_BYTES);
      const before = clinic.usage().cpuSeconds;
      for (let i = 0; i < LOOKUPS; i++) {
        const index = (i * 7_919) % KNOWN;
        const start = performance.now();
        const found = await client.call('patient_get', { patient: ssn(index).number });
        times.push(performance.now() - start);
        const between = performance.now();
        await client.call('node_health', {});
        const asked = performance.now();
        empty.push(asked - between);
        await probe.write(event, 0, event.length, i * event.length);
        await probe.datasync();
        synced.push(performance.now() - asked);
        if (found.pid !== pidFor(index) || !found.registered) throw new Error('a lookup gave another identifier');
      }
      await probe.close();
      const { rss, peak, cpuSeconds } = clinic.usage();
      return {
        patients: KNOWN,
        acknowledgedPerSecond: (1_000 * KNOWN) / acknowledged,
        appliedPerSecond: (1_000 * KNOWN) / applied,
        lookupMs: {
          ...{ p50: percentile(times, 0.5), p95: percentile(times, 0.95), p99: percentile(times, 0.99) },
          target: LOOKUP_P99_MS,
        },
        emptyCallMs: { p50: percentile(empty, 0.5), p99: percentile(empty, 0.99) },
        syncedWriteMs: { p50: percentile(synced, 0.5), p99: percentile(synced, 0.99) },
        lookupCpuMs: (1_000 * (cpuSeconds - before)) / LOOKUPS,
        memoryMiB: { resident: rss / 2 ** 20, peak: peak / 2 ** 20 },
        cpuSeconds,
      };
    } finally {
      await clinic.stop();
    }
  });
}

const pidFor = (index: number): string => {
  const bytes = new Uint8Array(20);
  new DataView(bytes.buffer).setUint32(16, index + 1);
  return formatPid(bytes);
};

/** Rows as the clinic itself makes them; that it finds each is checked with every lookup. */
async function precompute(directory: string, storageKey: Uint8Array, key: Uint8Array): Promise<void> {
  const database = new LocalDatabase({ path: dataPaths(directory).clinical, name: 'clinical data', key: storageKey });
  await database.open();
  const cache = new SealedPidCache({ storageKey }, { store: localCache(database, CLINICAL.identifiers) });
  const names = hkdfSha256(storageKey, EMPTY_BYTES, new TextEncoder().encode('wardmesh/pid-cache/1'), 32);
  for (let at = 0; at < KNOWN; at += 1024) {
    const indexes = Array.from({ length: Math.min(1024, KNOWN - at) }, (_, i) => at + i);
    await Promise.all(
      indexes.map((index) =>
        cache.put(hmacSha256(names, concatBytes(key, documentInput(normaliseDocument(ssn(index))))), pidFor(index)),
      ),
    );
  }
  await database.close();
}

async function newPatients() {
  const { secretKey, publicKey } = oprfKeyPair(randomBytes(32));
  const dealt = dealShares(secretKey, THRESHOLD, CLINICS);
  const holders = dealt.map((share, at) => ({ clinic: CLINICS[at], ...share }));
  const key: KeyGeneration = {
    ...{ purpose: 'identifier', generation: 1, publicKey, threshold: THRESHOLD, holders, origin: THRESHOLD },
  };
  const sides = await Promise.all(CLINICS.map((clinic) => startSide(clinic, key, dealt)));
  try {
    const networks = sides.map(({ network }) => network);
    for (const [at, network] of networks.entries()) {
      network.setMembers(
        networks
          .map((other, i) => ({ peerId: other.peerId, addresses: i > at ? bare(other) : [] }))
          .filter(({ peerId }) => peerId !== network.peerId),
      );
    }
    while (networks.some((network) => network.peers().length < CLINICS.length - 1)) await systemSleep(50);
    await systemSleep(4_000);
    const began = performance.now();
    const cpu = process.cpuUsage();
    for (let at = 0; at < NEW; at += BATCH) {
      const documents = Array.from({ length: Math.min(BATCH, NEW - at) }, (_, i) => ssn(at + i));
      await sides[0].identifiers.pidsOf(documents);
    }
    const elapsed = performance.now() - began;
    const { user, system } = process.cpuUsage(cpu);
    return {
      patients: NEW,
      threshold: `${THRESHOLD} of ${CLINICS.length}, all in this process`,
      perSecond: (1_000 * NEW) / elapsed,
      cpuMsEach: (user + system) / 1_000 / NEW,
      stepsMs: await steps(dealt),
    };
  } finally {
    await Promise.all(sides.map(({ network }) => network.stop()));
  }
}

/** Processor time of each step for one patient, in batches as above. */
async function steps(dealt: readonly DealtShare[]): Promise<Record<string, number>> {
  const inputs = Array.from({ length: BATCH }, (_, i) => documentInput(normaliseDocument(ssn(i))));
  const costs: Record<string, number> = {};
  const step = async <T>(name: string, run: () => T | Promise<T>, count = BATCH): Promise<T> => {
    const before = process.cpuUsage();
    const result = await run();
    const { user, system } = process.cpuUsage(before);
    costs[name] = (user + system) / 1_000 / count;
    return result;
  };
  const blinds = await step('blind', () => inputs.map((input) => oprfBlind(input)));
  const blinded = blinds.map((one) => one.blinded);
  const batches = dealt.slice(0, THRESHOLD).map(({ index, share, verificationShare }) => ({
    ...{ index, verificationShare, batch: new PartialBatch(share) },
  }));
  const first = await step('partial of one holder', () => batches[0].batch.add(blinded));
  const proof = await step('proof of one holder', () => batches[0].batch.prove());
  await step('check of one proof', () =>
    verifyPartial(batches[0].verificationShare, blinded, { evaluated: first, proof }),
  );
  const parts = [{ index: batches[0].index, evaluated: first }];
  for (const { index, batch } of batches.slice(1)) parts.push({ index, evaluated: await batch.add(blinded) });
  const whole = await step('combination', () => combinePartials(parts));
  const outputs = await step('finish', () => inputs.map((input, i) => oprfFinalize(input, blinds[i].blind, whole[i])));
  await step('scrypt', () => scryptKdf(outputs[0], inputs[0], { ...PID_SCRYPT, length: 32 }), 1);
  return costs;
}

const members = {
  current: {
    clinics: CLINICS.map((number) => ({ number, nodeKey: signingKeyPair(seedOf(number)).publicKey })),
    clinic: (wanted: number) => ({ number: wanted, nodeKey: signingKeyPair(seedOf(wanted)).publicKey }),
  },
} as unknown as MemberSets;

async function startSide(clinic: number, key: KeyGeneration, dealt: readonly DealtShare[]) {
  const logger = createLogger({ level: 'silent' });
  const network = createNetwork(
    { privateSeed: seedOf(clinic), listen: ['/ip4/127.0.0.1/tcp/0'], protocols: [EVALUATE] },
    { logger, clock: systemClock },
  );
  const shares: Shares = {
    current: () => key,
    at: () => undefined,
    own: () => dealt[clinic - 1].share,
    onChange: () => () => {},
  };
  const storageKey = seedOf(clinic);
  const threads = new ScryptThreads({ clock: systemClock });
  const { identifiers } = assembleIdentifiers(
    { clinic, storageKey, perDay: { identifier: NEW, link: 0 } },
    {
      ...{ network, members, shares, logger, clock: systemClock },
      blames: { blame: async () => undefined },
      store: new MemoryKeyValues(),
      cache: new SealedPidCache({ storageKey }, { store: new MemoryKeyValues() }),
      slots: new Slots({ limit: 2 }, { scrypt: threads.derive }),
    },
  );
  await network.start();
  return { network, identifiers };
}

function seedOf(clinic: number): Uint8Array {
  return new Uint8Array(32).fill(clinic);
}

function bare(network: Network): string[] {
  return network.addresses().map((address) => address.split('/p2p/')[0]);
}

function systemSleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)];
}

const machine = describeMachine();
const fresh = await newPatients();
const known = await knownPatients();
console.log(`identifiers: ${formatMachine(machine)}`);
console.log(
  `  ${known.patients} known patients: ${known.acknowledgedPerSecond.toFixed(0)} a second acknowledged, ` +
    `${known.appliedPerSecond.toFixed(0)} a second in blocks; looked up in ${known.lookupMs.p50.toFixed(2)} ms, ` +
    `99 % in ${known.lookupMs.p99.toFixed(2)} ms (${known.lookupMs.p99 < LOOKUP_P99_MS ? 'target met' : 'TARGET MISSED'}); ` +
    `${known.memoryMiB.resident.toFixed(0)} MiB, at most ${known.memoryMiB.peak.toFixed(0)} MiB`,
);
console.log(
  `  ${fresh.patients} new patients by ${fresh.threshold}: ${fresh.perSecond.toFixed(1)} a second, ` +
    `${fresh.cpuMsEach.toFixed(1)} ms of processor each`,
);
for (const [name, ms] of Object.entries(fresh.stepsMs)) console.log(`    ${name.padEnd(24)} ${ms.toFixed(3)} ms`);
const results = new URL('./results/', import.meta.url);
mkdirSync(results, { recursive: true });
const text = JSON.stringify({ machine, at: new Date().toISOString(), known, fresh }, null, 2);
writeFileSync(new URL('identifiers.json', results), `${text}\n`);
if (!SHORT) {
  const { lookupMs, emptyCallMs, syncedWriteMs, memoryMiB } = known;
  await writeReport(
    'identifiers',
    'What patient identifiers cost',
    'A clinic as a process with patients whose identifiers it had computed before: registrations until they stand in blocks, then looking them up by number over JSON-RPC. Then new patients whose identifiers three of four clinics compute together over real connections, all in one process (`node bench/identifiers.ts`).',
    [
      ['patients with precomputed identifiers', known.patients],
      ['registered, acknowledged', `${known.acknowledgedPerSecond.toFixed(0)}/s`],
      ['registered, in blocks', `${known.appliedPerSecond.toFixed(0)}/s`],
      ['lookup by number: median and 95 %', `${lookupMs.p50.toFixed(2)} and ${lookupMs.p95.toFixed(2)} ms`],
      [`lookup by number: 99 % (at most ${lookupMs.target} ms wanted)`, `${lookupMs.p99.toFixed(2)} ms`],
      [
        'a call that looks nothing up, between them: median and 99 %',
        `${emptyCallMs.p50.toFixed(2)} and ${emptyCallMs.p99.toFixed(2)} ms`,
      ],
      [
        `a write of ${EVENT_BYTES} bytes that is synced to the same disk, between them: median and 99 %`,
        `${syncedWriteMs.p50.toFixed(2)} and ${syncedWriteMs.p99.toFixed(2)} ms`,
      ],
      [
        'processor time of the clinic for a lookup and such a call, its mining in it',
        `${known.lookupCpuMs.toFixed(2)} ms`,
      ],
      [
        'memory, resident at the end and at most',
        `${memoryMiB.resident.toFixed(0)} and ${memoryMiB.peak.toFixed(0)} MiB`,
      ],
      ['processor time', `${known.cpuSeconds.toFixed(0)} s`],
      ['new patients through the OPRF', fresh.patients],
      ['threshold', fresh.threshold],
      ['identifiers', `${fresh.perSecond.toFixed(1)}/s, ${fresh.cpuMsEach.toFixed(1)} ms of processor time each`],
      ...Object.entries(fresh.stepsMs).map(([name, ms]) => [`of it ${name}`, `${ms.toFixed(3)} ms`] as const),
      ['others at work on the machine (load average)', loadavg()[0].toFixed(1)],
    ],
  );
}
