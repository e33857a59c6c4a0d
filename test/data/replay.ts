// The labelled access logs as requests of a gateway, by time, and what a detector makes of them. Private sources are mapped
// one to one into the documentation ranges.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Network, parseAddress } from '../../gateway/address.ts';
import { Gateway } from '../../gateway/gateway.ts';
import { REPORT_FROM } from '../../gateway/judge/decision.ts';
import { MemoryLimiter } from '../../gateway/limits/memory-limiter.ts';
import { ANONYMOUS, RequestLimits, SIGNED_IN } from '../../gateway/limits/request-limits.ts';
import { RouteTable } from '../../gateway/limits/route-table.ts';
import { type NetworkKey, networkKey } from '../../gateway/network-key.ts';
import { SignatureMatcher } from '../../gateway/signatures/matcher.ts';
import type { Signature } from '../../gateway/signatures/signature.ts';
import { STARTER_SET } from '../../gateway/signatures/starter-set.ts';
import type { Visit } from '../gateway/floods.ts';
import { NOTHING, requestOf } from '../gateway/visits.ts';

interface Line {
  readonly ip: string;
  readonly ts: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly referer: string | null;
  readonly ua: string | null;
  readonly label: 'attack' | 'benign' | 'mixed';
  readonly src: string;
}

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';
const PRIVATE = /^(?:10|192\.168)\./;

/** All lines by time; the source names the address, and the scanner where it is one. */
export function labelledVisits(root: string): Visit[] {
  const text = gunzipSync(readFileSync(join(root, 'security', 'logs', 'all_labelled.jsonl.gz'))).toString();
  const mapped = new Map<string, Network>();
  const visits = text
    .trim()
    .split('\n')
    .map((row) => JSON.parse(row) as Line)
    .map((line) => {
      const [path, query = ''] = split(line.path);
      const facts = requestOf({
        at: timeOf(line.ts),
        client: PRIVATE.test(line.ip) ? documentation(line.ip, mapped) : parseAddress(line.ip),
        method: line.method,
        path,
        query,
        userAgent: line.ua === null || line.ua === '-' ? '' : line.ua,
        referer: line.referer === null || line.referer === '-' ? '' : line.referer,
        headerOrder: '',
      });
      const name = line.label === 'attack' ? line.src.split('/')[1] : `${line.label} ${line.ip}`;
      return { source: name, facts, status: line.status, signInFailed: false };
    });
  return visits.sort((a, b) => a.facts.at - b.facts.at);
}

/** What happened to one source. */
export interface Treatment {
  requests: number;
  admitted: number;
  challenged: number;
  limited: number;
  refused: number;
  /** Number of the first request that was refused, from 1; 0: none. */
  firstRefused: number;
  firstChallenged: number;
  /** That reached what is reported to others. */
  firstReported: number;
  /** Number of the first request that did not get through, from 1; 0: all did. */
  firstStopped: number;
  /** ms from the first request of the source to the first that did not get through; -1: all did. */
  stoppedAfter: number;
  readonly began: number;
  highest: number;
}

const newTreatment = (began: number): Treatment => ({
  began,
  stoppedAfter: -1,
  firstStopped: 0,
  requests: 0,
  admitted: 0,
  challenged: 0,
  limited: 0,
  refused: 0,
  firstRefused: 0,
  firstChallenged: 0,
  firstReported: 0,
  highest: 0,
});

/** The gateway as it is composed, with its limits and the starter set, over the visits in their order. */
export function replay(
  visits: readonly Visit[],
  signatures: readonly Signature[] = STARTER_SET,
): Map<string, Treatment> {
  let now = 0;
  const clock = { monotonic: () => now };
  const limits = new RequestLimits(
    { anonymous: ANONYMOUS, signedIn: SIGNED_IN },
    { limiter: new MemoryLimiter({}, { clock }), routes: new RouteTable([]) },
  );
  const matcher = new SignatureMatcher(signatures);
  let random = 1;
  const gateway = new Gateway(
    { mode: 'enforce' },
    {
      lookup: { verdictFor: () => NOTHING },
      signatures: () => matcher,
      captcha: { hasClearance: () => false, blockedUntil: () => 0 },
      neverBlock: { setOf: () => undefined },
      random: (length) => {
        random++;
        return new Uint8Array(length).fill(random);
      },
      onDecision: () => {},
      onReport: () => {},
    },
  );
  const treatments = new Map<string, Treatment>();
  for (const { source, facts, status, signInFailed } of visits) {
    now = facts.at;
    const counted = limits.take(facts);
    if (counted instanceof Promise) throw new Error('counters in memory answer at once');
    const decision = gateway.judge(facts, counted.result);
    const { action, score } = decision;
    if (action === 'allow') gateway.answered(decision, facts, { at: facts.at, status, signInFailed, signedIn: false });
    let treated = treatments.get(source);
    if (treated === undefined) {
      treated = newTreatment(facts.at);
      treatments.set(source, treated);
    }
    treated.requests++;
    treated.highest = Math.max(treated.highest, score);
    if (score >= REPORT_FROM) treated.firstReported ||= treated.requests;
    if (action !== 'allow' && treated.stoppedAfter === -1) {
      treated.stoppedAfter = facts.at - treated.began;
      treated.firstStopped = treated.requests;
    }
    if (action === 'allow') treated.admitted++;
    else if (action === 'limit') treated.limited++;
    else if (action === 'challenge') {
      treated.challenged++;
      treated.firstChallenged ||= treated.requests;
    } else {
      treated.refused++;
      treated.firstRefused ||= treated.requests;
    }
  }
  return treatments;
}

/** A plain limit of `most` requests in any minute, for comparison: refuses what is above. */
export function plainLimit(visits: readonly Visit[], most: number): Map<string, Treatment> {
  const times = new Map<NetworkKey, number[]>();
  const treatments = new Map<string, Treatment>();
  for (const { source, facts } of visits) {
    const key = networkKey(facts.client);
    const lately = (times.get(key) ?? []).filter((at) => at > facts.at - 60_000);
    const treated = treatments.get(source) ?? newTreatment(facts.at);
    treatments.set(source, treated);
    treated.requests++;
    if (lately.length >= most) {
      treated.refused++;
      treated.firstRefused ||= treated.requests;
    } else {
      treated.admitted++;
      lately.push(facts.at);
    }
    times.set(key, lately);
  }
  return treatments;
}

function split(target: string): [string, string?] {
  const at = target.indexOf('?');
  return at === -1 ? [target] : [target.slice(0, at), target.slice(at + 1)];
}

/** `22/Dec/2016:15:19:05 +0300`. */
function timeOf(text: string): number {
  const [, day, month, year, clock, zone] = /^(\d+)\/(\w+)\/(\d+):([\d:]+) ([+-]\d{4})$/.exec(text) ?? [];
  const number = String(MONTHS.indexOf(month) / 3 + 1).padStart(2, '0');
  return Date.parse(`${year}-${number}-${day}T${clock}${zone.slice(0, 3)}:${zone.slice(3)}`);
}

/** 198.51.100.0/24, then 203.0.113.0/24. */
function documentation(address: string, mapped: Map<string, Network>): Network {
  let network = mapped.get(address);
  if (network === undefined) {
    const number = mapped.size;
    network = parseAddress(number < 254 ? `198.51.100.${number + 1}` : `203.0.113.${number - 253}`);
    mapped.set(address, network);
  }
  return network;
}
