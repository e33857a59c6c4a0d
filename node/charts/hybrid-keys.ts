// X-Wing keys of the members (`/wardmesh/hybrid-key/1`): says this clinic's own, asks for those of others as they connect, and
// keeps them for when they are away. Owns which is in force; what is sealed to one is records/chart/packet.ts.

import { encryptionKeyPair } from '#crypto';
import { equalBytes } from '../../common/bytes.ts';
import type { Clock, TimerHandle } from '../../common/clock.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { Member } from '../../consensus/member-set.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network, ProtocolOptions } from '../../p2p/ports.ts';
import { ProtocolError } from '../../p2p/reqresp/errors.ts';
import {
  decodeHybridKey,
  encodeHybridKey,
  HYBRID_KEY_BYTES,
  type HybridKey,
  makeHybridKey,
  verifyHybridKey,
} from '../../records/chart/hybrid-key.ts';
import type { RowSigner } from '../../records/chart/key-row.ts';
import type { OpeningKey } from '../../records/chart/packet.ts';
import type { MemberSets } from '../members/member-sets.ts';
import { hybridKey } from './layout.ts';
import type { KeyRowsDatabase } from './ports.ts';

export const HYBRID_KEYS: ProtocolOptions = {
  protocol: '/wardmesh/hybrid-key/1',
  maxRequestBytes: 1,
  maxChunkBytes: HYBRID_KEY_BYTES,
  maxChunks: 1,
  rate: 1,
  burst: 10,
};

const REQUEST_MS = 10_000;
/** Members that changed their keys while they were connected. */
const LOOK_MS = 60_000;

export interface HybridKeysOptions {
  readonly clinic: ClinicNumber;
  readonly signer: RowSigner;
  readonly openingKeys: readonly OpeningKey[];
}

export interface HybridKeysModules {
  readonly network: Network;
  readonly members: MemberSets;
  readonly database: KeyRowsDatabase;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class HybridKeys {
  private readonly options: HybridKeysOptions;
  private readonly modules: HybridKeysModules;
  /** Verified ones, by clinic: no more than there are members. */
  private readonly known = new Map<ClinicNumber, HybridKey>();
  private readonly asking = new Map<ClinicNumber, Promise<void>>();
  private readonly abort = new AbortController();
  private timer: TimerHandle | undefined;

  constructor(options: HybridKeysOptions, modules: HybridKeysModules) {
    this.options = options;
    this.modules = modules;
    modules.network.serve(HYBRID_KEYS, (from) => this.answer(from));
    modules.network.onPeer((event) => {
      if (event === 'connected') this.look();
    });
  }

  async start(): Promise<void> {
    for (const { number } of this.modules.members.current.clinics) {
      const bytes = await this.modules.database.get(hybridKey(number));
      if (bytes !== undefined) this.known.set(number, decodeHybridKey(bytes));
    }
    this.look();
  }

  async stop(): Promise<void> {
    this.abort.abort();
    this.modules.clock.clearTimeout(this.timer);
    await Promise.allSettled(this.asking.values());
  }

  /** That goes with this key of the clinic on the chain; undefined while it is not known. */
  of(clinic: ClinicNumber, encryptionKey: Uint8Array): Uint8Array | undefined {
    const key = clinic === this.options.clinic ? this.own(encryptionKey) : this.known.get(clinic);
    return key !== undefined && equalBytes(key.encryptionKey, encryptionKey) ? key.publicKey : undefined;
  }

  /** Asks every member whose key is not known and that is connected. */
  private look(): void {
    const { members, network, clock } = this.modules;
    if (this.abort.signal.aborted) return;
    const up = new Set(network.peers().map(({ peerId }) => peerId));
    for (const member of members.current.clinics) {
      const { number, encryptionKey, nodeKey } = member;
      const lacking = number !== this.options.clinic && this.of(number, encryptionKey) === undefined;
      if (!lacking || !up.has(peerIdOf(nodeKey)) || this.asking.has(number)) continue;
      this.asking.set(
        number,
        this.ask(member).finally(() => this.asking.delete(number)),
      );
    }
    clock.clearTimeout(this.timer);
    this.timer = clock.setTimeout(() => this.look(), LOOK_MS);
  }

  private async ask({ number, nodeKey, encryptionKey }: Member): Promise<void> {
    const { network, members, database, logger } = this.modules;
    const signal = AbortSignal.any([this.abort.signal, AbortSignal.timeout(REQUEST_MS)]);
    try {
      const answer = network.request(peerIdOf(nodeKey), HYBRID_KEYS.protocol, Uint8Array.of(1), signal);
      for await (const chunk of answer) {
        const key = decodeHybridKey(chunk);
        const theirs = key.clinic === number && members.senderEver(key.signer)?.clinic === number;
        const inForce = equalBytes(key.encryptionKey, encryptionKey);
        if (!theirs || !inForce || !(await verifyHybridKey(key, this.options.signer.genesisId))) continue;
        await database.batch([{ type: 'put', key: hybridKey(number), value: encodeHybridKey(key) }]);
        this.known.set(number, key);
      }
    } catch (error) {
      logger.debug({ clinic: number, code: codeOf(error) }, 'asked a clinic for its hybrid key in vain');
    }
  }

  private async *answer(from: string): AsyncGenerator<Uint8Array> {
    const { clinics } = this.modules.members.current;
    const own = clinics.find(({ number }) => number === this.options.clinic);
    const key = own && this.own(own.encryptionKey);
    if (key === undefined || !clinics.some(({ nodeKey }) => peerIdOf(nodeKey) === from)) {
      throw new ProtocolError({ code: 'p2p.unavailable', reason: 'not-a-member' });
    }
    yield encodeHybridKey(key);
  }

  private own(encryptionKey: Uint8Array): HybridKey | undefined {
    const { clinic, signer, openingKeys } = this.options;
    const kept = this.known.get(clinic);
    if (kept !== undefined && equalBytes(kept.encryptionKey, encryptionKey)) return kept;
    const opening = openingKeys.find(({ encryption }) =>
      equalBytes(encryptionKeyPair(encryption).publicKey, encryptionKey),
    );
    if (opening === undefined) return undefined;
    const made = makeHybridKey(clinic, encryptionKey, opening, signer);
    this.known.set(clinic, made);
    return made;
  }
}
