// Whether the time of an answer tells who has an account: a real clinic over HTTP, names of every kind asked in a random
// order, their times compared as samples. That the same work is done is shown by test/people/attacks.test.ts.
import { loadavg } from 'node:os';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import type { UserState } from '../../identity/people/types.ts';
import { DEFAULT_KDF } from '../../identity/vault/kdf.ts';
import { newId } from '../../node/people/people-store.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { spread, writeReport } from '../helpers/report.ts';

const NAMES = 12;
/** Fewer for each name than strangers have at once. */
const PASSWORDS_EACH = 15;
const SALTS_EACH = 125;
/** Standard deviations of the rank sum: by chance once in 15,000 comparisons. */
const MAX_SIGMAS = 4;
const KINDS = ['unknown', 'active', 'waiting', 'suspended'] as const;
type Kind = (typeof KINDS)[number];
type Times = Readonly<Record<Kind, number[]>>;

let net: TestNodes;
let asked = 0;

beforeAll(async () => {
  net = await TestNodes.found({ clinics: 1 });
  await net.start(1, { 'mining-threads': '0', 'http-trusted-proxies': '127.0.0.1' });
  const { store, signIn } = net.node(1).people;
  const [made, salt] = [Date.now(), toHex(randomBytes(16))];
  const verifier = await signIn['modules'].passwords.verifierOf(randomBytes(32));
  for (const state of ['active', 'waiting', 'suspended'] satisfies UserState[]) {
    for (let at = 0; at < NAMES; at++) {
      const user = newId();
      const person = { name: `${state}${at}`, account: null, kind: 'staff', clinic: 1, made } as const;
      const profile = { displayName: 'Sam Example', familyName: 'Example', givenName: 'Sam', language: 'en' };
      await store.write([
        { user, name: 'person', value: person },
        { user, name: 'profile', value: profile },
        { user, name: 'password', value: { salt, kdf: DEFAULT_KDF, verifier, changed: made } },
        { user, name: 'state', value: { state, asked: [], since: made, by: null, reason: '' } },
      ]);
    }
  }
});
afterAll(() => net?.remove());

/** ms, from an address in a network where nobody was before. */
async function timeOf(method: string, params: unknown, code: string | undefined): Promise<number> {
  const address = `10.${(asked >> 8) & 255}.${asked++ & 255}.${asked >> 16}`;
  const began = performance.now();
  const response = await fetch(`${net.clinic(1).url}/rpc`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const { error } = await response.json();
  const time = performance.now() - began;
  expect(error?.data?.code).toBe(code);
  return time;
}

async function sample(each: number, ask: (name: string) => Promise<number>): Promise<Times> {
  const times: Times = { unknown: [], active: [], waiting: [], suspended: [] };
  const order = KINDS.flatMap((kind) =>
    Array.from({ length: NAMES * each }, (_, at) => ({ kind, name: `${kind}${at % NAMES}`, key: Math.random() })),
  ).sort((a, b) => a.key - b.key);
  // The first ones warm everything up.
  for (const { name } of order.slice(0, 20)) await ask(`${name}x`);
  for (const { kind, name } of order) times[kind].push(await ask(name));
  return times;
}

/** Mann-Whitney: how often one of `a` takes longer than one of `b`, and by how many deviations that differs from half. */
function compared(a: readonly number[], b: readonly number[]): { share: number; sigmas: number } {
  const all = [...a.map((time) => ({ time, first: true })), ...b.map((time) => ({ time, first: false }))];
  all.sort((x, y) => x.time - y.time);
  const ranks = all.reduce((sum, { first }, at) => sum + (first ? at + 1 : 0), 0);
  const share = (ranks - (a.length * (a.length + 1)) / 2) / (a.length * b.length);
  const deviation = Math.sqrt((a.length + b.length + 1) / (12 * a.length * b.length));
  return { share, sigmas: (share - 0.5) / deviation };
}

it('the time of an answer does not tell whether somebody has the name, nor how the account stands', async () => {
  const wrong = toHex(randomBytes(32));
  const passwords = await sample(PASSWORDS_EACH, (name) =>
    timeOf('session_signIn', { name, auth: wrong }, 'session.refused'),
  );
  const salts = await sample(SALTS_EACH, (name) => timeOf('session_start', { name }, undefined));
  const rows: [string, string | number][] = [];
  const sigmas: number[] = [];
  for (const [what, times] of [
    ['a wrong password', passwords],
    ['the salt', salts],
  ] as const) {
    for (const kind of KINDS) {
      const micros = times[kind].map((time) => 1000 * time);
      rows.push([`${what}, ${kind} names: ${micros.length} answers`, spread(micros, 'µs')]);
      if (kind === 'unknown') continue;
      const { share, sigmas: off } = compared(times[kind], times.unknown);
      sigmas.push(Math.abs(off));
      rows.push([
        `${what}: ${kind} names slower than unknown ones`,
        `${(100 * share).toFixed(1)} % of pairs (half is no difference; ${off.toFixed(1)} standard deviations)`,
      ]);
    }
  }
  // What would be seen: the same samples with a twentieth of a scrypt run more.
  const slower = passwords.active.map((time) => 1.05 * time);
  rows.push([
    'the same with 5 % more work, to see that it would show',
    `${compared(slower, passwords.unknown).sigmas.toFixed(1)} standard deviations`,
  ]);
  rows.push(['others at work on the machine (load average)', loadavg()[0].toFixed(1)]);
  await writeReport(
    'enumeration',
    'Who has an account, by time',
    `Answers of one clinic over HTTP to names of every kind in a random order, each from a network of its own
(\`test/long/enumeration.test.ts\`). The samples are compared by ranks (Mann-Whitney); more than ${MAX_SIGMAS} standard deviations
fail the test.`,
    rows,
  );
  expect(Math.max(...sigmas)).toBeLessThan(MAX_SIGMAS);
});
