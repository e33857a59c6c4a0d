// Clinics' drivers over one ledger in memory and requests from hand to hand: the moves of whole nodes without their sockets.
import { encryptionKeyPair, randomBytes } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { systemClock } from '../../common/clock.ts';
import { oprfKeyPair } from '../../common/crypto/oprf.ts';
import { createLogger } from '../../common/logger.ts';
import type { Purpose } from '../../consensus/ledger/ceremony/purpose.ts';
import { type CeremonyRow, findCeremony } from '../../consensus/ledger/ceremony/rows.ts';
import {
  type CeremonyMode,
  ceremonyObject,
  encodeBegin,
  encodeComplain,
} from '../../consensus/ledger/ceremony/types.ts';
import { CEREMONY_BEGIN, CEREMONY_COMPLAIN } from '../../consensus/ledger/kinds.ts';
import { objectId } from '../../consensus/ledger/objects.ts';
import type { Statement } from '../../consensus/ledger/types.ts';
import { ChainShares } from '../../node/ceremony/chain-shares.ts';
import { CeremonyDriver } from '../../node/ceremony/driver.ts';
import type { CeremonyChain } from '../../node/ceremony/ports.ts';
import { newClinicSecrets } from '../../node/genesis/founding.ts';
import type { KeystoreContents } from '../../node/keystore/contents.ts';
import type { KeyKeeper } from '../../node/members/own-keys.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { RequestHandler } from '../../p2p/ports.ts';
import { byClinic, named, salt } from '../consensus/ledger/fixture.ts';
import { admit, genesisOf, TestNetwork } from '../consensus/ledger/network.ts';

const identifier = oprfKeyPair(named('identifier'));
const logger = createLogger({ level: 'silent' });

export class TestClinic {
  contents: KeystoreContents;
  driver: CeremonyDriver | undefined;
  shares: ChainShares;
  private readonly world: TestCeremonies;
  readonly number: number;

  constructor(world: TestCeremonies, number: number) {
    this.world = world;
    this.number = number;
    const threatKeys = [{ epoch: 1, key: new Uint8Array(32) }];
    const secrets = newClinicSecrets();
    const seeds = { ...secrets.seeds, encryption: world.encryptionSeed(number) };
    this.contents = { ...secrets, seeds, shared: { threatKeys, identifierKey: identifier.secretKey } };
    this.shares = this.newShares();
  }

  /** A process that knows no more than what its keystore and the chain say. */
  start(): void {
    const { world, number } = this;
    const { network } = world;
    this.shares = this.newShares();
    const said = new Set<string>();
    this.driver = new CeremonyDriver(
      { genesis: network.genesis, genesisId: network.id, clinic: number },
      {
        chain: world.chain,
        shares: this.shares,
        keystore: this.keystore,
        clock: systemClock,
        logger,
        randomBytes,
        network: {
          serve: (_options, handler) => void world.handlers.set(number, handler),
          request: (peerId, _protocol, request) => world.request(number, peerId, request),
        },
        say: async (statement) => {
          const { kind, version, payload } = statement;
          const object = toHex(statement.object);
          if (said.has(object)) return;
          said.add(object);
          world.said.push(
            network.dated({ kind, object: statement.object, version, payload, author: byClinic(number) }),
          );
        },
      },
    );
  }

  async kill(): Promise<void> {
    const { driver } = this;
    this.driver = undefined;
    this.world.handlers.delete(this.number);
    await driver?.stop();
  }

  get keystore(): KeyKeeper {
    const clinic = this;
    return {
      get contents() {
        return clinic.contents;
      },
      update: async (change) => {
        clinic.contents = change(clinic.contents);
        return clinic.contents;
      },
    };
  }

  private newShares(): ChainShares {
    const { chain, network } = this.world;
    return new ChainShares({ genesis: network.genesis }, { chain, keystore: this.keystore, logger });
  }
}

export class TestCeremonies {
  readonly network: TestNetwork;
  readonly clinics: TestClinic[];
  readonly handlers = new Map<number, RequestHandler>();
  said: Statement[] = [];
  patients = false;
  /** Blocks that are not final yet. */
  open = 0;
  /** What somebody gives in place of a share. */
  lies: ((dealer: number, asker: number) => boolean) | undefined;
  /** Who gives nothing to whom. */
  silent: ((dealer: number, asker: number) => boolean) | undefined;

  constructor(organisations: readonly number[]) {
    const genesis = genesisOf(organisations);
    const clinics = genesis.clinics.map((clinic) => ({
      ...clinic,
      encryptionKey: encryptionKeyPair(this.encryptionSeed(clinic.number)).publicKey,
    }));
    this.network = new TestNetwork({ ...genesis, clinics, identifierKey: identifier.publicKey });
    this.clinics = organisations.map((_, at) => new TestClinic(this, at + 1));
    for (const clinic of this.clinics) clinic.start();
  }

  encryptionSeed(number: number): Uint8Array {
    return named(`encryption ${number}`);
  }

  clinic(number: number): TestClinic {
    return this.clinics[number - 1];
  }

  row(purpose: Purpose): CeremonyRow | undefined {
    return findCeremony(this.network.state, purpose);
  }

  readonly chain: CeremonyChain = {
    position: () => ({ height: this.network.height, final: this.network.height - this.open }),
    members: () => this.network.members,
    states: async (keys) => keys.map((key) => this.network.state.get(key)),
    hasPatients: async () => this.patients,
    behind: () => false,
  };

  async begin(purpose: Purpose, mode: CeremonyMode, generation = 1): Promise<void> {
    const name = salt(`${purpose} ${generation} ${this.network.height}`);
    const author = byClinic(1);
    const payload = encodeBegin({ salt: name, purpose, mode, generation });
    const object = objectId(CEREMONY_BEGIN, author, name);
    this.network.block([this.network.dated({ kind: CEREMONY_BEGIN, author, object, version: 1, payload })]);
  }

  /** A clinic that joins later: it never had the whole key of genesis. */
  admit(number: number): void {
    const { publicKey: encryptionKey } = encryptionKeyPair(this.encryptionSeed(number));
    const by = this.network.members.clinics.map((clinic) => clinic.number);
    this.network.decide(admit(`late ${number}`, `Organisation ${number}`, { encryptionKey }), by);
    this.network.settle();
    const clinic = new TestClinic(this, number);
    const { threatKeys } = clinic.contents.shared!;
    clinic.contents = { ...clinic.contents, shared: { threatKeys, identifierKey: undefined } };
    this.clinics.push(clinic);
    clinic.start();
  }

  /** A complaint that its clinic's own driver would not make. */
  accuse(holder: number, dealer: number): void {
    const { ceremony, attempt } = this.row('emergency')!;
    const run = { purpose: 'emergency', ceremony, attempt } as const;
    this.said.push(
      this.network.dated({
        kind: CEREMONY_COMPLAIN,
        author: byClinic(holder),
        object: ceremonyObject(CEREMONY_COMPLAIN, run, holder, dealer),
        version: 1,
        payload: encodeComplain({ ...run, dealer }),
      }),
    );
  }

  /** Everybody looks, and what they say stands in a block. */
  async round(): Promise<void> {
    for (const { driver } of this.clinics) await driver?.look();
    const { said } = this;
    this.said = [];
    this.network.block(said.map((one) => ({ ...one, issued: this.network.dated(one).issued })));
  }

  async rounds(done: () => boolean, most = 140): Promise<void> {
    for (let i = 0; i < most && !done(); i++) await this.round();
    if (!done()) throw new Error('the ceremony does not come so far');
  }

  async *request(asker: number, peerId: string, request: Uint8Array): AsyncGenerator<Uint8Array> {
    const dealer = this.network.members.clinics.find(({ nodeKey }) => peerIdOf(nodeKey) === peerId)!.number;
    const handler = this.handlers.get(dealer);
    if (handler === undefined || this.silent?.(dealer, asker)) throw new Error('not connected');
    const own = this.network.members.clinic(asker)!;
    for await (const chunk of handler(peerIdOf(own.nodeKey), request)) {
      yield this.lies?.(dealer, asker) ? chunk.map((byte, at) => (at === 40 ? byte ^ 1 : byte)) : chunk;
    }
  }
}
