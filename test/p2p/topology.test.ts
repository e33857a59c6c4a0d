import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dialOrder, STANDARD_TOPOLOGY, wantedOf } from '../../p2p/topology.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { addressOf, gossips, startNode, TX, text } from './nodes.ts';

type Graph = ReadonlyMap<string, ReadonlySet<string>>;

const members = (count: number): string[] => Array.from({ length: count }, (_, number) => `12D3KooW${number}`);

const everybody = (): boolean => true;

/** Who is connected to whom when each dials its choice. */
function graphOf(ids: readonly string[], up: (id: string) => boolean = everybody): Graph {
  const graph = new Map(ids.filter(up).map((id) => [id, new Set<string>()]));
  for (const [id, links] of graph) {
    for (const other of wantedOf(STANDARD_TOPOLOGY, dialOrder(id, ids), up)) {
      const back = graph.get(other);
      if (back === undefined) continue;
      links.add(other);
      back.add(id);
    }
  }
  return graph;
}

/** How many links a message needs to reach the last member; Infinity when it does not reach all. */
function diameter(graph: Graph): number {
  let most = 0;
  for (const start of graph.keys()) {
    const seen = new Set([start]);
    let edge = [start];
    let hops = 0;
    while (seen.size < graph.size) {
      edge = edge.flatMap((id) => [...(graph.get(id) ?? [])].filter((other) => !seen.has(other) && seen.add(other)));
      if (edge.length === 0) return Number.POSITIVE_INFINITY;
      hops++;
    }
    most = Math.max(most, hops);
  }
  return most;
}

const degrees = (graph: Graph): number[] => [...graph.values()].map((links) => links.size);

describe('the choice of whom to dial', () => {
  it('is everybody up to 30 members', () => {
    for (const count of [1, 2, 5, 30]) {
      const ids = members(count);
      for (const degree of degrees(graphOf(ids))) expect(degree).toBe(count - 1);
    }
  });

  it.each([31, 60, 100, 200])('connects %d members by few links, each within four hops of every other', (count) => {
    const graph = graphOf(members(count));
    expect(Math.max(...degrees(graph))).toBeLessThanOrEqual(30);
    expect(Math.min(...degrees(graph))).toBeGreaterThanOrEqual(STANDARD_TOPOLOGY.degree);
    expect(diameter(graph)).toBeLessThanOrEqual(4);
  });

  it('connects who is left of 200 members, whoever and however many are gone', () => {
    const ids = members(200);
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(199), { minLength: 1, maxLength: 190 }), (numbers) => {
        const gone = new Set(numbers.map((number) => ids[number]));
        expect(diameter(graphOf(ids, (id) => !gone.has(id)))).toBeLessThan(Number.POSITIVE_INFINITY);
      }),
      { numRuns: 4 },
    );
  });

  it('stays one network while nobody has noticed yet that a third is gone', () => {
    const ids = members(200);
    const whole = graphOf(ids);
    for (let shift = 0; shift < 3; shift++) {
      const up = ids.filter((_, number) => number % 3 !== shift);
      const left = new Map(
        up.map((id) => [id, new Set([...(whole.get(id) ?? [])].filter((other) => up.includes(other)))]),
      );
      expect(diameter(left)).toBeLessThanOrEqual(5);
    }
  });

  it('follows from the members alone, in whatever order they come, and moves little when one joins', () => {
    const ids = members(100);
    const before = dialOrder(ids[0], ids).slice(0, 12);
    expect(dialOrder(ids[0], ids.toReversed()).slice(0, 12)).toEqual(before);
    let kept = 0;
    for (const id of ids) {
      const old = new Set(dialOrder(id, ids).slice(0, 12));
      kept += dialOrder(id, [...ids, 'newcomer'])
        .slice(0, 12)
        .filter((other) => old.has(other)).length;
    }
    expect(kept / ids.length).toBeGreaterThan(6);
  });
});

describe('a network above the full mesh', () => {
  it('reaches all of 24 hosts with a message of any one, over few connections each', async () => {
    const numbers = Array.from({ length: 24 }, (_, index) => index + 1);
    const topology = { fullMesh: 8, degree: 4 };
    const nodes = await Promise.all(numbers.map((number) => startNode({ number, topology })));
    const addresses = nodes.map(({ network }) => addressOf(network));
    for (const { network } of nodes) network.setMembers(addresses);
    const up = ({ network }: (typeof nodes)[number]): boolean =>
      network.peers().filter(({ peerId }) => gossips(network, peerId)).length >= topology.degree;
    await waitFor(() => nodes.every(up), { timeoutMs: 150_000, what: 'connections' });
    const connections = nodes.map(({ network }) => network.peers().length);
    expect(Math.max(...connections)).toBeLessThan(16);
    for (const from of [0, 11, 23]) await nodes[from].network.publish(TX.topic, text(`from ${from}`));
    const heard = (index: number): number => new Set(nodes[index].received.map((message) => message.text)).size;
    const own = (index: number): number => ([0, 11, 23].includes(index) ? 1 : 0);
    await waitFor(() => nodes.every((_, index) => heard(index) + own(index) === 3), { what: 'all heard all' });
  }, 240_000);
});
