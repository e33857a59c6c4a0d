// Seeded attacks and the visitors beside them, as requests by time: what a replay feeds to a gateway.
import type { RequestFacts } from '../../gateway/judge/facts.ts';
import { addressOf, BROWSER, requestOf, START } from './visits.ts';

/** A request, and what the application answers when it gets it. */
export interface Visit {
  readonly source: string;
  readonly facts: RequestFacts;
  readonly status: number;
  readonly signInFailed: boolean;
}

/** Mulberry32: the same numbers everywhere. 0 to 1. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const AGENTS = Array.from(
  { length: 12 },
  (_, i) =>
    [
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:${100 + i}.0) Gecko/20100101 Firefox/${100 + i}.0`,
      `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/${10 + i}.1 Safari/605.1.15`,
      `Opera/9.80 (X11; Linux i686; Ubuntu/14.${10 + i}) Presto/2.12.388 Version/12.16`,
    ].at(i % 3)!,
);

/** `every` ms, give or take half of it, from `from` for `length` ms. */
function times(random: () => number, every: number, length: number): number[] {
  const at: number[] = [];
  for (let time = random() * every; time < length; time += every * (0.5 + random())) at.push(Math.floor(time));
  return at;
}

interface Flood {
  readonly sources: number;
  /** ms between two requests of a source. */
  readonly every: number;
  readonly length: number;
  readonly request?: Partial<RequestFacts>;
  readonly status?: number;
  /** ms after which a source shows another User-Agent; undefined: always the same. */
  readonly rotate?: number;
  /** Each request asks for something else: by its query, or by a segment of its path. */
  readonly varied?: 'query' | 'path';
  /** Asks for that once before it begins. */
  readonly after?: string;
}

function flood(
  random: () => number,
  name: string,
  { sources, every, length, request, status = 200, rotate, varied, after }: Flood,
): Visit[] {
  return Array.from({ length: sources }, (_, i) => {
    const first = Math.floor(random() * AGENTS.length);
    const visits = times(random, every, length).map((time): Visit => {
      const turn = rotate === undefined ? 0 : Math.floor((time + i * 977) / rotate);
      const userAgent = rotate === undefined ? BROWSER : AGENTS[(first + turn) % AGENTS.length];
      const facts = requestOf({ at: START + time, client: addressOf(1_000 + i), userAgent, ...request });
      const asked = { query: { query: `at=${time}` }, path: { path: `${facts.path}/${time}` } };
      const varying = varied === undefined ? facts : { ...facts, ...asked[varied] };
      return { source: `${name} ${i}`, facts: varying, status, signInFailed: status === 401 };
    });
    if (after === undefined) return visits;
    return [{ ...visits[0], facts: { ...visits[0].facts, path: after, query: '' } }, ...visits];
  }).flat();
}

/** Patients with a session, and visitors without, at a pace of people. */
function visitors(random: () => number, length: number): Visit[] {
  const pages = ['/', '/appointments', '/records', '/messages', '/records/17', '/help', '/sign-in'];
  return Array.from({ length: 60 }, (_, i) => {
    const session = i % 2 === 0 ? ('valid' as const) : ('none' as const);
    const subject = session === 'valid' ? `patient ${i}` : undefined;
    return times(random, 4_000, length).map((time): Visit => {
      const path = pages[Math.floor(random() * pages.length)];
      const facts = requestOf({ at: START + time, client: addressOf(i), path, session, subject });
      return { source: `visitor ${i}`, facts, status: random() < 0.01 ? 404 : 200, signInFailed: false };
    });
  }).flat();
}

const MINUTE = 60_000;
const SIGN_IN = { method: 'POST', path: '/sign-in', headerOrder: 'host,accept,content-type,content-length' };
const BOOKING = { path: '/appointments/slots', headerOrder: 'accept,host,user-agent' };
const OF_PAGE = { ...BOOKING, referer: 'https://clinic.example/', headerOrder: 'accept,host,user-agent,referer' };

/** By name: the attack, and the visitors who come meanwhile. */
export const FLOODS: Readonly<Record<string, (seed: number) => Visit[]>> = {
  'one source, 10 requests a second': (seed) =>
    mixed(seed, { sources: 1, every: 100, length: 3 * MINUTE, request: BOOKING }),
  'one source, another question each time': (seed) =>
    mixed(seed, { sources: 1, every: 100, length: 3 * MINUTE, request: BOOKING, varied: 'query' }),
  'one source, another item each time': (seed) =>
    mixed(seed, { sources: 1, every: 100, length: 3 * MINUTE, request: BOOKING, varied: 'path' }),
  'one source, another question each time, 50 requests a second': (seed) =>
    mixed(seed, { sources: 1, every: 20, length: MINUTE, request: BOOKING, varied: 'query' }),
  'one source, another question each time, naming a page that it never loaded': (seed) =>
    mixed(seed, { sources: 1, every: 100, length: 3 * MINUTE, request: OF_PAGE, varied: 'query' }),
  'one source, another question each time, after one other request': (seed) =>
    mixed(seed, { sources: 1, every: 100, length: 3 * MINUTE, request: BOOKING, varied: 'query', after: '/' }),
  'one source, another question each time, after a page that it names': (seed) =>
    mixed(seed, { sources: 1, every: 100, length: 3 * MINUTE, request: OF_PAGE, varied: 'query', after: '/' }),
  'one source, User-Agent changed every 20 s': (seed) =>
    mixed(seed, { sources: 1, every: 150, length: 3 * MINUTE, request: BOOKING, rotate: 20_000 }),
  '60 sources, one pattern, 20 requests a minute each': (seed) =>
    mixed(seed, { sources: 60, every: 3_000, length: 3 * MINUTE, request: BOOKING }),
  '60 sources, User-Agents changed every 45 s': (seed) =>
    mixed(seed, { sources: 60, every: 3_000, length: 3 * MINUTE, request: BOOKING, rotate: 45_000 }),
  'stolen passwords tried by one source': (seed) =>
    mixed(seed, { sources: 1, every: 3_000, length: 3 * MINUTE, request: SIGN_IN, status: 401 }),
  'stolen passwords tried by 60 sources, 4 a minute each': (seed) =>
    mixed(seed, { sources: 60, every: 15_000, length: 3 * MINUTE, request: SIGN_IN, status: 401 }),
};

function mixed(seed: number, attack: Flood): Visit[] {
  const random = seeded(seed);
  const all = [...visitors(random, attack.length), ...flood(random, 'attacker', attack)];
  return all.sort((a, b) => a.facts.at - b.facts.at);
}
