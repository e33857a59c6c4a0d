// What a person signs in and opens the vault with, deposited at one clinic of another organisation (PROTOCOL 8.18). Owns who
// holds whose, moving deposits when clinics come and go, and fetching them back after a loss; what a deposit is made of is
// deposit-seal.ts, what others deposit here held-deposits.ts.
import { sha256 } from '#crypto';
import { compareBytes, concatBytes, EMPTY_BYTES, equalBytes, fromHex, toHex } from '../../common/bytes.ts';
import type { Clock, TimerHandle } from '../../common/clock.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { Part, UserId } from '../../identity/people/types.ts';
import type { Network } from '../../p2p/ports.ts';
import { ProtocolError } from '../../p2p/reqresp/errors.ts';
import type { LocalDatabase } from '../store/local-database.ts';
import type { Branch, Branches } from './branches.ts';
import { DepositSeal, type DepositSealOptions } from './deposit-seal.ts';
import { DEPOSIT_BATCH, HeldDeposits, MAX_DEPOSITS } from './held-deposits.ts';
import type { OrganisationSecrets } from './organisation-secrets.ts';
import type { PeopleStore } from './people-store.ts';
import { decodeDeposit, decodeVaultRequest, encodeDeposit, encodeVaultRequest, VAULT } from './wire.ts';

const RETRY_MS = 30_000;
const REQUEST_TIMEOUT_MS = 20_000;
/** Users looked at between two turns of the event loop. */
const STEP = 500;

/** Prefix: users whose deposit is to be made anew. */
const DUE = 0x75;
/** Row: the clinics among which this one's deposits are, u16 each. */
const AMONG = Uint8Array.of(0x77);
/** Row: under which keys of this organisation the deposits were made, hashed. */
const KEYS = Uint8Array.of(0x78);
const utf8 = new TextEncoder();

export interface VaultDepositModules {
  readonly network: Network;
  readonly branches: Branches;
  readonly store: PeopleStore;
  readonly secrets: OrganisationSecrets;
  readonly database: LocalDatabase;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The persons whose deposits this clinic moves, one branch each. */
  users(): Iterable<UserId>;
}

export class VaultDeposit {
  private readonly modules: VaultDepositModules;
  private readonly abort = new AbortController();
  private readonly sealing: DepositSeal;
  private readonly held: HeldDeposits;
  private readonly due = new Set<UserId>();
  private readonly reclaimed = new Set<string>();
  /** Holders that failed in this round. */
  private readonly away = new Set<string>();
  /** Holders that know that a person is erased. */
  private readonly told = new Map<UserId, Set<number>>();
  private among: readonly number[] | undefined;
  private keys: Uint8Array | undefined;
  private reclaiming = false;
  private timer: TimerHandle | undefined;
  private working: Promise<void> | undefined;
  private again = false;

  constructor(options: DepositSealOptions, modules: VaultDepositModules) {
    this.modules = modules;
    this.sealing = new DepositSeal(options, modules);
    this.held = new HeldDeposits(modules);
    modules.network.serve(VAULT, (from, request) => this.answer(from, request));
    modules.store.onChange((parts, from) => {
      if (from === undefined) void this.note(parts);
    });
    modules.network.onPeer((event, peerId) => {
      if (event === 'connected' && modules.branches.stranger(peerId) !== undefined) this.schedule(0);
    });
    modules.branches.onChange(() => this.schedule(0));
  }

  /** `reclaim`: this clinic lost persons, and asks everywhere for what it had deposited. */
  async start(reclaim: boolean): Promise<void> {
    const { database } = this.modules;
    this.reclaiming = reclaim;
    const among = await database.get(AMONG);
    if (among !== undefined) {
      const input = new Reader(among);
      this.among = Array.from({ length: among.length / 2 }, () => input.u16());
    }
    this.keys = await database.get(KEYS);
    for await (const [key] of database.range({ prefix: Uint8Array.of(DUE) })) this.due.add(toHex(key.subarray(1)));
    await this.held.start();
    this.schedule(0);
  }

  async stop(): Promise<void> {
    this.abort.abort();
    this.modules.clock.clearTimeout(this.timer);
    await this.working;
  }

  /** Deposits that did not reach their holder yet. */
  get waiting(): number {
    return this.due.size;
  }

  /** The clinic of another organisation that holds a person's; the same for every branch. Undefined where there is none. */
  holderOf(user: UserId): Branch | undefined {
    const { foreign } = this.modules.branches;
    const holder = holderAmong(
      user,
      foreign.map(({ member }) => member.number),
    );
    return foreign.find(({ member }) => member.number === holder);
  }

  private async note(parts: readonly Part[]): Promise<void> {
    const users = [...new Set(parts.map(({ user }) => user))].filter((user) => !this.due.has(user));
    for (const user of users) this.due.add(user);
    try {
      await this.modules.database.batch(
        users.map((user) => ({ type: 'put', key: dueKey(user), value: EMPTY_BYTES }) as const),
        { sync: true },
      );
    } catch (error) {
      this.modules.logger.error({ err: error }, 'a vault waits for its deposit in memory alone');
    }
    this.schedule(0);
  }

  private schedule(ms: number): void {
    if (this.abort.signal.aborted) return;
    this.modules.clock.clearTimeout(this.timer);
    this.timer = this.modules.clock.setTimeout(() => {
      this.again = this.working !== undefined;
      this.working ??= this.round()
        .catch((error) => this.modules.logger.error({ err: error }, 'deposits of vaults wait'))
        .finally(() => {
          this.working = undefined;
          if (this.again) this.schedule(0);
          else if (this.due.size > 0) this.schedule(RETRY_MS);
        });
    }, ms);
  }

  private async round(): Promise<void> {
    this.away.clear();
    await this.move();
    if (this.reclaiming) await this.reclaim();
    for (const user of [...this.due]) {
      if (this.abort.signal.aborted) return;
      if (!(this.modules.store.isErased(user) ? await this.takeAway(user) : await this.deposit(user))) continue;
      this.due.delete(user);
      this.told.delete(user);
      await this.modules.database.batch([{ type: 'del', key: dueKey(user) }]);
    }
  }

  /** After clinics came or went, or keys changed: who is held by another one from now on, or under others, is deposited anew. */
  private async move(): Promise<void> {
    const { branches, database, users } = this.modules;
    const now = branches.foreign.map(({ member }) => member.number).sort((a, b) => a - b);
    const keys = this.sealing.keysNow();
    const { among } = this;
    const sameKeys = this.keys !== undefined && equalBytes(keys, this.keys);
    const same = among !== undefined && among.length === now.length && among.every((number, at) => number === now[at]);
    if (same && sameKeys) return;
    // What could not be read or believed before may be now.
    if (!sameKeys) this.reclaimed.clear();
    const moved: UserId[] = [];
    let looked = 0;
    for (const user of among === undefined ? [] : [...users()]) {
      if (!sameKeys || holderAmong(user, among ?? []) !== holderAmong(user, now)) moved.push(user);
      if (++looked % STEP === 0) await new Promise(setImmediate);
      if (this.abort.signal.aborted) return;
    }
    const value = now.reduce((out, number) => out.u16(number), new Writer(2 * now.length)).finish();
    const due = moved.map((user) => ({ type: 'put', key: dueKey(user), value: EMPTY_BYTES }) as const);
    const rows = [
      { type: 'put', key: AMONG, value },
      { type: 'put', key: KEYS, value: keys },
    ] as const;
    await database.batch([...due, ...rows], { sync: true });
    for (const user of moved) this.due.add(user);
    [this.among, this.keys] = [now, keys];
  }

  /** True when it is done. */
  private async deposit(user: UserId): Promise<boolean> {
    const holder = this.holderOf(user);
    if (holder === undefined || !this.isConnected(holder.peerId)) return false;
    const sealed = await this.sealing.seal(user);
    return sealed === undefined || this.put(user, sealed, holder);
  }

  /** From every clinic that may have held it once. True when all know. */
  private async takeAway(user: UserId): Promise<boolean> {
    const { foreign } = this.modules.branches;
    const told = this.told.get(user) ?? new Set();
    this.told.set(user, told);
    for (const holder of foreign) {
      const { member, peerId } = holder;
      if (told.has(member.number) || !this.isConnected(peerId)) continue;
      if (await this.put(user, EMPTY_BYTES, holder)) told.add(member.number);
    }
    return foreign.every(({ member }) => told.has(member.number));
  }

  private async put(user: UserId, sealed: Uint8Array, { peerId }: Branch): Promise<boolean> {
    const { network, clock, logger } = this.modules;
    const request = encodeVaultRequest({ type: 'put', user, time: Math.floor(clock.now()), sealed });
    try {
      for await (const _ of network.request(peerId, VAULT.protocol, request, this.signal())) break;
      return true;
    } catch (error) {
      this.away.add(peerId);
      logger.debug({ peer: peerId, code: codeOf(error) }, 'a vault was not deposited');
      return false;
    }
  }

  private async reclaim(): Promise<void> {
    const { branches, store, secrets, logger } = this.modules;
    for (const { peerId, member } of branches.foreign) {
      if (this.reclaimed.has(peerId) || !this.isConnected(peerId)) continue;
      try {
        let after: UserId = '0'.repeat(32);
        for (let read = 0; read <= MAX_DEPOSITS; ) {
          const request = encodeVaultRequest({ type: 'list', after });
          let found = 0;
          for await (const chunk of this.modules.network.request(peerId, VAULT.protocol, request, this.signal())) {
            const { user, sealed } = decodeDeposit(chunk);
            // A holder that lists without an end would keep this clinic from asking the others.
            if (user <= after) throw new ProtocolError({ code: 'p2p.unavailable', reason: 'order' });
            after = user;
            found++;
            read++;
            const deposited = await this.sealing.open(user, sealed);
            if (deposited === undefined) continue;
            await secrets.take(deposited.secrets);
            await store.merge(deposited.parts, member.number);
          }
          if (found < DEPOSIT_BATCH) break;
        }
        this.reclaimed.add(peerId);
      } catch (error) {
        logger.debug({ peer: peerId, code: codeOf(error) }, 'deposited vaults were not fetched');
      }
    }
  }

  private async *answer(from: string, bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    const asker = this.modules.branches.stranger(from);
    if (asker === undefined) throw new ProtocolError({ code: 'p2p.unavailable', reason: 'own-organisation' });
    const { organisation } = asker.member;
    const request = decodeVaultRequest(bytes);
    if (request.type === 'put') {
      await this.held.keep(organisation, request.user, request.time, request.sealed);
      return;
    }
    for await (const { user, sealed } of this.held.after(organisation, request.after))
      yield encodeDeposit(user, sealed);
  }

  private isConnected(peerId: string): boolean {
    return !this.away.has(peerId) && this.modules.network.peers().some((peer) => peer.peerId === peerId);
  }

  private signal(): AbortSignal {
    return AbortSignal.any([this.abort.signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]);
  }
}

function holderAmong(user: UserId, clinics: readonly number[]): number | undefined {
  let best: { number: number; score: Uint8Array } | undefined;
  for (const number of clinics) {
    const bytes = new Writer(2).u16(number).finish();
    const score = sha256(utf8.encode('wardmesh/vault-holder/1'), fromHex(user), bytes);
    if (best === undefined || compareBytes(score, best.score) > 0) best = { number, score };
  }
  return best?.number;
}

function dueKey(user: UserId): Uint8Array {
  return concatBytes(Uint8Array.of(DUE), fromHex(user));
}
