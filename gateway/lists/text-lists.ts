// The list as files that firewalls and proxies load as a whole: lines of text, made one after another. Pure.
import { contains, type Family, formatNetwork, type Network } from '../address.ts';
import type { ListedNetwork } from './listed.ts';
import { cidrOf, isAddress, secondsLeft } from './values.ts';

export type TextList = 'plain' | 'nft' | 'ipset' | 'nginx';

type Lines = Generator<string, void, undefined>;
type Entry = Pick<ListedNetwork, 'network' | 'until'>;

/** Longest timeout that ipset takes, seconds. */
const IPSET_LONGEST = 2_147_483;
const IPSET_MAX = 1_048_576;

/** Lines with their ends. `entries` block, in any order, each network once. */
export function textList(format: TextList, entries: readonly Entry[], now: number): Lines {
  switch (format) {
    case 'plain':
      return plainList(entries);
    case 'nft':
      return nftList(entries, now);
    case 'ipset':
      return ipsetList(entries, now);
    case 'nginx':
      return nginxList(entries);
  }
}

/** One address or network a line. */
function* plainList(entries: readonly Entry[]): Lines {
  yield '# Wardmesh: blocked addresses and networks, one a line\n';
  for (const { network } of entries) yield `${formatNetwork(network)}\n`;
}

/**
 * For `nft -f`: a table of its own, replaced as a whole in one transaction. Adding one element to a large set of intervals is
 * slow, so that single addresses have sets of their own.
 */
function* nftList(entries: readonly Entry[], now: number): Lines {
  yield 'table inet wardmesh\ndelete table inet wardmesh\ntable inet wardmesh {\n';
  const sets = [
    { name: 'addresses4', type: 'ipv4_addr', flags: 'timeout', has: isAddress },
    {
      name: 'ranges4',
      type: 'ipv4_addr',
      flags: 'interval, timeout',
      has: (of: Network) => of.family === 4 && !isAddress(of),
    },
    { name: 'ranges6', type: 'ipv6_addr', flags: 'interval, timeout', has: (of: Network) => of.family === 6 },
  ];
  for (const { name, type, flags, has } of sets) {
    yield `  set ${name} {\n    type ${type}\n    flags ${flags}\n`;
    const members = entries.filter(({ network }) => has(network));
    const disjoint = flags === 'timeout' ? members : outermost(members);
    if (disjoint.length > 0) yield '    elements = {\n';
    for (const entry of disjoint) yield `      ${formatNetwork(entry.network)} timeout ${secondsLeft(entry, now)}s,\n`;
    yield disjoint.length > 0 ? '    }\n  }\n' : '  }\n';
  }
  yield '  chain blocked {\n    type filter hook prerouting priority raw; policy accept;\n';
  yield '    ip saddr @addresses4 drop\n    ip saddr @ranges4 drop\n    ip6 saddr @ranges6 drop\n  }\n}\n';
}

/** For `ipset -exist restore`: filled beside and swapped, so that no moment is without a list. */
function* ipsetList(entries: readonly Entry[], now: number): Lines {
  for (const [family, name, inet] of [
    [4, 'wardmesh4', 'inet'],
    [6, 'wardmesh6', 'inet6'],
  ] as const) {
    const shape = `hash:net family ${inet} maxelem ${IPSET_MAX} timeout 0`;
    yield `create ${name} ${shape}\ncreate ${name}-next ${shape}\nflush ${name}-next\n`;
    for (const entry of ofFamily(entries, family)) {
      const seconds = Math.min(IPSET_LONGEST, secondsLeft(entry, now));
      yield `add ${name}-next ${formatNetwork(entry.network)} timeout ${seconds}\n`;
    }
    yield `swap ${name} ${name}-next\ndestroy ${name}-next\n`;
  }
}

/** A `geo` block to include: a list of `deny` is gone through one by one for each request. */
function* nginxList(entries: readonly Entry[]): Lines {
  yield 'geo $wardmesh_blocked {\n  default 0;\n';
  for (const { network } of entries) yield `  ${cidrOf(network)} 1;\n`;
  yield '}\n';
}

function ofFamily(entries: readonly Entry[], family: Family): Entry[] {
  return entries.filter(({ network }) => network.family === family);
}

/** Without networks inside others: a set of intervals refuses what overlaps. The outer one is kept, and its end. */
function outermost(entries: readonly Entry[]): Entry[] {
  const sorted = [...entries].sort(
    ({ network: a }, { network: b }) => a.high - b.high || a.low - b.low || a.prefix - b.prefix,
  );
  const kept: Entry[] = [];
  for (const entry of sorted) {
    const last = kept.at(-1);
    if (last === undefined || !contains(last.network, entry.network)) kept.push(entry);
  }
  return kept;
}
