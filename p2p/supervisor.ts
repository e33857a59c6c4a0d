// Keeps the members that the topology names connected and their gossip streams alive, which libp2p does not (P 1.4, 1.5): redials with backoff for
// ever, recycles connections whose gossip is dead. Owns no socket: it works through SupervisedHost.
import type { Clock, TimerHandle } from '../common/clock.ts';
import type { Logger } from '../common/logger.ts';
import {
  DEAD_GOSSIP_MS,
  MAX_DIALS,
  REDIAL_BASE_MS,
  REDIAL_MAX_MS,
  SUPERVISOR_TICK_MS,
  UNREACHED_AFTER,
} from './limits.ts';
import type { P2pMetrics } from './metrics.ts';
import type { PeerAddress } from './ports.ts';
import { dialOrder, type Topology, wantedOf } from './topology.ts';

export interface SupervisedHost {
  isConnected(peerId: string): boolean;
  isGossiping(peerId: string): boolean;
  /** False while the peer is kept away, and while there is no way to it. */
  mayDial(peerId: string): boolean;
  dial(member: PeerAddress): Promise<void>;
  closeConnections(peerId: string): Promise<void>;
}

export interface SupervisorOptions {
  readonly self: string;
  readonly topology: Topology;
}

export interface SupervisorModules {
  readonly host: SupervisedHost;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: P2pMetrics;
  /** In [0, 1). */
  readonly random: () => number;
}

interface Watched {
  member: PeerAddress;
  /** Dials and recyclings since gossip was last seen alive. */
  failures: number;
  /** Monotonic ms before which we do not dial. */
  nextDial: number;
  dialling: boolean;
  /** Monotonic ms since when the connection lacks a gossip stream. */
  deadSince: number | undefined;
}

/** ms to wait after `failures` tries: doubling from the base up to a minute, spread by half to one and a half. */
export function redialDelay(failures: number, random: number): number {
  return Math.min(REDIAL_MAX_MS, REDIAL_BASE_MS * 2 ** Math.min(failures, 16)) * (0.5 + random);
}

export class Supervisor {
  private readonly options: SupervisorOptions;
  private readonly modules: SupervisorModules;
  private readonly watched = new Map<string, Watched>();
  private timer: TimerHandle | undefined;
  private running = false;
  private dials = 0;
  /** All members, those first that are dialled first. */
  private order: readonly string[] = [];

  constructor(options: SupervisorOptions, modules: SupervisorModules) {
    this.options = options;
    this.modules = modules;
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    this.tick();
  }

  stop(): void {
    this.running = false;
    if (this.timer !== undefined) this.modules.clock.clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** New addresses are tried at once; what is unchanged keeps its backoff. */
  setMembers(members: readonly PeerAddress[]): void {
    const named = new Set(members.map((member) => member.peerId));
    for (const peerId of this.watched.keys()) if (!named.has(peerId)) this.watched.delete(peerId);
    for (const member of members) {
      const known = this.watched.get(member.peerId);
      if (known !== undefined && known.member.addresses.join() === member.addresses.join()) continue;
      this.watched.set(member.peerId, { member, failures: 0, nextDial: 0, dialling: false, deadSince: undefined });
    }
    this.order = dialOrder(this.options.self, named);
    if (this.running) this.dialDue();
  }

  /** Leaves a peer alone for a while that asked for it. */
  pause(peerId: string, ms: number): void {
    const peer = this.watched.get(peerId);
    if (peer !== undefined) peer.nextDial = Math.max(peer.nextDial, this.modules.clock.monotonic() + ms);
  }

  private readonly tick = (): void => {
    if (!this.running) return;
    for (const [peerId, peer] of this.watched)
      if (this.modules.host.isConnected(peerId)) this.watchGossip(peerId, peer);
    this.dialDue();
    this.timer = this.modules.clock.setTimeout(this.tick, SUPERVISOR_TICK_MS);
  };

  private watchGossip(peerId: string, peer: Watched): void {
    const { clock, host, logger, metrics } = this.modules;
    if (host.isGossiping(peerId)) {
      peer.deadSince = undefined;
      peer.failures = 0;
      peer.nextDial = 0;
      return;
    }
    const now = clock.monotonic();
    peer.deadSince ??= now;
    if (now - peer.deadSince < DEAD_GOSSIP_MS) return;
    this.postpone(peer);
    metrics.recycled.inc();
    logger.warn({ peerId }, 'gossip stream is dead, recycling the connection');
    void host.closeConnections(peerId);
  }

  private dialDue(): void {
    const now = this.modules.clock.monotonic();
    for (const peerId of wantedOf(this.options.topology, this.order, (id) => this.isReached(id))) {
      const peer = this.watched.get(peerId);
      if (peer === undefined) continue;
      if (this.dials >= MAX_DIALS) return;
      if (peer.dialling || now < peer.nextDial) continue;
      if (this.modules.host.isConnected(peerId) || !this.modules.host.mayDial(peerId)) continue;
      void this.dial(peer);
    }
  }

  /** Connected, or not yet given up: others are dialled beside those that cannot be reached. */
  private isReached(peerId: string): boolean {
    const peer = this.watched.get(peerId);
    if (peer === undefined) return false;
    if (this.modules.host.isConnected(peerId)) return true;
    return peer.failures < UNREACHED_AFTER && this.modules.host.mayDial(peerId);
  }

  private async dial(peer: Watched): Promise<void> {
    const { host, logger, metrics } = this.modules;
    peer.dialling = true;
    this.dials++;
    try {
      await host.dial(peer.member);
      peer.deadSince = undefined;
      metrics.dials.inc({ outcome: 'ok' });
    } catch (error) {
      metrics.dials.inc({ outcome: 'failed' });
      logger.debug({ err: error, peerId: peer.member.peerId, failures: peer.failures }, 'dial failed');
    } finally {
      // Also after success: only living gossip resets the count, so a peer that hangs up at once is not dialled in a loop.
      this.postpone(peer);
      peer.dialling = false;
      this.dials--;
    }
  }

  private postpone(peer: Watched): void {
    peer.deadSince = undefined;
    peer.nextDial = this.modules.clock.monotonic() + redialDelay(peer.failures++, this.modules.random());
  }
}
