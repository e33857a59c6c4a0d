// The parts of persons' records on disk: stamped when they are written here, merged when they come from another branch,
// numbered in the order in which they came, so that a branch asks for what it has not seen. What a part means, and who
// may change it, is decided above.
import { randomBytes } from '#crypto';
import { concatBytes, equalBytes, fromHex, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { Serial } from '../../common/serial.ts';
import { mergePart } from '../../identity/people/merge.ts';
import { decodePart, encodePart } from '../../identity/people/part-codec.ts';
import { compareStamps, isTimely, StampClock } from '../../identity/people/stamps.ts';
import type { ApprovalPart, Part, PartName, PartValue, UserId } from '../../identity/people/types.ts';
import type { LocalDatabase, LocalWrite } from '../store/local-database.ts';
import { PeopleError } from './errors.ts';

/** Persons of one organisation; more are refused when they register. */
export const MAX_USERS = 100_000;
/** Parts of one person: ten passkeys, five wallets and a history of approvals, of which the oldest go, beside the single ones. */
export const MAX_PARTS_PER_USER = 96;

/** Prefixes: a part, its number, this database's own. */
const PART = 0x70;
const NUMBER = 0x6e;
const META = Uint8Array.of(0x6d);
const utf8 = new TextEncoder();

export interface Change<N extends PartName = PartName> {
  readonly user: UserId;
  readonly name: N;
  /** Null takes it away. */
  readonly value: PartValue<N> | null;
}

export interface PartsPage {
  readonly parts: readonly Uint8Array[];
  /** Number of the last one; what was asked for when there is none. */
  readonly through: number;
}

export type PartsListener = (parts: readonly Part[], from: number | undefined) => void;

export interface PeopleStoreModules {
  readonly database: LocalDatabase;
  readonly clock: Pick<Clock, 'now'>;
  readonly random?: (length: number) => Uint8Array;
}

export class PeopleStore {
  private readonly modules: PeopleStoreModules;
  private readonly stamps: StampClock;
  private readonly serial = new Serial();
  private readonly listeners = new Set<PartsListener>();
  private readonly counts = new Map<UserId, number>();
  private readonly erased = new Set<UserId>();
  private last = 0;
  private era = new Uint8Array(16);

  constructor(options: { readonly clinic: number }, modules: PeopleStoreModules) {
    this.modules = modules;
    this.stamps = new StampClock(options, modules);
  }

  /**
   * Reads every part once; `each` makes what is kept in memory of it. `renew`: numbers of before mean nothing any more.
   * True when there was no such database before.
   */
  async start(each: (part: Part) => void, renew = false): Promise<boolean> {
    const { database, random = randomBytes } = this.modules;
    const meta = await database.get(META);
    if (meta !== undefined) {
      const input = new Reader(meta);
      this.era = new Uint8Array(input.fixed(16));
      this.last = input.u64();
    }
    if (meta === undefined || renew) {
      this.era = new Uint8Array(random(16));
      await database.batch([this.metaWrite()], { sync: true });
    }
    for await (const [, value] of database.range({ prefix: Uint8Array.of(PART) })) {
      const part = decodePart(value.subarray(8));
      this.keep(part, true);
      each(part);
    }
    return meta === undefined;
  }

  /** Names the numbering: another one, and a branch asks from the beginning. */
  get epoch(): Uint8Array {
    return this.era;
  }

  get users(): number {
    return this.counts.size;
  }

  get head(): number {
    return this.last;
  }

  /** Called with what is on disk, in order; `from`: the branch that sent it. */
  onChange(listener: PartsListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async get<N extends PartName>(user: UserId, name: N): Promise<PartValue<N> | undefined> {
    return ((await this.read(user, name))?.part.value ?? undefined) as PartValue<N> | undefined;
  }

  /** Every part of a person that there is, taken away ones left out. */
  async of(user: UserId): Promise<Part[]> {
    return (await this.copies(user)).filter(({ value }) => value !== null);
  }

  /** Also what stands for parts that were taken away. */
  async copies(user: UserId): Promise<Part[]> {
    const parts: Part[] = [];
    for await (const [, value] of this.modules.database.range({ prefix: partKey(user) })) {
      parts.push(decodePart(value.subarray(8)));
    }
    return parts;
  }

  /** What `decide` answers is written under one stamp, all or nothing, and is on disk when this resolves. */
  write(
    changes: readonly Change[] | (() => Promise<readonly Change[]>),
    local: readonly LocalWrite[] = [],
  ): Promise<void> {
    return this.serial.run(async () => {
      const wanted = typeof changes === 'function' ? await changes() : changes;
      const stamp = this.stamps.next();
      await this.take(
        wanted.map(({ user, name, value }) => ({ user, name, stamp, value }) as Part),
        undefined,
        local,
      );
    });
  }

  /** Nothing remains of a person but that it is erased; nothing brings it back. */
  async erase(user: UserId): Promise<void> {
    await this.write([{ user, name: 'uses', value: null }]);
  }

  isErased(user: UserId): boolean {
    return this.erased.has(user);
  }

  /** Takes what another branch has. Throws `people.clock` when it is of the future, before anything is taken. */
  merge(parts: readonly Part[], from: number): Promise<void> {
    return this.serial.run(async () => {
      const now = this.modules.clock.now();
      for (const { stamp } of parts) {
        if (!isTimely(stamp, now)) throw new PeopleError({ code: 'people.clock', aheadMs: stamp.time - now });
      }
      await this.take(parts, from, []);
    });
  }

  /** Parts above a number in order, up to `maxParts` and `maxBytes` together; at least one when there is any. */
  async since(after: number, maxParts: number, maxBytes: number): Promise<PartsPage> {
    const { database } = this.modules;
    const parts: Uint8Array[] = [];
    let bytes = 0;
    let through = after;
    const prefix = Uint8Array.of(NUMBER);
    for await (const [key, name] of database.range({ prefix, after: numberKey(after) })) {
      const value = await database.get(name);
      const number = new Reader(key.subarray(1)).u64();
      // Written anew in the meantime: it comes under its new number.
      if (value === undefined || new Reader(value).u64() !== number) {
        through = number;
        continue;
      }
      if (parts.length >= maxParts || (parts.length > 0 && bytes + value.length > maxBytes)) break;
      parts.push(value.subarray(8));
      bytes += value.length;
      through = number;
    }
    return { parts, through };
  }

  private async read(user: UserId, name: PartName): Promise<{ part: Part; number: number } | undefined> {
    const value = await this.modules.database.get(partKey(user, name));
    if (value === undefined) return undefined;
    return { part: decodePart(value.subarray(8)), number: new Reader(value).u64() };
  }

  private async take(given: readonly Part[], from: number | undefined, local: readonly LocalWrite[]): Promise<void> {
    const writes: LocalWrite[] = [...local];
    const taken: Part[] = [];
    const pending = new Map<string, { part: Part; number: number }>();
    const fresh = new Map<UserId, number>();
    const gone = new Set<UserId>();
    let number = this.last;
    for (const part of given) {
      const { user, name } = part;
      this.stamps.saw(part.stamp);
      if ((this.erased.has(user) || gone.has(user)) && name !== 'uses') continue;
      const id = `${user}${name}`;
      const known = pending.get(id) ?? (await this.read(user, name));
      const next = known === undefined ? part : mergePart(known.part, part);
      const bytes = encodePart(next);
      if (known !== undefined && equalBytes(bytes, encodePart(known.part))) continue;
      const room =
        known !== undefined || this.roomFor(user, fresh) || (await this.dropOldest(part, fresh, pending, writes));
      if (!room) {
        if (from === undefined) throw new PeopleError({ code: 'people.full' });
        continue;
      }
      if (known !== undefined) writes.push({ type: 'del', key: numberKey(known.number) });
      number++;
      pending.set(id, { part: next, number });
      writes.push({ type: 'put', key: partKey(user, name), value: withNumber(number, bytes) });
      writes.push({ type: 'put', key: numberKey(number), value: partKey(user, name) });
      taken.push(next);
      if (name === 'uses' && next.value === null) {
        gone.add(user);
        writes.push(...(await this.deletionsOf(user, pending)));
      }
    }
    if (writes.length === 0) return;
    this.last = number;
    await this.modules.database.batch([...writes, this.metaWrite()], { sync: true });
    const kept = taken.filter(({ user, name }) => name === 'uses' || !gone.has(user));
    for (const part of kept) this.keep(part, false);
    for (const [user, more] of fresh) if (!gone.has(user)) this.counts.set(user, (this.counts.get(user) ?? 0) + more);
    if (kept.length > 0) for (const listener of this.listeners) listener(kept, from);
  }

  private roomFor(user: UserId, fresh: Map<UserId, number>): boolean {
    const now = (this.counts.get(user) ?? 0) + (fresh.get(user) ?? 0);
    const users = this.counts.size + [...fresh.keys()].filter((other) => !this.counts.has(other)).length;
    if (now === 0 ? users >= MAX_USERS : now >= MAX_PARTS_PER_USER) return false;
    fresh.set(user, (fresh.get(user) ?? 0) + 1);
    return true;
  }

  /**
   * Makes room by the oldest approval that is decided, also against the one that comes; never by one that waits. First by
   * what the person withdrew, so that nobody pushes out what others decided by asking again and again. False where nothing
   * can go.
   */
  private async dropOldest(
    coming: Part,
    fresh: Map<UserId, number>,
    pending: ReadonlyMap<string, unknown>,
    writes: LocalWrite[],
  ): Promise<boolean> {
    const { user } = coming;
    if ((this.counts.get(user) ?? 0) === 0) return false;
    const gone = new Set(writes.flatMap(({ type, key }) => (type === 'del' ? [toHex(key)] : [])));
    const decided = (await this.copies(user)).filter(
      (part) => isDecided(part) && !pending.has(`${user}${part.name}`) && !gone.has(toHex(partKey(user, part.name))),
    );
    const [oldest] = decided.sort(compareWorth);
    if (oldest === undefined || (isDecided(coming) && compareWorth(coming, oldest) < 0)) return false;
    const known = await this.read(user, oldest.name);
    if (known === undefined) return false;
    writes.push({ type: 'del', key: numberKey(known.number) }, { type: 'del', key: partKey(user, oldest.name) });
    // One goes, one comes.
    fresh.set(user, fresh.get(user) ?? 0);
    return true;
  }

  private async deletionsOf(user: UserId, pending: ReadonlyMap<string, { number: number }>): Promise<LocalWrite[]> {
    const writes: LocalWrite[] = [];
    for (const { name } of await this.copies(user)) {
      if (name === 'uses') continue;
      const known = pending.get(`${user}${name}`) ?? (await this.read(user, name));
      if (known !== undefined) writes.push({ type: 'del', key: numberKey(known.number) });
      writes.push({ type: 'del', key: partKey(user, name) });
    }
    for (const [id, { number }] of pending) {
      if (!id.startsWith(user) || id === `${user}uses`) continue;
      writes.push({ type: 'del', key: numberKey(number) });
      writes.push({ type: 'del', key: partKey(user, id.slice(user.length) as PartName) });
    }
    return writes;
  }

  private keep(part: Part, count: boolean): void {
    this.stamps.saw(part.stamp);
    if (part.name === 'uses' && part.value === null) {
      this.erased.add(part.user);
      this.counts.set(part.user, 1);
    } else if (count) this.counts.set(part.user, (this.counts.get(part.user) ?? 0) + 1);
  }

  private metaWrite(): LocalWrite {
    return { type: 'put', key: META, value: new Writer(24).fixed(this.era, 16).u64(this.last).finish() };
  }
}

function isDecided({ name, value }: Part): boolean {
  return name.startsWith('approval/') && (value as ApprovalPart | null)?.decision !== null;
}

/** Of decided approvals: which of two goes first. */
function compareWorth(a: Part, b: Part): number {
  return Number(isWithdrawn(b)) - Number(isWithdrawn(a)) || compareStamps(a.stamp, b.stamp);
}

function isWithdrawn({ value }: Part): boolean {
  return (value as ApprovalPart | null)?.decision?.outcome === 'withdrawn';
}

function partKey(user: UserId, name: PartName | '' = ''): Uint8Array {
  return concatBytes(Uint8Array.of(PART), fromHex(user), utf8.encode(name));
}

function numberKey(number: number): Uint8Array {
  return new Writer(9).u8(NUMBER).u64(number).finish();
}

function withNumber(number: number, bytes: Uint8Array): Uint8Array {
  return new Writer(8 + bytes.length).u64(number).fixed(bytes, bytes.length).finish();
}

/** A new user, session or approval: 16 bytes in hex. */
export function newId(random: (length: number) => Uint8Array = randomBytes): string {
  return toHex(random(16));
}
