// Keeps the branches of one organisation alike: what is written here is pushed to those that are connected, and what was
// missed is pulled when they meet and now and then (PROTOCOL 8.17). Owns who is asked when; merging is people-store.ts.
import { equalBytes } from '../../common/bytes.ts';
import type { Clock, TimerHandle } from '../../common/clock.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { encodePart } from '../../identity/people/part-codec.ts';
import type { Part, UserId } from '../../identity/people/types.ts';
import type { Network } from '../../p2p/ports.ts';
import { ProtocolError } from '../../p2p/reqresp/errors.ts';
import type { LocalDatabase } from '../store/local-database.ts';
import type { Branch, Branches } from './branches.ts';
import type { OrganisationSecrets } from './organisation-secrets.ts';
import { PendingEndings } from './pending-endings.ts';
import type { PeopleStore } from './people-store.ts';
import {
  decodeParts,
  decodePullChunk,
  decodeRequest,
  decodeSessions,
  type Ending,
  encodePullChunk,
  encodeRequest,
  encodeSessions,
  type ListedSession,
  MAX_PARTS,
  MESSAGE_BYTES,
  openMessage,
  PEOPLE,
  type PeopleRequest,
  sealMessage,
} from './wire.ts';

/** How often each branch is asked for what a push did not bring. */
const PULL_EVERY_MS = 30_000;
const REQUEST_TIMEOUT_MS = 20_000;
/** For a page that a person waits for. */
const LIST_TIMEOUT_MS = 2_000;
/** Changes of one moment go together. */
const GATHER_MS = 5;
/** Parts that wait for one branch; beyond it the branch is told to ask instead. */
const MAX_WAITING_PARTS = 2_048;

const CURSOR = 0x63;

export interface ReplicationOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: number;
  /** X25519 secret keys of this clinic, the one in force first. */
  readonly encryptionSecrets: readonly Uint8Array[];
}

export interface ReplicationModules {
  readonly network: Network;
  readonly branches: Branches;
  readonly store: PeopleStore;
  readonly secrets: OrganisationSecrets;
  readonly database: LocalDatabase;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Sessions of a person at this clinic, for the list at another branch. */
  sessions(user: UserId): readonly ListedSession[];
  /** Another branch ended sessions. */
  end(ending: Ending): void;
}

interface Outgoing {
  parts: Uint8Array[];
  overflow: boolean;
  running: boolean;
}

export class Replication {
  private readonly options: ReplicationOptions;
  private readonly modules: ReplicationModules;
  private readonly abort = new AbortController();
  private readonly outgoing = new Map<string, Outgoing>();
  private readonly pulling = new Map<string, Promise<void>>();
  private readonly again = new Set<string>();
  private readonly endings: PendingEndings;
  private readonly telling = new Set<string>();
  private timer: TimerHandle | undefined;

  constructor(options: ReplicationOptions, modules: ReplicationModules) {
    this.options = options;
    this.modules = modules;
    const { network, store, branches, database, clock } = modules;
    this.endings = new PendingEndings({ database, clock });
    network.serve(PEOPLE, (from, request) => this.answer(from, request));
    store.onChange((parts, from) => this.push(parts, from));
    network.onPeer((event, peerId) => {
      if (event === 'connected') this.meet(peerId);
    });
    branches.onChange(() => {
      for (const { peerId } of branches.own) this.meet(peerId);
    });
  }

  async start(): Promise<void> {
    await this.endings.start();
    const round = (): void => {
      for (const { peerId } of this.connected()) this.meet(peerId);
      this.timer = this.modules.clock.setTimeout(round, PULL_EVERY_MS);
    };
    round();
  }

  async stop(): Promise<void> {
    this.abort.abort();
    this.modules.clock.clearTimeout(this.timer);
    await Promise.allSettled(this.pulling.values());
  }

  /** Ends sessions at every other branch; one that is away hears of it when it is back. On disk when it resolves. */
  async endElsewhere(ending: Ending): Promise<void> {
    for (const { peerId, member } of this.modules.branches.own) {
      await this.endings.add(member.number, ending);
      void this.tellEndings(peerId);
    }
  }

  /** What the other branches have of a person's sessions; a branch that does not answer in time is left out. */
  async sessionsElsewhere(user: UserId): Promise<(ListedSession & { readonly clinic: number })[]> {
    const signal = AbortSignal.any([this.abort.signal, AbortSignal.timeout(LIST_TIMEOUT_MS)]);
    const lists = await Promise.all(
      this.connected().map(async (branch) => {
        try {
          const [answer] = await this.ask(branch, { type: 'sessions', user }, signal);
          const clinic = branch.member.number;
          return answer === undefined ? [] : decodeSessions(answer).map((session) => ({ ...session, clinic }));
        } catch {
          return [];
        }
      }),
    );
    return lists.flat();
  }

  private connected(): Branch[] {
    const up = new Set(this.modules.network.peers().map(({ peerId }) => peerId));
    return this.modules.branches.own.filter(({ peerId }) => up.has(peerId));
  }

  private meet(peerId: string): void {
    if (this.abort.signal.aborted || this.modules.branches.branch(peerId) === undefined) return;
    void this.pull(peerId);
    void this.tellEndings(peerId);
  }

  private push(parts: readonly Part[], from: number | undefined): void {
    for (const branch of this.connected()) {
      if (branch.member.number === from) continue;
      const out = this.outgoing.get(branch.peerId) ?? { parts: [], overflow: false, running: false };
      this.outgoing.set(branch.peerId, out);
      if (out.parts.length + parts.length > MAX_WAITING_PARTS) out.overflow = true;
      else out.parts.push(...parts.map(encodePart));
      if (out.running) continue;
      out.running = true;
      this.modules.clock.setTimeout(() => void this.send(branch, out), GATHER_MS);
    }
  }

  private async send(branch: Branch, out: Outgoing): Promise<void> {
    try {
      while (!this.abort.signal.aborted && (out.parts.length > 0 || out.overflow)) {
        const parts = takeMessage(out.parts);
        // Nothing at all says: ask for the rest.
        if (parts.length === 0) out.overflow = false;
        await this.ask(branch, { type: 'push', parts });
      }
    } catch (error) {
      // It asks for what it missed when it is back.
      [out.parts, out.overflow] = [[], true];
      this.modules.logger.debug({ peer: branch.peerId, code: codeOf(error) }, 'persons not sent to a branch');
    } finally {
      out.running = false;
    }
  }

  private async tellEndings(peerId: string): Promise<void> {
    const branch = this.modules.branches.branch(peerId);
    if (branch === undefined || this.telling.has(peerId)) return;
    this.telling.add(peerId);
    try {
      for (let next = this.endings.first(branch.member.number); next !== undefined; ) {
        await this.ask(branch, { type: 'end', ending: next.ending });
        await this.endings.remove(branch.member.number, next.number);
        next = this.endings.first(branch.member.number);
      }
    } catch (error) {
      this.modules.logger.debug({ peer: peerId, code: codeOf(error) }, 'a branch does not know of ended sessions yet');
    } finally {
      this.telling.delete(peerId);
    }
  }

  private pull(peerId: string): Promise<void> {
    const running = this.pulling.get(peerId);
    if (running !== undefined) {
      this.again.add(peerId);
      return running;
    }
    const work = this.pullFrom(peerId)
      .catch((error) => {
        this.modules.logger.debug({ peer: peerId, code: codeOf(error) }, 'persons not fetched from a branch');
      })
      .finally(() => {
        this.pulling.delete(peerId);
        if (this.again.delete(peerId) && !this.abort.signal.aborted) void this.pull(peerId);
      });
    this.pulling.set(peerId, work);
    return work;
  }

  private async pullFrom(peerId: string): Promise<void> {
    const branch = this.modules.branches.branch(peerId);
    if (branch === undefined) return;
    const { store, database, secrets: own } = this.modules;
    const key = cursorKey(branch.member.number);
    const known = await database.get(key);
    const cursor = known === undefined ? { epoch: new Uint8Array(16), after: 0 } : readCursor(known);
    for await (const bytes of this.answersOf(branch, { type: 'pull', ...cursor, secrets: own.all })) {
      const { epoch, through, secrets, parts } = decodePullChunk(bytes);
      await own.take(secrets);
      await store.merge(decodeParts(parts), branch.member.number);
      const value = new Writer(24).fixed(epoch, 16).u64(through).finish();
      await database.batch([{ type: 'put', key, value }]);
    }
  }

  private async ask(branch: Branch, request: PeopleRequest, signal?: AbortSignal): Promise<Uint8Array[]> {
    const answers: Uint8Array[] = [];
    for await (const answer of this.answersOf(branch, request, signal)) answers.push(answer);
    return answers;
  }

  private async *answersOf(branch: Branch, request: PeopleRequest, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const { genesisId, clinic, encryptionSecrets } = this.options;
    const { number, encryptionKey } = branch.member;
    const there = { genesisId, from: clinic, to: number, use: 'request' } as const;
    const back = { genesisId, from: number, to: clinic, use: 'answer' } as const;
    const sealed = await sealMessage(encryptionKey, there, encodeRequest(request));
    const limit = signal ?? AbortSignal.any([this.abort.signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]);
    for await (const chunk of this.modules.network.request(branch.peerId, PEOPLE.protocol, sealed, limit)) {
      yield await openMessage(encryptionSecrets, back, chunk);
    }
  }

  private async *answer(from: string, sealed: Uint8Array): AsyncGenerator<Uint8Array> {
    const { genesisId, clinic, encryptionSecrets } = this.options;
    const branch = this.modules.branches.branch(from);
    if (branch === undefined) throw new ProtocolError({ code: 'p2p.unavailable', reason: 'other-organisation' });
    const { number, encryptionKey } = branch.member;
    const there = { genesisId, from: number, to: clinic, use: 'request' } as const;
    const back = { genesisId, from: clinic, to: number, use: 'answer' } as const;
    const request = decodeRequest(await openMessage(encryptionSecrets, there, sealed));
    for await (const answer of this.answerTo(request, branch)) yield await sealMessage(encryptionKey, back, answer);
  }

  private async *answerTo(request: PeopleRequest, branch: Branch): AsyncGenerator<Uint8Array> {
    const { store, secrets, sessions, end } = this.modules;
    switch (request.type) {
      case 'sessions':
        yield encodeSessions(sessions(request.user));
        return;
      case 'end':
        end(request.ending);
        return;
      case 'push':
        if (request.parts.length === 0) void this.pull(branch.peerId);
        await store.merge(decodeParts(request.parts), branch.member.number);
        return;
      case 'pull': {
        const { epoch } = store;
        await secrets.take(request.secrets);
        let after = equalBytes(request.epoch, epoch) && request.after <= store.head ? request.after : 0;
        // At least one chunk: the secrets go with it.
        for (let chunks = 0; chunks < PEOPLE.maxChunks; chunks++) {
          const { parts, through } = await store.since(after, MAX_PARTS, MESSAGE_BYTES);
          yield encodePullChunk({ epoch, through, secrets: secrets.all, parts });
          if (through === after || through >= store.head) return;
          after = through;
        }
      }
    }
  }
}

/** Takes from the front what fits one message. */
function takeMessage(parts: Uint8Array[]): Uint8Array[] {
  let bytes = 0;
  let count = 0;
  for (const part of parts) {
    if (count >= MAX_PARTS || (count > 0 && bytes + part.length > MESSAGE_BYTES)) break;
    bytes += part.length;
    count++;
  }
  return parts.splice(0, count);
}

function cursorKey(clinic: number): Uint8Array {
  return new Writer(3).u8(CURSOR).u16(clinic).finish();
}

function readCursor(bytes: Uint8Array): { epoch: Uint8Array; after: number } {
  const input = new Reader(bytes);
  return { epoch: input.fixed(16), after: input.u64() };
}
