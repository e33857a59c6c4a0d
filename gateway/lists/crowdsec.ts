// The list as CrowdSec's bouncers read it (local API, /v1/decisions): whole, as what changed, and about one address. One
// decision a value, since bouncers delete by value; canonical values only, since one bad value loses the whole answer.
import { formatNetwork, type Network } from '../address.ts';
import type { LogEntry } from './change-log.ts';
import { addressesOf, isAddress, secondsLeft } from './values.ts';

export interface Decision {
  readonly id: number;
  readonly origin: 'wardmesh';
  readonly type: 'ban';
  readonly scope: 'Ip' | 'Range';
  readonly value: string;
  /** As Go writes durations, in whole seconds: other consumers read no fractions. */
  readonly duration: string;
  readonly scenario: string;
}

/** `ranges`: as they are. `addresses`: for bouncers that cut a range to its first address; every value is one IPv4 address. */
export type Profile = 'ranges' | 'addresses';

/** The feed, as far as it is asked here. */
export interface Listed {
  readonly sequence: number;
  listed(): readonly LogEntry[];
  since(sequence: number): readonly LogEntry[];
  covering(network: Network): readonly LogEntry[];
}

export interface Delta {
  readonly deleted: readonly Decision[];
  readonly new: readonly Decision[];
}

/** Addresses that ranges are spelled out into in one answer; further ranges are left out. */
export const MAX_SPELLED_OUT = 65_536;
/** Deletions are said again for so long, µs, as CrowdSec does: an answer may have been lost on its way. */
const AGAIN = 2_000_000;

/** All that is blocked. */
export function allDecisions(feed: Listed, profile: Profile, now: number): Decision[] {
  const blocked = feed.listed().filter(blocks);
  if (profile === 'ranges') return blocked.map((entry) => decision(entry, entry.listed.network, now));
  const longest = new Map<string, readonly [Network, LogEntry]>();
  for (const [network, entry] of spelledOut(blocked)) {
    const text = isAddress(entry.listed.network) ? entry.text : formatNetwork(network);
    const known = longest.get(text);
    if (known === undefined || known[1].listed.until < entry.listed.until) longest.set(text, [network, entry]);
  }
  return Array.from(longest.values(), ([network, entry]) => decision(entry, network, now));
}

/** What changed for somebody who has everything up to `sequence`. A ban with another end is in both: bouncers skip what they have. */
export function changedDecisions(feed: Listed, sequence: number, profile: Profile, now: number): Delta {
  const deleted: Decision[] = [];
  const added: Decision[] = [];
  const recent = feed.since(Math.min(sequence, now * 1000 - AGAIN));
  for (const [network, entry, known] of touched(recent, sequence, profile)) {
    const best = profile === 'ranges' ? (blocks(entry) ? entry : undefined) : longest(feed, network);
    // What was said before the last answer is said again only when it is a deletion.
    if (best !== undefined && entry.sequence <= sequence) continue;
    const had = known || (best !== undefined && best.first <= sequence);
    if (had) deleted.push({ ...decision(best ?? entry, network, now), duration: '-1s' });
    if (best !== undefined) added.push(decision(best, network, now));
  }
  return { deleted, new: added };
}

/** What blocks an address, or the whole of a network. */
export function decisionsOn(feed: Listed, network: Network, now: number): Decision[] {
  return feed
    .covering(network)
    .filter(blocks)
    .map((entry) => decision(entry, entry.listed.network, now));
}

export function blocks({ state, listed }: LogEntry): boolean {
  return state === 'listed' && listed.effect === 'block';
}

/** Networks that are named to the consumer, the change that did it last, and whether the consumer may know them. */
function* touched(
  entries: readonly LogEntry[],
  sequence: number,
  profile: Profile,
): Generator<readonly [Network, LogEntry, boolean]> {
  if (profile === 'ranges') {
    for (const entry of entries) yield [entry.listed.network, entry, entry.first <= sequence];
    return;
  }
  const values = new Map<string, [Network, LogEntry, boolean]>();
  for (const entry of entries) {
    for (const [network] of spelledOut([entry])) {
      const text = formatNetwork(network);
      const known = entry.first <= sequence || values.get(text)?.[2] === true;
      values.set(text, [network, entry, known]);
    }
    if (values.size > MAX_SPELLED_OUT + entries.length) break;
  }
  yield* values.values();
}

function* spelledOut(entries: readonly LogEntry[]): Generator<readonly [Network, LogEntry]> {
  let room = MAX_SPELLED_OUT;
  for (const entry of entries) {
    const { network } = entry.listed;
    const addresses = isAddress(network) ? [] : addressesOf(network);
    if (isAddress(network)) yield [network, entry];
    if (addresses.length > room) continue;
    room -= addresses.length;
    for (const address of addresses) yield [address, entry];
  }
}

function longest(feed: Listed, network: Network): LogEntry | undefined {
  return feed
    .covering(network)
    .filter(blocks)
    .reduce<LogEntry | undefined>(
      (best, entry) => (best === undefined || entry.listed.until > best.listed.until ? entry : best),
      undefined,
    );
}

function decision({ sequence, listed }: LogEntry, network: Network, now: number): Decision {
  return {
    id: sequence,
    origin: 'wardmesh',
    type: 'ban',
    scope: isAddress(network) ? 'Ip' : 'Range',
    value: formatNetwork(network),
    duration: goDuration(secondsLeft(listed, now)),
    scenario: `wardmesh/${listed.category}`,
  };
}

/** `23h59m59s`, `1m0s`, `5s`. */
export function goDuration(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = `${seconds % 60}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}
