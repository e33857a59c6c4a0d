// Three clinics' part in the weekly threat key over one ledger in memory: who makes it, who gets it, under which reports go,
// when it is destroyed; with clinics that are away, lie or start again.
import { expect, it } from 'vitest';
import { encryptionKeyPair, randomBytes } from '#crypto';
import { createLogger } from '../../../common/logger.ts';
import { decodeStatement } from '../../../consensus/ledger/statement.ts';
import { threatKeyHash } from '../../../consensus/ledger/threats/key-epoch/types.ts';
import type { Statement } from '../../../consensus/ledger/types.ts';
import { ClinicAuthor } from '../../../node/clinic-author.ts';
import { newClinicSecrets } from '../../../node/genesis/founding.ts';
import { sealSharedKeysTo } from '../../../node/genesis/shared-keys.ts';
import type { KeystoreContents, SharedKeys } from '../../../node/keystore/contents.ts';
import type { NewStatement } from '../../../node/outbox/outbox.ts';
import type { OutboxRecord } from '../../../node/outbox/record.ts';
import { askForKeys } from '../../../node/threats/key-epochs/ask.ts';
import { ThreatKeyEpochs } from '../../../node/threats/key-epochs/key-epochs.ts';
import { peerIdOf } from '../../../p2p/peer-id.ts';
import type { PeerInfo } from '../../../p2p/ports.ts';
import { START, T } from '../../consensus/ledger/fixture.ts';
import { genesisOf, TestNetwork } from '../../consensus/ledger/network.ts';
import { ManualClock } from '../../helpers/manual-clock.ts';

const FIRST = { epoch: 1, key: new Uint8Array(32).fill(9) };
const BASE = genesisOf([1, 2, 3]);
const GENESIS = {
  ...BASE,
  threatKeyHash: threatKeyHash(FIRST.key),
  params: { ...BASE.params, threatMaxLife: 30 * T, keyGrace: 60 * T },
};
const logger = createLogger({ level: 'silent' });

class World {
  readonly network = new TestNetwork(GENESIS);
  readonly clock = new ManualClock(START);
  readonly clinics = [1, 2, 3].map((number) => new Clinic(this, number));
  /** Height of the last final block. */
  final = 0;

  clinic(number: number): Clinic {
    return this.clinics[number - 1];
  }

  /** What a clinic hands to another one that asks. */
  async *give(peerId: string, to: number): AsyncGenerator<Uint8Array> {
    const { lie, epochs } = this.clinics.find((clinic) => clinic.peerId === peerId)!;
    const given = lie ?? epochs.handOver();
    const { publicKey } = encryptionKeyPair(this.clinic(to).contents.seeds.encryption);
    if (given !== undefined) yield sealSharedKeysTo(GENESIS, to, publicKey, given);
  }

  /** Blocks with what the clinics said, everybody looking after each; all is final but the last `open`. */
  async blocks(count: number, open = 0): Promise<void> {
    for (let n = 0; n < count; n++) {
      const said = this.clinics.flatMap((clinic) => clinic.say());
      this.network.block(said);
      this.final = Math.max(this.final, this.network.height - open);
      this.clock.advance(T);
      for (const clinic of this.clinics) await clinic.look();
    }
  }
}

class Clinic {
  contents: KeystoreContents = { ...newClinicSecrets(), shared: { threatKeys: [FIRST], identifierKey: undefined } };
  up = true;
  /** What it gives in place of its keys. */
  lie: SharedKeys | undefined;
  epochs: ThreatKeyEpochs;
  private readonly world: World;
  private readonly number: number;
  private waiting: NewStatement[] = [];
  private asking: Promise<unknown> = Promise.resolve();

  constructor(world: World, number: number) {
    this.world = world;
    this.number = number;
    this.epochs = this.start();
  }

  start(): ThreatKeyEpochs {
    const { network, clock } = this.world;
    const clinic = this;
    const states = async (keys: readonly Uint8Array[]) => keys.map((key) => network.state.get(key));
    const ask = askForKeys(
      { genesis: GENESIS, clinic: this.number },
      {
        ...{ states, logger },
        network: { peers: () => this.peers(), request: (peerId) => this.world.give(peerId, this.number) },
        keystore: {
          get contents() {
            return clinic.contents;
          },
        },
        members: () => network.members,
      },
    );
    this.epochs = new ThreatKeyEpochs(
      { genesis: GENESIS, clinic: this.number },
      {
        chain: {
          states,
          final: () => this.world.final,
          members: () => network.members,
          behind: () => false,
        },
        keystore: {
          get contents() {
            return clinic.contents;
          },
          update: async (change) => {
            clinic.contents = change(clinic.contents);
            return clinic.contents;
          },
        },
        outbox: {
          list: () => this.waiting.map((one) => ({ ...one, state: 'queued' }) as OutboxRecord),
          submit: async (statements) => {
            this.waiting.push(...statements);
            return [];
          },
        },
        author: new ClinicAuthor({ genesisId: network.id, clinic: this.number }, { clock }),
        ...{ clock, logger, randomBytes },
        ask: (...asked) => {
          const given = ask(...asked);
          this.asking = given;
          return given;
        },
      },
    );
    this.up = true;
    this.epochs.start();
    return this.epochs;
  }

  async kill(): Promise<void> {
    this.up = false;
    await this.epochs.stop();
  }

  /** Its statements go into the next block. */
  say(): Statement[] {
    return this.up ? this.waiting.splice(0).map(({ statement }) => decodeStatement(statement)) : [];
  }

  async look(): Promise<void> {
    if (!this.up) return;
    this.epochs.look();
    // everything else is in memory: nothing is left to wait for after one turn of the loop
    await new Promise((resolve) => setImmediate(resolve));
    await this.asking;
    await new Promise((resolve) => setImmediate(resolve));
  }

  get peerId(): string {
    return peerIdOf(this.world.network.members.clinic(this.number)!.nodeKey);
  }

  private peers(): PeerInfo[] {
    const others = this.world.clinics.filter((other) => other !== this && other.up);
    return others.map(({ peerId }) => ({ peerId }) as PeerInfo);
  }

  get keys(): number[] {
    return this.contents.shared!.threatKeys.map(({ epoch }) => epoch);
  }
}

const WEEK_BLOCKS = 30;

it('make one key a week by turns, hand it to all and report under it once it is final', async () => {
  const world = new World();
  await world.blocks(WEEK_BLOCKS - 2);
  for (const clinic of world.clinics)
    expect(clinic.epochs.state()).toMatchObject({ epoch: 1, sealing: 1, missing: [] });
  await world.blocks(6, 100);
  // on the chain and here, and not final: a branch may still put another one in its place
  for (const clinic of world.clinics) {
    expect(clinic.keys).toEqual([1, 2]);
    expect(clinic.epochs.state()).toMatchObject({ epoch: 2, sealing: 1, missing: [] });
    expect(clinic.epochs.sealing().epoch).toBe(1);
  }
  await world.blocks(1);
  const held = world.clinics.map(({ epochs }) => epochs.sealing());
  expect(held.map(({ epoch }) => epoch)).toEqual([2, 2, 2]);
  expect(held.map(({ key }) => key)).toEqual([held[0].key, held[0].key, held[0].key]);
  await world.blocks(2 * WEEK_BLOCKS + 10);
  expect(world.clinics.map(({ epochs }) => epochs.sealing().epoch)).toEqual([4, 4, 4]);
});

it('go on without who is away, and give it what it missed when it is back', async () => {
  for (const away of [1, 2, 3]) {
    const world = new World();
    await world.clinic(away).kill();
    await world.blocks(2 * WEEK_BLOCKS + 100);
    const others = world.clinics.filter(({ up }) => up);
    const [{ epochs }] = others;
    expect(epochs.sealing().epoch).toBeGreaterThanOrEqual(3);
    expect(others.map((clinic) => clinic.epochs.sealing())).toEqual([epochs.sealing(), epochs.sealing()]);
    // only what was on its disk
    world.clinic(away).start();
    await world.blocks(2);
    expect(world.clinic(away).epochs.sealing()).toEqual(epochs.sealing());
    expect(world.clinic(away).epochs.state()).toMatchObject({ missing: [] });
  }
});

it('take no key that the chain does not state, and say that they lack it', async () => {
  const world = new World();
  await world.clinic(3).kill();
  await world.blocks(WEEK_BLOCKS + 25);
  const wrong = { threatKeys: [FIRST, { epoch: 2, key: new Uint8Array(32) }], identifierKey: undefined };
  for (const number of [1, 2]) world.clinic(number).lie = wrong;
  world.clinic(3).start();
  await world.blocks(1);
  expect(world.clinic(3).epochs.state()).toMatchObject({ epoch: 2, sealing: 1, missing: [2] });
  expect(world.clinic(3).keys).toEqual([1]);
  world.clinic(1).lie = undefined;
  world.clinic(2).lie = undefined;
  await world.blocks(10);
  expect(world.clinic(3).epochs.state()).toMatchObject({ epoch: 2, sealing: 2, missing: [] });
});

it('destroy a key 30 days after reports under it are over, and hand over none that is only made', async () => {
  const world = new World();
  await world.blocks(WEEK_BLOCKS + 5);
  const clinic = world.clinic(1);
  expect(clinic.keys).toEqual([1, 2]);
  // the first is taken for two weeks more, and kept for its 30 days
  await world.blocks(2 * WEEK_BLOCKS + 60 - 10);
  expect(clinic.keys).toContain(1);
  await world.blocks(12);
  expect(clinic.keys).not.toContain(1);
  expect(clinic.keys.at(-1)).toBe(clinic.epochs.state()!.epoch);
  const epoch = clinic.epochs.state()!.epoch + 1;
  clinic.contents = {
    ...clinic.contents,
    shared: {
      ...clinic.contents.shared!,
      threatKeys: [...clinic.contents.shared!.threatKeys, { epoch, key: new Uint8Array(32) }],
    },
  };
  expect(clinic.epochs.handOver()!.threatKeys.map((key) => key.epoch)).not.toContain(epoch);
});

it('go on under the key before when its maker gives the next to nobody, and under the one after that', async () => {
  const world = new World();
  for (const clinic of world.clinics) clinic.lie = { threatKeys: [FIRST], identifierKey: undefined };
  await world.blocks(WEEK_BLOCKS + 20);
  const makers = world.clinics.filter(({ epochs }) => epochs.sealing().epoch === 2);
  expect(makers).toHaveLength(1);
  const others = world.clinics.filter((clinic) => clinic !== makers[0]);
  for (const { epochs } of others) expect(epochs.state()).toMatchObject({ epoch: 2, sealing: 1, missing: [2] });
  for (const clinic of others) clinic.lie = undefined;
  await world.blocks(WEEK_BLOCKS + 8);
  for (const { epochs } of others) expect(epochs.state()).toMatchObject({ epoch: 3, sealing: 3, missing: [2] });
});

it('take the right key from a member that gives a wrong one with it', async () => {
  const world = new World();
  await world.clinic(3).kill();
  await world.blocks(2 * WEEK_BLOCKS + 30);
  const { threatKeys } = world.clinic(1).epochs.handOver()!;
  expect(threatKeys.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
  const [first, , third] = threatKeys;
  const lie = { threatKeys: [first, { epoch: 2, key: new Uint8Array(32) }, third], identifierKey: undefined };
  for (const number of [1, 2]) world.clinic(number).lie = lie;
  world.clinic(3).start();
  await world.blocks(1);
  expect(world.clinic(3).epochs.state()).toMatchObject({ epoch: 3, sealing: 3, missing: [2] });
});
