// Four clinics of three organisations (1 and 2 are one) with real stores and real shares of an emergency key; requests go
// through memory. Staff, freshness and the log are what the test says.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encryptionKeyPair, randomBytes, signingKeyPair } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { encodeScalar, randomScalar } from '../../common/crypto/group.ts';
import { oprfPublicKey } from '../../common/crypto/oprf.ts';
import { createLogger } from '../../common/logger.ts';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import { decodeStatement } from '../../consensus/ledger/statement.ts';
import type { Statement } from '../../consensus/ledger/types.ts';
import { PRODUCTION } from '../../consensus/params.ts';
import type { KeyGeneration, Shares } from '../../node/ceremony/shares.ts';
import { ClinicAuthor } from '../../node/clinic-author.ts';
import { type AssembledEmergency, assembleEmergency, emergencyTimes } from '../../node/emergency/assemble.ts';
import type { OwnKey } from '../../node/emergency/escrows.ts';
import type { EmergencyAccess, EmergencyAlert } from '../../node/emergency/ports.ts';
import { ShreddableDatabase } from '../../node/store/shreddable-database.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network, RequestHandler } from '../../p2p/ports.ts';
import { dealShares } from '../helpers/deal-shares.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { MemoryKeyValues } from '../helpers/memory-key-values.ts';

export const logger = createLogger({ level: 'silent' });

export class EmergencyClinics {
  readonly genesisId = randomBytes(32);
  /** Of clinics that are started from then on. */
  times = emergencyTimes(PRODUCTION);
  readonly clock = new ManualClock();
  readonly members = [1, 2, 3, 4].map((number) => {
    const nodeSeed = randomBytes(32);
    return {
      ...{ number, organisation: number === 2 ? 1 : number, nodeSeed, encryption: encryptionKeyPair() },
      nodeKey: signingKeyPair(nodeSeed).publicKey,
    };
  });
  readonly running = new Map<number, RunningClinic>();
  /** Handles that the chain has at no clinic. */
  readonly strangers = new Set<string>();
  readonly down = new Set<number>();
  /** Clinics whose outbox takes nothing. */
  readonly outboxFull = new Set<number>();
  /** Clinics that are no members any more. */
  readonly left = new Set<number>();
  /** Clinics that are long at telling. */
  readonly slow = new Map<number, Promise<void>>();
  /** Clinics that can tell nobody. */
  readonly mute = new Set<number>();
  readonly roles = new Map<string, readonly Role[]>();
  readonly blamed: { peer: string; code: unknown }[] = [];
  readonly directory: string;
  private readonly served = new Map<string, RequestHandler>();
  private generation: KeyGeneration;
  private secrets: ReadonlyMap<number, Uint8Array>;

  static async found(): Promise<EmergencyClinics> {
    const clinics = new EmergencyClinics(await mkdtemp(join(tmpdir(), 'wardmesh-emergency-')));
    for (const { number } of clinics.members) await clinics.start(number);
    return clinics;
  }

  private constructor(directory: string) {
    this.directory = directory;
    [this.generation, this.secrets] = generated(1);
  }

  /** The members make another key; what is in escrow stays under the one before until its clinic makes it anew. */
  generate(): void {
    [this.generation, this.secrets] = generated(this.generation.generation + 1);
  }

  get publicKey(): Uint8Array {
    return this.generation.publicKey;
  }

  peerOf(number: number): string {
    return peerIdOf(this.members[number - 1].nodeKey);
  }

  shareOf(number: number): Uint8Array {
    return this.secrets.get(number) as Uint8Array;
  }

  /** As one clinic asks another, with no node of its own. */
  async ask(from: number, to: number, request: Uint8Array): Promise<Uint8Array> {
    for await (const chunk of (this.served.get(this.peerOf(to)) as RequestHandler)(this.peerOf(from), request))
      return chunk;
    throw new Error('no answer');
  }

  /** `lie` changes the answers of a clinic. */
  async start(number: number, lie: (answer: Uint8Array) => Uint8Array = (answer) => answer): Promise<RunningClinic> {
    const { nodeSeed } = this.members[number - 1];
    const path = join(this.directory, String(number), 'keys');
    const storageKey = new Uint8Array(32).fill(number);
    const keys = new ShreddableDatabase({ path, name: 'keys', key: storageKey }, { logger });
    await keys.open();
    const told: EmergencyAlert[] = [];
    const audit: EmergencyAccess[] = [];
    const rotated: string[] = [];
    const statements: Statement[] = [];
    const own: OwnKey[] = this.running.get(number)?.own ?? [];
    const store = this.running.get(number)?.store ?? new MemoryKeyValues();
    const here = () =>
      this.members
        .filter((member) => !this.left.has(member.number))
        .map(({ encryption, ...rest }) => ({ ...rest, encryptionKey: encryption.publicKey }));
    const parts = assembleEmergency(
      { genesisId: this.genesisId, clinic: number, nodeSeed, times: this.times },
      {
        ...{ keys, store, clock: this.clock, logger },
        shares: this.shares(number),
        members: {
          get current() {
            return { clinics: here() };
          },
          onChange: () => () => undefined,
        } as never,
        network: this.network(number, lie),
        outbox: {
          submit: async (made) => {
            if (this.outboxFull.has(number)) throw new Error('the outbox is full');
            statements.push(...made.map(({ statement }) => decodeStatement(statement)));
            return [];
          },
        },
        author: new ClinicAuthor({ genesisId: this.genesisId, clinic: number }, { clock: this.clock }),
        blames: {
          blame: async (peer: string, error: unknown) =>
            void this.blamed.push({ peer, code: (error as { code?: unknown }).code }),
        } as never,
        ports: {
          roles: async (account) => this.roles.get(toHex(account)) ?? [],
          isFresh: async () => true,
          isPatientOf: async (handle) => !this.strangers.has(toHex(handle)),
          audit: async (access) => void audit.push(access),
          tell: async (alert) => {
            await this.slow.get(number);
            if (this.mute.has(number)) throw new Error('no mail');
            told.push(alert);
          },
          rotate: async (handle) => void rotated.push(toHex(handle)),
        },
        async *ownKeys() {
          yield* own;
        },
      },
    );
    await parts.start();
    const clinic = { ...parts, keys, told, audit, rotated, statements, own, store, path, storageKey };
    this.running.set(number, clinic);
    return clinic;
  }

  at(number: number): RunningClinic {
    return this.running.get(number) as RunningClinic;
  }

  async stop(number: number): Promise<void> {
    this.down.add(number);
    const { keys, stop } = this.at(number);
    await stop();
    await keys.close();
  }

  async remove(): Promise<void> {
    for (const [number] of this.running) if (!this.down.has(number)) await this.stop(number);
    await rm(this.directory, { recursive: true });
  }

  private shares(number: number): Shares {
    return {
      current: (purpose) => (purpose === 'emergency' ? this.generation : undefined),
      at: (_, which) => (which === this.generation.generation ? this.generation : undefined),
      own: () => this.secrets.get(number),
      onChange: () => () => undefined,
    };
  }

  private network(number: number, lie: (answer: Uint8Array) => Uint8Array): Network {
    const clinics = this;
    return {
      peers: () =>
        this.members
          .filter((member) => member.number !== number && !this.down.has(member.number))
          .map((member) => ({ peerId: this.peerOf(member.number) })),
      onPeer: () => () => undefined,
      serve: (_: unknown, handler: RequestHandler) => {
        this.served.set(this.peerOf(number), async function* (from, request) {
          for await (const chunk of handler(from, request)) yield lie(chunk);
        });
      },
      async *request(peerId: string, _: string, request: Uint8Array) {
        const to = clinics.members.find((member) => clinics.peerOf(member.number) === peerId)?.number ?? 0;
        if (clinics.down.has(to)) throw new Error('not connected');
        yield* (clinics.served.get(peerId) as RequestHandler)(clinics.peerOf(number), request);
      },
    } as unknown as Network;
  }
}

function generated(generation: number): [KeyGeneration, ReadonlyMap<number, Uint8Array>] {
  const secret = encodeScalar(randomScalar());
  const dealt = dealShares(secret, 3, [1, 2, 3, 4]);
  const about = { purpose: 'emergency', publicKey: oprfPublicKey(secret), threshold: 3, origin: 3 } as const;
  const holders = dealt.map(({ index, verificationShare }) => ({ clinic: index, index, verificationShare }));
  return [{ ...about, generation, holders }, new Map(dealt.map(({ index, share }) => [index, share]))];
}

export interface RunningClinic extends AssembledEmergency {
  readonly keys: ShreddableDatabase;
  readonly told: EmergencyAlert[];
  readonly audit: EmergencyAccess[];
  readonly rotated: string[];
  readonly statements: Statement[];
  readonly own: OwnKey[];
  readonly store: MemoryKeyValues;
  readonly path: string;
  readonly storageKey: Uint8Array;
}
