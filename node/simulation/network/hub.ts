// What lies between simulated clinics: who can reach whom, how long a message takes, what is lost or comes twice. Owns the
// links; what travels on them is memory-network.ts.
import { dialOrder, STANDARD_TOPOLOGY, wantedOf } from '../../../p2p/topology.ts';
import type { Random } from '../random.ts';
import type { EventResult, World } from '../world.ts';

/** One publication; every copy of it is the same object, so that each clinic handles it once. */
export interface Message {
  readonly topic: string;
  readonly data: Uint8Array;
  readonly seenBy: Set<string>;
}

/** One end of the links. */
export interface Station {
  readonly peerId: string;
  isConnected(peerId: string): boolean;
  allows(peerId: string): boolean;
  /** Whom it prefers to dial. */
  dialOrder(compute: (self: string, members: Iterable<string>) => string[]): readonly string[];
  connected(peerId: string): void;
  disconnected(peerId: string): void;
  receive(from: string, message: Message): EventResult;
  answer(from: string, protocol: string, request: Uint8Array): Promise<Uint8Array[] | Error>;
}

export interface Weather {
  /** Mean one-way delay over all links, ms. */
  meanDelay: number;
  /** Part of the gossip messages, and of the requests, that never arrive. */
  loss: number;
  /** Part of the gossip messages that arrive twice. */
  duplicates: number;
}

/** Until a dial succeeds, in one-way delays. */
const DIAL_DELAYS = 6;
const LINK_SPREAD = 0.5;

export class Hub {
  readonly weather: Weather;
  readonly world: World;
  readonly random: Random;
  private readonly networks = new Map<string, Station>();
  /** Mean delays, by sender and receiver. */
  private readonly links = new Map<string, Map<string, number>>();
  private readonly dialling = new Set<string>();
  private groups: readonly ReadonlySet<string>[] = [];

  constructor(weather: Weather, modules: { world: World; random: Random }) {
    this.weather = weather;
    this.world = modules.world;
    this.random = modules.random;
  }

  attach(network: Station): void {
    this.networks.set(network.peerId, network);
    for (const other of this.networks.values()) if (other !== network) this.reviewPair(network, other);
  }

  /** Its peers see it go at once. */
  detach(network: Station): void {
    if (this.networks.get(network.peerId) !== network) return;
    this.networks.delete(network.peerId);
    this.review();
  }

  /** Only within a group does anybody reach anybody; no groups: everywhere. */
  partition(groups: readonly (readonly string[])[]): void {
    this.groups = groups.map((group) => new Set(group));
    this.review();
  }

  network(peerId: string): Station | undefined {
    return this.networks.get(peerId);
  }

  delay(from: string, to: string): number {
    let links = this.links.get(from);
    if (links === undefined) {
      links = new Map();
      this.links.set(from, links);
    }
    let mean = links.get(to);
    if (mean === undefined) {
      mean = LINK_SPREAD + 2 * (1 - LINK_SPREAD) * this.random.uniform();
      links.set(to, mean);
    }
    return this.random.exponential(mean * this.weather.meanDelay);
  }

  lost(): boolean {
    return this.weather.loss > 0 && this.random.uniform() < this.weather.loss;
  }

  /** Runs `event` at `to` after the link's delay, unless that clinic has gone or been cut off meanwhile. */
  carry(from: string, to: string, event: (receiver: Station) => EventResult): void {
    const sender = this.networks.get(from);
    this.world.after(this.delay(from, to), () => {
      const receiver = this.networks.get(to);
      if (receiver === undefined || sender === undefined || !receiver.isConnected(from)) return 'quiet';
      return event(receiver);
    });
  }

  /** Connects who should be connected, and ends the connections that should not be. */
  review(): void {
    const all = [...this.networks.values()];
    for (let i = 0; i < all.length; i++) {
      for (let j = i + 1; j < all.length; j++) this.reviewPair(all[i], all[j]);
    }
  }

  private reviewPair(a: Station, b: Station): void {
    const linked = a.isConnected(b.peerId);
    if (!this.mayReach(a, b)) {
      if (linked) this.hangUp(a, b);
      return;
    }
    if (linked || !(this.wants(a, b) || this.wants(b, a))) return;
    const key = `${a.peerId} ${b.peerId}`;
    if (this.dialling.has(key)) return;
    this.dialling.add(key);
    this.world.after(DIAL_DELAYS * this.delay(a.peerId, b.peerId), () => {
      this.dialling.delete(key);
      const there = this.networks.get(a.peerId) === a && this.networks.get(b.peerId) === b;
      if (!there || a.isConnected(b.peerId) || !this.mayReach(a, b)) return;
      a.connected(b.peerId);
      b.connected(a.peerId);
    });
  }

  private hangUp(a: Station, b: Station): void {
    a.disconnected(b.peerId);
    b.disconnected(a.peerId);
  }

  private mayReach(a: Station, b: Station): boolean {
    return a.allows(b.peerId) && b.allows(a.peerId) && this.sameGroup(a.peerId, b.peerId);
  }

  private wants(a: Station, b: Station): boolean {
    const order = a.dialOrder(dialOrder);
    const reachable = (peerId: string): boolean => {
      const other = this.networks.get(peerId);
      return other !== undefined && this.mayReach(a, other);
    };
    return wantedOf(STANDARD_TOPOLOGY, order, reachable).has(b.peerId);
  }

  private sameGroup(a: string, b: string): boolean {
    return this.groups.length === 0 || this.groups.some((group) => group.has(a) && group.has(b));
  }
}
