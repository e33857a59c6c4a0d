// What judging one request costs: lookups and decisions with nothing, 100,000 and 1,000,000 blocked addresses, 30,000
// ranges and 200,000 tracked clients; bytes per client; memory under a flood of distinct sources. Beside it, in the same
// rounds, a plain Map lookup on the same machine.
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { randomBytes } from '#crypto';
import type { Network } from '../gateway/address.ts';
import { Gateway, type GatewayModules } from '../gateway/gateway.ts';
import { MAX_TRACKED_CLIENTS } from '../gateway/judge/client-table.ts';
import { ClientTracker } from '../gateway/judge/client-tracker.ts';
import type { RequestFacts } from '../gateway/judge/facts.ts';
import { type EnforcedEntry, EnforcedList } from '../gateway/lookup/enforced-list.ts';
import { SignatureMatcher } from '../gateway/signatures/matcher.ts';
import { STARTER_SET } from '../gateway/signatures/starter-set.ts';
import { writeReport } from '../test/helpers/report.ts';
import { describeMachine, formatMachine } from './lib/machine.ts';

const { short } = parseArgs({ options: { short: { type: 'boolean', default: false } } }).values;
const SIZES = short ? [0, 100_000] : [0, 100_000, 1_000_000];
const RANGES = 30_000;
const CHANGES = 4_000;
const FLOOD = short ? 500_000 : 5_000_000;
const ROUNDS = 9;
const CALLS = short ? 50_000 : 200_000;
const START = Date.UTC(2026, 0, 1);
const UNTIL = START + 24 * 3_600_000;

const word = (number: number): number => Math.imul(number + 1, 0x9e3779b1) >>> 0;
const four = (high: number): Network => ({ family: 4, prefix: 32, high, low: 0 });

function entriesOf(addresses: number, ranges: number): EnforcedEntry[] {
  const entry = (network: Network): EnforcedEntry => ({ network, verdict: 'block', byHand: false, until: UNTIL });
  return [
    ...Array.from({ length: addresses }, (_, i) => entry(four(word(i)))),
    ...Array.from({ length: ranges }, (_, i) => entry({ ...four((word(i + 7_000_000) & ~255) >>> 0), prefix: 24 })),
  ];
}

/** Median ns of processor time of one call, and the spread over the rounds: other work on the machine hardly changes it. */
function measure(call: (i: number) => void): { ns: number; least: number; most: number } {
  const rounds: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const began = process.cpuUsage();
    for (let i = 0; i < CALLS; i++) call(i);
    // The first round warms up.
    const { user, system } = process.cpuUsage(began);
    if (round > 0) rounds.push(((user + system) * 1_000) / CALLS);
  }
  rounds.sort((a, b) => a - b);
  return { ns: rounds[rounds.length >> 1], least: rounds[0], most: rounds.at(-1)! };
}

const shown = ({ ns, least, most }: { ns: number; least: number; most: number }): string =>
  `${ns.toFixed(0)} ns (${least.toFixed(0)} to ${most.toFixed(0)})`;

function requestOf(i: number, at: number): RequestFacts {
  return {
    at,
    client: four(word(i)),
    forwarding: 'proxied',
    method: 'GET',
    path: `/patients/${i % 1000}/appointments`,
    query: 'from=2026-01-01&limit=20',
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
    referer: 'https://clinic.example/patients',
    cookie: 'theme=dark',
    headerOrder: 'host,user-agent,accept,accept-language,accept-encoding,referer,cookie',
    body: '',
    session: 'none',
    subject: undefined,
  };
}

function gatewayOf(lookup: GatewayModules['lookup'], matcher: SignatureMatcher): Gateway {
  return new Gateway(
    { mode: 'enforce' },
    {
      lookup,
      signatures: () => matcher,
      captcha: { hasClearance: () => false, blockedUntil: () => 0 },
      neverBlock: { setOf: () => undefined },
      random: randomBytes,
      onDecision: () => {},
      onReport: () => {},
    },
  );
}

const machine = describeMachine();
console.log(`gateway-judge: ${formatMachine(machine)}`);
const rows: [string, string | number][] = [];
const say = (what: string, value: string | number): void => {
  rows.push([what, value]);
  console.log(`  ${what}: ${value}`);
};

const matcher = new SignatureMatcher(STARTER_SET);
const none = new SignatureMatcher([]);
let kept = 0;
for (const size of SIZES) {
  const list = new EnforcedList({ seed: 77 }, { pause: async () => {} });
  const entries = entriesOf(size, RANGES);
  const began = performance.now();
  await list.rebuild(entries);
  say(`${size} addresses and ${RANGES} ranges: built in`, `${(performance.now() - began).toFixed(0)} ms`);
  const map = new Map(Array.from({ length: size }, (_, i) => [word(i), UNTIL]));
  // Made up as it goes, so that only the list itself is in memory: every second one is listed.
  const hit = (i: number): number => word(((i >>> 1) * 7_919) % Math.max(1, size));
  const miss = (i: number): number => word(20_000_000 + ((i * 31) % 4_000_000));
  const half = (i: number): number => (i % 2 === 0 ? hit(i) : miss(i));
  const asked = { family: 4 as const, prefix: 32, high: 0, low: 0 };
  for (const [what, address] of [
    ['half of them hits, all over the list', half],
    ['none listed, all over the address space', miss],
    ['half of them hits, 4,096 addresses over and over', (i: number) => half(i & 4_095)],
  ] as const) {
    const lookup = measure((i) => {
      asked.high = address(i);
      if (list.verdictFor(asked, START).verdict === 'block') kept++;
    });
    const plain = measure((i) => {
      if ((map.get(address(i)) ?? 0) > START) kept++;
    });
    say(`${size} addresses: lookup, ${what}`, `${shown(lookup)}; a Map of the addresses alone ${shown(plain)}`);
  }
  for (let i = 0; i < CHANGES; i++)
    list.set(four(word(i + 50_000_000)), [{ ...entries[0], network: four(word(i + 50_000_000)) }]);
  const changed = measure((i) => {
    asked.high = half(i);
    if (list.verdictFor(asked, START).verdict === 'block') kept++;
  });
  say(`${size} addresses, ${CHANGES} changes since: lookup, half of them hits, all over the list`, shown(changed));
  for (const [name, signatures] of [
    ['without signatures', none],
    ['with the starter set', matcher],
  ] as const) {
    const gateway = gatewayOf(list, signatures);
    for (let i = 0; i < MAX_TRACKED_CLIENTS; i++) gateway.judge(requestOf(i + 30_000_000, START));
    const facts = Array.from({ length: 4_096 }, (_, i) =>
      requestOf(30_000_000 + ((i * 47) % MAX_TRACKED_CLIENTS), START + 1_000),
    );
    say(
      `${size} addresses, ${gateway.trackedClients} tracked clients: judge ${name}`,
      shown(measure((i) => gateway.judge(facts[i & 4_095]))),
    );
  }
}

const tracker = new ClientTracker({ maxClients: MAX_TRACKED_CLIENTS, seed: 5 });
say('bytes per tracked client, all arrays', (tracker.bytes / MAX_TRACKED_CLIENTS).toFixed(1));
const gateway = gatewayOf({ verdictFor: () => ({ verdict: 'allow', reasons: [] }) }, none);
const residentBefore = process.memoryUsage().rss;
let residentMost = residentBefore;
for (let i = 0; i < FLOOD; i++) {
  const facts = requestOf(i, START + Math.floor(i / 100));
  gateway.answered(gateway.judge(facts), facts, { at: facts.at, status: 200, signInFailed: false, signedIn: false });
  if (i % 100_000 === 0) residentMost = Math.max(residentMost, process.memoryUsage().rss);
}
say(`${FLOOD} distinct sources: clients tracked at the end`, gateway.trackedClients);
say(
  `${FLOOD} distinct sources: resident memory grew by at most`,
  `${((residentMost - residentBefore) / 2 ** 20).toFixed(0)} MiB`,
);

const results = new URL('./results/', import.meta.url);
mkdirSync(results, { recursive: true });
writeFileSync(
  new URL('gateway-judge.json', results),
  `${JSON.stringify({ machine, at: new Date().toISOString(), rows, kept }, null, 2)}\n`,
);
if (!short) {
  await writeReport(
    'gateway-judge',
    'What judging a request costs',
    'Processor time, median of nine rounds and their spread; every source of a request is another client. Compare figures of one run with each other (`node bench/gateway-judge.ts`).',
    rows,
  );
}
