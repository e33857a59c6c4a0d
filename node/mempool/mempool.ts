// Verified transactions that wait for a block: per sending key in consecutive sequence, with a guaranteed share per
// clinic. Owns policy only; signatures are checked before, validity at the tip is consensus/.
import { compareBytes, toHex } from '../../common/bytes.ts';
import { type Gauge, gauge, type Registry } from '../../common/metrics.ts';
import { checkAuthors } from '../../consensus/ledger/check-transactions.ts';
import type { Attachment, ClinicNumber, SealedTransaction } from '../../consensus/ledger/types.ts';
import { unitsOf } from '../../consensus/ledger/units.ts';
import { MAX_VALID_BLOCKS } from '../../consensus/limits.ts';
import type { MemberSet, Sender, SenderRole } from '../../consensus/member-set.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { TransactionResult } from '../store/ports.ts';
import { MempoolError } from './errors.ts';

export const MEMPOOL_BYTES = 32 * 1024 * 1024;
/** Threat reports have a budget of their own, so that no flood of other transactions delays them. */
export const THREAT_BYTES = 4 * 1024 * 1024;
/** Of either budget each clinic is sure of this part; the rest goes to whoever needs it. */
export const CLINIC_SHARE = 1 / 10;
/** Sequences that one sender may be ahead of the chain. */
export const MAX_AHEAD = 16_384;

export interface PoolEntry {
  readonly sealed: SealedTransaction;
  readonly attachments: readonly Attachment[];
  readonly sender: Sender;
  readonly units: number;
  readonly bytes: number;
}

interface Lane {
  readonly key: Uint8Array;
  readonly sender: Sender;
  next: number;
  readonly entries: Map<number, PoolEntry>;
}

/** A budget of bytes and who uses it. */
interface Room {
  readonly limit: number;
  used: number;
  readonly byClinic: Map<ClinicNumber, number>;
}

export interface MempoolModules {
  readonly members: MemberSets;
  /** The sender's next sequence at the tip. */
  nextSequence(sender: Uint8Array): Promise<number>;
  readonly registry?: Registry;
}

export type RemovalReason = 'included' | 'expired' | 'evicted' | 'stale';

export class Mempool {
  private readonly modules: MempoolModules;
  private readonly rooms: Readonly<Record<SenderRole, Room>>;
  private readonly lanes = new Map<string, Lane>();
  private readonly byId = new Map<string, PoolEntry>();
  private readonly listeners = new Set<(entry: PoolEntry, reason: RemovalReason) => void>();
  private readonly gauges: { transactions?: Gauge; bytes?: Gauge };
  private height = 0;
  private set: MemberSet | undefined;
  private revision = 0;
  /** Grows with every move of the chain: what was read of the store across one may be older than the move. */
  private moves = 0;

  constructor(options: { bytes?: number; threatBytes?: number }, modules: MempoolModules) {
    this.modules = modules;
    const { bytes = MEMPOOL_BYTES, threatBytes = THREAT_BYTES } = options;
    this.rooms = {
      node: { limit: bytes, used: 0, byClinic: new Map() },
      gateway: { limit: threatBytes, used: 0, byClinic: new Map() },
    };
    this.gauges = {
      transactions: gauge(modules.registry, { name: 'wardmesh_mempool_transactions', help: 'Transactions waiting' }),
      bytes: gauge(modules.registry, { name: 'wardmesh_mempool_bytes', help: 'Bytes of transactions waiting' }),
    };
  }

  get size(): number {
    return this.byId.size;
  }

  get bytes(): number {
    return this.rooms.node.used + this.rooms.gateway.used;
  }

  /** Grows with every change, so that a block template knows whether it is stale. */
  get version(): number {
    return this.revision;
  }

  has(id: Uint8Array): boolean {
    return this.byId.has(toHex(id));
  }

  get(id: Uint8Array): PoolEntry | undefined {
    return this.byId.get(toHex(id));
  }

  entries(): IterableIterator<PoolEntry> {
    return this.byId.values();
  }

  onRemoved(listener: (entry: PoolEntry, reason: RemovalReason) => void): void {
    this.listeners.add(listener);
  }

  /** Call with the height of the tip before anything is added. */
  start(height: number): void {
    this.height = height;
  }

  /** What can be said before signatures are paid for. Throws MempoolError, or BlockError when no block may hold it. */
  async precheck(sealed: SealedTransaction): Promise<void> {
    this.place(sealed, await this.lane(sealed));
  }

  /** Adds a verified transaction; false when it is here already. Throws as `precheck` does. */
  async add(sealed: SealedTransaction, attachments: readonly Attachment[]): Promise<boolean> {
    if (this.has(sealed.id)) return false;
    const lane = await this.lane(sealed);
    // It may have come from elsewhere while the sender's sequence was read.
    if (this.has(sealed.id)) return false;
    this.place(sealed, lane);
    const attached = attachments.reduce((sum, attachment) => sum + attachment.bytes.length + 32, 0);
    const entry: PoolEntry = {
      sealed,
      attachments,
      sender: lane.sender,
      units: unitsOf(sealed),
      bytes: sealed.bytes.length + attached,
    };
    this.makeRoom(entry);
    lane.entries.set(sealed.transaction.sequence, entry);
    this.byId.set(toHex(sealed.id), entry);
    this.account(entry, 1);
    return true;
  }

  /** How far each sender's transactions are here without a gap. */
  async known(): Promise<{ sender: Uint8Array; next: number }[]> {
    const senders = [...this.lanes.values()].map(({ key }) => key);
    return Promise.all(senders.map(async (sender) => ({ sender, next: await this.nextFree(sender) })));
  }

  /** The next sequence that this sender can use: above the chain's and above what waits here without a gap. */
  async nextFree(sender: Uint8Array): Promise<number> {
    const id = toHex(sender);
    const [atTip] = this.lanes.has(id) ? [0] : await this.nextsAtTip(() => [sender]);
    // Read after the wait: a transaction that came meanwhile made the lane.
    const lane = this.lanes.get(id);
    let next = lane?.next ?? atTip;
    while (lane?.entries.has(next)) next++;
    return next;
  }

  /** Forgets what a block took and what it made stale or expired. */
  connected(results: readonly TransactionResult[], height: number): void {
    this.height = height;
    this.moves++;
    for (const result of results) {
      const entry = this.byId.get(toHex(result.id));
      if (entry !== undefined) this.remove(entry, 'included');
    }
    for (const { sender, sequence } of results) {
      const lane = this.lanes.get(toHex(sender));
      if (lane !== undefined) this.advance(lane, sequence + 1);
    }
    for (const entry of this.byId.values()) {
      if (entry.sealed.transaction.validUntil <= height) this.remove(entry, 'expired');
    }
    this.dropStrangers();
    this.revision++;
  }

  /** After blocks were undone: sequences are read from the chain again; the caller adds the undone transactions. */
  async rewound(height: number): Promise<void> {
    const move = ++this.moves;
    let lanes: Lane[] = [];
    const nexts = await this.nextsAtTip(() => {
      lanes = [...this.lanes.values()];
      return lanes.map(({ key }) => key);
    });
    // In one turn: whoever adds or signs meanwhile must not meet a sequence that is neither the old nor the new one.
    if (move === this.moves) this.height = height;
    for (const [index, lane] of lanes.entries()) {
      lane.next = 0;
      this.advance(lane, nexts[index]);
    }
    this.dropStrangers();
    this.revision++;
  }

  /**
   * Transactions that can stand in the next block, threat reports first, then one per clinic in turn, each sender in
   * sequence, within the given limits.
   */
  select(limits: { bytes: number; units: number; count: number; clinicBytes: number }): SealedTransaction[] {
    const chosen: SealedTransaction[] = [];
    const perClinic = new Map<ClinicNumber, number>();
    let bytes = 0;
    let units = 0;
    const queues = [...this.lanes.values()]
      .sort((a, b) => roleOrder(a.sender) - roleOrder(b.sender) || compareBytes(a.key, b.key))
      .map((lane) => ({ lane, next: lane.next }));
    for (const role of ['gateway', 'node'] as const) {
      let turn = queues.filter(({ lane }) => lane.sender.role === role);
      while (turn.length > 0) {
        const again: typeof turn = [];
        for (const queue of turn) {
          const entry = queue.lane.entries.get(queue.next);
          if (entry === undefined || !this.mayStand(entry)) continue;
          const size = entry.sealed.bytes.length + 2;
          const share = (perClinic.get(entry.sender.clinic) ?? 0) + size;
          if (bytes + size > limits.bytes || units + entry.units > limits.units || share > limits.clinicBytes) continue;
          if (chosen.length >= limits.count) return chosen;
          chosen.push(entry.sealed);
          perClinic.set(entry.sender.clinic, share);
          bytes += size;
          units += entry.units;
          queue.next++;
          again.push(queue);
        }
        turn = again;
      }
    }
    return chosen;
  }

  /** In the next block. A chain that became shorter, though heavier, may be too low for what was taken in above it. */
  private mayStand({ sealed: { transaction } }: PoolEntry): boolean {
    return transaction.validUntil > this.height && transaction.validUntil <= this.height + 1 + MAX_VALID_BLOCKS;
  }

  private async lane(sealed: SealedTransaction): Promise<Lane> {
    const { sender: key } = sealed.transaction;
    const name = toHex(key);
    const known = this.lanes.get(name);
    if (known !== undefined) return known;
    const sender = this.modules.members.current.sender(key);
    if (sender === undefined) throw new MempoolError({ code: 'mempool.sender' });
    const [next] = await this.nextsAtTip(() => [key]);
    const raced = this.lanes.get(name);
    if (raced !== undefined) return raced;
    const lane: Lane = { key, sender, next, entries: new Map() };
    this.lanes.set(name, lane);
    return lane;
  }

  /** As the store has them once no move of the chain is told of while they are read. */
  private async nextsAtTip(senders: () => readonly Uint8Array[]): Promise<number[]> {
    for (;;) {
      const { moves } = this;
      const nexts = await Promise.all(senders().map((sender) => this.modules.nextSequence(sender)));
      if (moves === this.moves) return nexts;
    }
  }

  /** A key that is no active key of the set in force would make every block that holds it invalid. */
  private dropStrangers(): void {
    const { current } = this.modules.members;
    if (this.set === current) return;
    this.set = current;
    for (const [name, lane] of this.lanes) {
      const sender = current.sender(lane.key);
      if (sender?.clinic === lane.sender.clinic && sender.role === lane.sender.role) continue;
      for (const entry of lane.entries.values()) this.remove(entry, 'stale');
      this.lanes.delete(name);
    }
  }

  private advance(lane: Lane, next: number): void {
    lane.next = Math.max(lane.next, next);
    for (const [sequence, entry] of lane.entries) if (sequence < lane.next) this.remove(entry, 'stale');
  }

  private place(sealed: SealedTransaction, lane: Lane): void {
    const { sequence, validUntil } = sealed.transaction;
    const { next } = lane;
    // One such transaction in a template would make every block of this clinic invalid.
    checkAuthors(lane.sender, sealed.transaction, 0);
    if (sequence < next) throw new MempoolError({ code: 'mempool.stale', sequence, next });
    if (sequence >= next + MAX_AHEAD) throw new MempoolError({ code: 'mempool.gap', sequence, next });
    if (validUntil <= this.height || validUntil > this.height + MAX_VALID_BLOCKS) {
      throw new MempoolError({ code: 'mempool.expired', validUntil });
    }
    const holder = lane.entries.get(sequence);
    if (holder !== undefined && toHex(holder.sealed.id) !== toHex(sealed.id)) {
      throw new MempoolError({ code: 'mempool.taken', sequence });
    }
  }

  /** Room comes from the clinic that uses most, and only while it uses more than the newcomer would. */
  private makeRoom({ sender: { clinic, role }, bytes }: PoolEntry): void {
    const room = this.rooms[role];
    const share = room.limit * CLINIC_SHARE;
    while (room.used + bytes > room.limit) {
      let largest: ClinicNumber | undefined;
      let most = Math.max((room.byClinic.get(clinic) ?? 0) + bytes, share);
      for (const [other, used] of room.byClinic) {
        if (other === clinic || used <= most) continue;
        most = used;
        largest = other;
      }
      const victim = largest === undefined ? undefined : this.lastOf(largest, role);
      if (victim === undefined) throw new MempoolError({ code: 'mempool.full' });
      this.remove(victim, 'evicted');
    }
  }

  /** The highest sequence of a clinic's lane: the one whose loss breaks no other. */
  private lastOf(clinic: ClinicNumber, role: SenderRole): PoolEntry | undefined {
    let last: PoolEntry | undefined;
    for (const lane of this.lanes.values()) {
      if (lane.sender.clinic !== clinic || lane.sender.role !== role) continue;
      for (const entry of lane.entries.values()) {
        if (last === undefined || entry.sealed.transaction.sequence > last.sealed.transaction.sequence) last = entry;
      }
    }
    return last;
  }

  private remove(entry: PoolEntry, reason: RemovalReason): void {
    const { id, transaction } = entry.sealed;
    if (!this.byId.delete(toHex(id))) return;
    const key = toHex(transaction.sender);
    const lane = this.lanes.get(key);
    lane?.entries.delete(transaction.sequence);
    this.account(entry, -1);
    for (const listener of this.listeners) listener(entry, reason);
  }

  private account({ sender: { clinic, role }, bytes }: PoolEntry, sign: 1 | -1): void {
    const room = this.rooms[role];
    room.used += sign * bytes;
    room.byClinic.set(clinic, (room.byClinic.get(clinic) ?? 0) + sign * bytes);
    this.revision++;
    this.gauges.transactions?.set(this.byId.size);
    this.gauges.bytes?.set(this.bytes);
  }
}

function roleOrder(sender: Sender): number {
  return sender.role === 'gateway' ? 0 : 1;
}
