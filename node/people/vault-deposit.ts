// What a person signs in and opens the vault with, deposited at one clinic of another organisation: sealed to the clinics of
// this one and signed by one of them, so that the holder can give it back, read nothing and make nothing up (PROTOCOL 8.18).
// Owns who holds whose, moving deposits when clinics come and go, keeping what others deposit here, and fetching it back
// after a loss.
import { aeadOpen, aeadSeal, randomBytes, sha256, signEd25519, signingKeyPair, verifyEd25519 } from '#crypto';
import { compareBytes, concatBytes, EMPTY_BYTES, equalBytes, fromHex, toHex } from '../../common/bytes.ts';
import type { Clock, TimerHandle } from '../../common/clock.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { AEAD_KEY_BYTES, AEAD_NONCE_BYTES } from '../../common/crypto/bounds.ts';
import { HPKE_OVERHEAD, hpkeOpen, hpkeSeal } from '../../common/crypto/hpke.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { Serial } from '../../common/serial.ts';
import { encodePart } from '../../identity/people/part-codec.ts';
import type { Part, UserId } from '../../identity/people/types.ts';
import type { Network } from '../../p2p/ports.ts';
import { ProtocolError } from '../../p2p/reqresp/errors.ts';
import type { LocalDatabase } from '../store/local-database.ts';
import type { Branch, Branches } from './branches.ts';
import type { OrganisationSecrets } from './organisation-secrets.ts';
import type { PeopleStore } from './people-store.ts';
import {
  decodeDeposit,
  decodeParts,
  decodeVaultRequest,
  encodeDeposit,
  encodeVaultRequest,
  MAX_DEPOSIT_BYTES,
  type OrganisationSecret,
  readParts,
  readSecrets,
  VAULT,
  writeParts,
  writeSecrets,
} from './wire.ts';

/** Deposits of one organisation at this clinic, and their bytes. */
export const MAX_DEPOSITS = 100_000;
export const MAX_DEPOSITED_BYTES = 4 * 1024 * 1024 * 1024;
const RETRY_MS = 30_000;
const REQUEST_TIMEOUT_MS = 20_000;
/** Deposits in one answer; fewer than that, and there are no more. */
const BATCH = 64;
const MAX_READERS = 64;

/** Users looked at between two turns of the event loop. */
const STEP = 500;

/** Prefixes: deposits of others, users whose deposit is to be made anew. */
const HELD = 0x76;
const DUE = 0x75;
/** Row: the clinics among which this one's deposits are, u16 each. */
const AMONG = Uint8Array.of(0x77);
/** Row: under which keys of this organisation the deposits were made, hashed. */
const KEYS = Uint8Array.of(0x78);
const SIGNATURE_BYTES = 64;
const utf8 = new TextEncoder();

export interface VaultDepositOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: number;
  readonly organisation: number;
  /** X25519 secret keys of this clinic, the one in force first. */
  readonly encryptionSecrets: readonly Uint8Array[];
  /** Of the node key in force: what it signed is of this organisation, whoever kept it. */
  readonly nodeSeed: Uint8Array;
}

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

interface Deposited {
  readonly secrets: readonly OrganisationSecret[];
  readonly parts: readonly Part[];
}

interface Held {
  count: number;
  bytes: number;
}

export class VaultDeposit {
  private readonly options: VaultDepositOptions;
  private readonly modules: VaultDepositModules;
  private readonly abort = new AbortController();
  private readonly held = new Map<number, Held>();
  /** Two at once for one user would count what only one of them took away. */
  private readonly keeping = new Serial();
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

  constructor(options: VaultDepositOptions, modules: VaultDepositModules) {
    this.options = options;
    this.modules = modules;
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
    for await (const [key, value] of database.range({ prefix: Uint8Array.of(HELD) })) {
      this.count(new Reader(key.subarray(1)).u16(), 1, value.length);
    }
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
    const keys = this.keysNow();
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
    const sealed = await this.seal(user);
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

  /** All that signing in and opening the vault takes: without the organisation's secrets no authenticator would count. */
  private async seal(user: UserId): Promise<Uint8Array | undefined> {
    const copies = await this.modules.store.copies(user);
    const parts = copies.filter(({ name }) => name !== 'photo' && !name.startsWith('approval/')).map(encodePart);
    const plaintext = writeParts(writeSecrets(new Writer(4096), this.modules.secrets.all), parts).finish();
    const key = randomBytes(AEAD_KEY_BYTES);
    const nonce = randomBytes(AEAD_NONCE_BYTES);
    const readers = this.modules.branches.organisationMembers.slice(0, MAX_READERS);
    const out = new Writer(plaintext.length + 256).u8(readers.length);
    for (const { number, encryptionKey } of readers) {
      out.u16(number).fixed(await hpkeSeal(encryptionKey, this.info(user), key), AEAD_KEY_BYTES + HPKE_OVERHEAD);
    }
    const body = aeadSeal(key, nonce, plaintext, this.info(user));
    const message = out.fixed(nonce, AEAD_NONCE_BYTES).fixed(body, body.length).finish();
    const { clinic, nodeSeed } = this.options;
    const signature = signEd25519(nodeSeed, this.signed(user, message));
    const sealed = concatBytes(new Writer(2).u16(clinic).finish(), signature, message);
    if (sealed.length <= MAX_DEPOSIT_BYTES) return sealed;
    this.modules.logger.warn({ bytes: sealed.length }, 'a person is too large to be deposited');
    return undefined;
  }

  /** Undefined for what was sealed for others, or was not made by a clinic of this organisation: anybody can seal to it. */
  private async open(user: UserId, sealed: Uint8Array): Promise<Deposited | undefined> {
    try {
      const input = new Reader(sealed);
      const maker = input.u16();
      const signature = input.fixed(SIGNATURE_BYTES);
      const member = this.modules.branches.organisationMembers.find(({ number }) => number === maker);
      const message = this.signed(user, sealed.subarray(2 + SIGNATURE_BYTES));
      if (member === undefined || !(await verifyEd25519(member.nodeKey, message, signature))) return undefined;
      const readers = Array.from({ length: input.u8() }, () => ({
        number: input.u16(),
        box: input.fixed(AEAD_KEY_BYTES + HPKE_OVERHEAD),
      }));
      const nonce = input.fixed(AEAD_NONCE_BYTES);
      const body = input.fixed(input.left);
      for (const { box } of readers.filter(({ number }) => number === this.options.clinic)) {
        for (const secret of this.options.encryptionSecrets) {
          const key = await hpkeOpen(secret, this.info(user), box).catch(() => undefined);
          if (key === undefined) continue;
          const plaintext = new Reader(aeadOpen(key, nonce, body, this.info(user)));
          const secrets = readSecrets(plaintext);
          return { secrets, parts: decodeParts(readParts(plaintext)).filter((part) => part.user === user) };
        }
      }
    } catch {
      // Altered, or of another network: nothing to take.
    }
    return undefined;
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
            const deposited = await this.open(user, sealed);
            if (deposited === undefined) continue;
            await secrets.take(deposited.secrets);
            await store.merge(deposited.parts, member.number);
          }
          if (found < BATCH) break;
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
      const { user, time, sealed } = request;
      await this.keeping.run(() => this.keep(organisation, user, time, sealed));
      return;
    }
    let count = 0;
    const range = { prefix: heldKey(organisation), after: heldKey(organisation, request.after) };
    for await (const [key, value] of this.modules.database.range(range)) {
      yield encodeDeposit(toHex(key.subarray(3)), value.subarray(8));
      if (++count >= BATCH) return;
    }
  }

  private async keep(organisation: number, user: UserId, time: number, sealed: Uint8Array): Promise<void> {
    const { database } = this.modules;
    const key = heldKey(organisation, user);
    const known = await database.get(key);
    if (known !== undefined && new Reader(known).u64() > time) return;
    const held = this.held.get(organisation) ?? { count: 0, bytes: 0 };
    const more = sealed.length - (known?.length ?? 0);
    const full = (known === undefined && held.count >= MAX_DEPOSITS) || held.bytes + more > MAX_DEPOSITED_BYTES;
    if (full && sealed.length > 0) throw new ProtocolError({ code: 'p2p.unavailable', reason: 'full' });
    if (known !== undefined) this.count(organisation, -1, -known.length);
    if (sealed.length === 0) {
      await database.batch([{ type: 'del', key }], { sync: true });
      return;
    }
    const value = new Writer(8 + sealed.length).u64(time).fixed(sealed, sealed.length).finish();
    await database.batch([{ type: 'put', key, value }], { sync: true });
    this.count(organisation, 1, value.length);
  }

  private count(organisation: number, count: number, bytes: number): void {
    const held = this.held.get(organisation) ?? { count: 0, bytes: 0 };
    this.held.set(organisation, { count: held.count + count, bytes: held.bytes + bytes });
  }

  private isConnected(peerId: string): boolean {
    return !this.away.has(peerId) && this.modules.network.peers().some((peer) => peer.peerId === peerId);
  }

  private signal(): AbortSignal {
    return AbortSignal.any([this.abort.signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]);
  }

  private keysNow(): Uint8Array {
    const { publicKey } = signingKeyPair(this.options.nodeSeed);
    const members = [...this.modules.branches.organisationMembers].sort((a, b) => a.number - b.number);
    return sha256(publicKey, ...members.flatMap(({ nodeKey, encryptionKey }) => [nodeKey, encryptionKey]));
  }

  private signed(user: UserId, message: Uint8Array): Uint8Array {
    return taggedHash('wardmesh/vault-deposit/1', this.info(user), message);
  }

  private info(user: UserId): Uint8Array {
    const { genesisId, organisation } = this.options;
    const bound = new Writer(50).fixed(genesisId, 32).u16(organisation).fixed(fromHex(user), 16).finish();
    return concatBytes(utf8.encode('wardmesh/vault/1'), bound);
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

function heldKey(organisation: number, user: UserId | '' = ''): Uint8Array {
  return concatBytes(new Writer(3).u8(HELD).u16(organisation).finish(), fromHex(user));
}

function dueKey(user: UserId): Uint8Array {
  return concatBytes(Uint8Array.of(DUE), fromHex(user));
}
