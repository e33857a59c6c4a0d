// Four clinics with real databases of key rows and the real ledger, which executes what they say at once; requests go through
// memory. What is final is what the test says.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes, signingKeyPair } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { createLogger } from '../../common/logger.ts';
import { createRegistry, type Registry } from '../../common/metrics.ts';
import { decodeStatement } from '../../consensus/ledger/statement.ts';
import { ClinicAuthor } from '../../node/clinic-author.ts';
import { type AssembledErasure, assembleErasure } from '../../node/erasure/assemble.ts';
import type { ErasedChart, ErasureAccess } from '../../node/erasure/ports.ts';
import { ShreddableDatabase } from '../../node/store/shreddable-database.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network, RequestHandler } from '../../p2p/ports.ts';
import { RULES, START, TestLedger } from '../consensus/ledger/fixture.ts';
import { said } from '../consensus/ledger/refusals.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { MemoryKeyValues } from '../helpers/memory-key-values.ts';

const logger = createLogger({ level: 'silent' });

export interface ErasingClinic extends AssembledErasure {
  readonly number: number;
  readonly keys: ShreddableDatabase;
  readonly store: MemoryKeyValues;
  readonly path: string;
  readonly storageKey: Uint8Array;
  readonly audit: ErasureAccess[];
  readonly registry: Registry;
  readonly forgotten: string[];
}

export class ErasingClinics {
  readonly ledger = new TestLedger();
  readonly clock = new ManualClock(START);
  readonly down = new Set<number>();
  readonly outcomes: string[] = [];
  final = true;
  /** Whose outbox takes nothing. */
  readonly full = new Set<number>();
  /** As the chain knows them at the block of the approval, where the test says so. */
  membersThen: readonly number[] | undefined;
  /** What a clinic's directory says of the patient. */
  pid: string | undefined;
  forget: (clinic: number, erased: ErasedChart) => Promise<void> = async () => undefined;
  /** Charts of clinic 1, by handle. */
  readonly charts = new Map<string, Uint8Array>();
  readonly directory: string;
  readonly running: ErasingClinic[] = [];
  private readonly members = [1, 2, 3, 4].map((number) => {
    const nodeSeed = randomBytes(32);
    return { number, organisation: number === 2 ? 1 : number, nodeSeed, nodeKey: signingKeyPair(nodeSeed).publicKey };
  });
  private readonly served = new Map<string, RequestHandler>();

  static async found(): Promise<ErasingClinics> {
    const clinics = new ErasingClinics(await mkdtemp(join(tmpdir(), 'wardmesh-erasure-')));
    for (const { number } of clinics.members) clinics.running.push(await clinics.start(number));
    return clinics;
  }

  private constructor(directory: string) {
    this.directory = directory;
  }

  at(number: number): ErasingClinic {
    return this.running[number - 1];
  }

  async ask(from: number, to: number, request: Uint8Array): Promise<Uint8Array> {
    const [asker, asked] = [from, to].map((number) => peerIdOf(this.members[number - 1].nodeKey));
    for await (const chunk of (this.served.get(asked) as RequestHandler)(asker, request)) return chunk;
    throw new Error('no answer');
  }

  /** It has forgotten everything but its keys. */
  async restore(number: number): Promise<ErasingClinic> {
    const { stop, keys, path } = this.at(number);
    await stop();
    await keys.close();
    await rm(path, { recursive: true });
    this.running[number - 1] = await this.start(number);
    return this.at(number);
  }

  /** With what is on its disk. */
  async restart(number: number): Promise<ErasingClinic> {
    const { stop, keys, store } = this.at(number);
    await stop();
    await keys.close();
    this.running[number - 1] = await this.start(number, store);
    return this.at(number);
  }

  async remove(): Promise<void> {
    for (const { stop, keys } of this.running) {
      await stop();
      await keys.close();
    }
    await rm(this.directory, { recursive: true });
  }

  private async start(number: number, store = new MemoryKeyValues()): Promise<ErasingClinic> {
    const { genesisId } = RULES;
    const { nodeSeed } = this.members[number - 1];
    const storageKey = new Uint8Array(32).fill(number);
    const path = join(this.directory, String(number), 'keys');
    const keys = new ShreddableDatabase({ path, name: 'keys', key: storageKey }, { logger });
    await keys.open();
    const audit: ErasureAccess[] = [];
    const forgotten: string[] = [];
    const registry = createRegistry();
    const parts = assembleErasure(
      { genesisId, clinic: number, storageKey, nodeSeed },
      {
        ...{ keys, store, clock: this.clock, logger, registry },
        chain: { states: async (wanted) => wanted.map((key) => this.ledger.state.get(key)) },
        members: { current: { clinics: this.members } } as never,
        network: this.network(number),
        outbox: {
          submit: async (made) => {
            if (this.full.has(number)) throw new Error('no room');
            for (const { statement } of made) {
              this.outcomes.push(said(this.ledger.apply(number, decodeStatement(statement))));
            }
            return [];
          },
        },
        author: new ClinicAuthor({ genesisId, clinic: number }, { clock: this.clock }),
        ports: {
          chartOf: async (handle) => {
            const chart = number === 1 ? this.charts.get(toHex(handle)) : undefined;
            return chart && { chart, first: START - 400 * 86_400_000 };
          },
          chainTime: () => this.ledger.time,
          isFinal: async () => this.final,
          membersAt: async () => this.membersThen,
          pidOf: async () => this.pid,
          forget: async (erased) => {
            forgotten.push(toHex(erased.chart));
            await this.forget(number, erased);
          },
          audit: async (access) => void audit.push(access),
        },
      },
    );
    await parts.start();
    return { ...parts, number, keys, store, path, storageKey, audit, registry, forgotten };
  }

  private network(number: number): Network {
    const clinics = this;
    const peerOf = (one: { nodeKey: Uint8Array }): string => peerIdOf(one.nodeKey);
    return {
      peers: () =>
        this.members
          .filter((one) => one.number !== number && !this.down.has(one.number))
          .map((one) => ({ peerId: peerOf(one) })),
      onPeer: () => () => undefined,
      serve: (_: unknown, handler: RequestHandler) => void this.served.set(peerOf(this.members[number - 1]), handler),
      async *request(peerId: string, _: string, request: Uint8Array) {
        const to = clinics.members.find((one) => peerOf(one) === peerId);
        if (to === undefined || clinics.down.has(to.number)) throw new Error('not connected');
        yield* (clinics.served.get(peerId) as RequestHandler)(peerOf(clinics.members[number - 1]), request);
      },
    } as unknown as Network;
  }
}
