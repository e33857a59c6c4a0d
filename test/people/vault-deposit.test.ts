// Where deposits of persons are while clinics of other organisations come and go: at the one that the rule names, moved when
// that one leaves, gone everywhere when the person is erased. Real databases and seals; requests go through memory.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { encryptionKeyPair, randomBytes, signingKeyPair } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { systemClock } from '../../common/clock.ts';
import { createLogger } from '../../common/logger.ts';
import { Branches } from '../../node/people/branches.ts';
import { OrganisationSecrets } from '../../node/people/organisation-secrets.ts';
import { newId, PeopleStore } from '../../node/people/people-store.ts';
import { VaultDeposit } from '../../node/people/vault-deposit.ts';
import { encodeVaultRequest } from '../../node/people/wire.ts';
import { LocalDatabase } from '../../node/store/local-database.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network, RequestHandler } from '../../p2p/ports.ts';
import { waitFor } from '../helpers/wait-for.ts';

const logger = createLogger({ level: 'silent' });
const genesisId = randomBytes(32);
const HELD = Uint8Array.of(0x76);
let undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.reverse()) await step();
  undo = [];
});

function nodeKeys() {
  const nodeSeed = randomBytes(32);
  return { nodeSeed, node: signingKeyPair(nodeSeed) };
}

/** Clinic 1 is alone in its organisation; every other one is of another. */
class Clinics {
  readonly all = [1, 2, 3, 4].map((number) => ({
    ...{ number, organisation: number, ...nodeKeys(), encryption: encryptionKeyPair() },
  }));
  private readonly directory: string;
  private members = [1, 2, 3];
  private readonly listeners = new Set<() => void>();
  private readonly served = new Map<string, RequestHandler>();

  constructor(directory: string) {
    this.directory = directory;
  }

  /** As one clinic asks another, with no node of its own. */
  ask(from: number, to: number, request: Uint8Array): AsyncIterable<Uint8Array> {
    const [asker, asked] = [from, to].map((number) => peerIdOf(this.all[number - 1].node.publicKey));
    return (this.served.get(asked) as RequestHandler)(asker, request);
  }

  set(members: number[]): void {
    this.members = members;
    for (const listener of [...this.listeners]) listener();
  }

  /** `as`: in another directory, with what is given in the place of what this clinic has. */
  async start(
    number: number,
    users: () => Iterable<string> = () => [],
    as?: { directory: string; nodeSeed?: Uint8Array; reclaim?: boolean },
  ) {
    const { organisation, node, encryption } = this.all[number - 1];
    const nodeSeed = as?.nodeSeed ?? this.all[number - 1].nodeSeed;
    const path = join(this.directory, as?.directory ?? String(number));
    const database = new LocalDatabase({ path, name: 'people', key: new Uint8Array(32).fill(number) });
    await database.open();
    const store = new PeopleStore({ clinic: number }, { database, clock: systemClock });
    await store.start(() => undefined);
    const secrets = new OrganisationSecrets({ database });
    await secrets.start(() => ({ made: 1, secret: randomBytes(32) }));
    const members = {
      current: () => this.members.map((one) => this.all[one - 1]),
      onChange: (listener: () => void) => {
        this.listeners.add(listener);
        return () => this.listeners.delete(listener);
      },
    };
    const branches = new Branches({ clinic: number, organisation }, {
      members: Object.defineProperty({ onChange: members.onChange }, 'current', {
        get: () => ({
          clinics: members.current().map(({ node: { publicKey: nodeKey }, encryption: { publicKey }, ...rest }) => ({
            ...{ ...rest, nodeKey, encryptionKey: publicKey },
          })),
        }),
      }),
    } as never);
    const peerId = peerIdOf(node.publicKey);
    const network = {
      serve: (_: unknown, handler: RequestHandler) => this.served.set(peerId, handler),
      onPeer: () => () => undefined,
      peers: () => [...this.served.keys()].filter((one) => one !== peerId).map((one) => ({ peerId: one })),
      request: (to: string, _: string, bytes: Uint8Array) => (this.served.get(to) as RequestHandler)(peerId, bytes),
    } as unknown as Network;
    const deposit = new VaultDeposit(
      { genesisId, clinic: number, organisation, encryptionSecrets: [encryption.secretKey], nodeSeed },
      { network, branches, store, secrets, database, clock: systemClock, logger, users },
    );
    await deposit.start(as?.reclaim === true);
    const stop = async (): Promise<void> => {
      await deposit.stop();
      await database.close();
    };
    undo.push(() => stop().catch(() => undefined));
    const rows = async (): Promise<string[]> => {
      const found: string[] = [];
      for await (const [, value] of database.range({ prefix: HELD })) found.push(toHex(value));
      return found;
    };
    const held = async (): Promise<number> => (await rows()).length;
    return { deposit, store, held, rows, stop };
  }
}

async function clinics(): Promise<Clinics> {
  const directory = await mkdtemp(join(tmpdir(), 'wardmesh-deposit-'));
  undo.push(() => rm(directory, { recursive: true, force: true }));
  return new Clinics(directory);
}

describe('deposits of persons', { timeout: 30_000 }, () => {
  it('are with the one that the rule names, move when it leaves or another comes, and are nowhere after an erasure', async () => {
    const all = await clinics();
    const users = Array.from({ length: 12 }, () => newId());
    const others = await Promise.all([2, 3, 4].map((number) => all.start(number)));
    const held = () => Promise.all(others.map((other) => other.held()));
    let here = await all.start(1, () => users);
    const settled = () => waitFor(() => here.deposit.waiting === 0, { what: 'the deposits' });
    const byRule = () =>
      [2, 3, 4].map((number) => users.filter((user) => here.deposit.holderOf(user)?.member.number === number).length);
    const vault = { version: 1, vault: '{"sealed":"in the browser"}' };
    for (const user of users) await here.store.write([{ user, name: 'vault', value: vault }]);
    await settled();
    expect(await held()).toEqual(byRule());
    expect(byRule()[2]).toBe(0);

    // Clinic 2 leaves while this one is away: what it held is found missing at the start.
    await here.stop();
    all.set([1, 3]);
    here = await all.start(1, () => users);
    await waitFor(async () => (await held())[1] === users.length, { what: 'the deposits that were elsewhere' });
    await settled();

    all.set([1, 3, 4]);
    await waitFor(async () => (await held())[2] === byRule()[2] && byRule()[2] > 0, { what: 'what the new one holds' });
    await settled();

    for (const user of users) await here.store.erase(user);
    await settled();
    expect((await held()).slice(1)).toEqual([0, 0]);
  });

  it('come back after a loss when a clinic of the organisation made them, and never when their holder made them up', async () => {
    const all = await clinics();
    all.set([1, 2]);
    const holder = await all.start(2);
    const [madeUp, own] = [newId(), newId()].sort();
    const vault = { version: 1, vault: '{"sealed":"in the browser"}' };
    // What seals to an organisation's clinics is public: the holder lacks nothing but the signature.
    const made = [
      { user: madeUp, as: { directory: 'forger', nodeSeed: all.all[1].nodeSeed } },
      { user: own, as: { directory: 'before' } },
    ];
    for (const [at, { user, as }] of made.entries()) {
      const there = await all.start(1, () => [user], as);
      await there.store.write([{ user, name: 'vault', value: vault }]);
      await waitFor(async () => (await holder.held()) === at + 1 && there.deposit.waiting === 0);
      await there.stop();
    }
    const { store } = await all.start(1, () => [], { directory: 'after', reclaim: true });
    await waitFor(async () => (await store.get(own, 'vault')) !== undefined, { what: 'the deposit' });
    expect(await store.of(madeUp)).toEqual([]);
  });

  it('are made anew when a key of the organisation changes: they are believed under keys in force alone', async () => {
    const all = await clinics();
    all.set([1, 2]);
    const holder = await all.start(2);
    const user = newId();
    let here = await all.start(1, () => [user]);
    await here.store.write([{ user, name: 'vault', value: { version: 1, vault: '{}' } }]);
    await waitFor(async () => (await holder.held()) === 1 && here.deposit.waiting === 0);
    await here.stop();
    const before = await holder.rows();
    Object.assign(all.all[0], nodeKeys());
    here = await all.start(1, () => [user]);
    await waitFor(async () => (await holder.rows())[0] !== before[0], { what: 'another deposit' });
    await here.stop();
    const { store } = await all.start(1, () => [], { directory: 'after', reclaim: true });
    await waitFor(async () => (await store.get(user, 'vault')) !== undefined, { what: 'the deposit' });
  });

  it('count for their organisation what it has, whatever is sent at one time', async () => {
    const all = await clinics();
    const holder = await all.start(2);
    const user = newId();
    const send = async (time: number, sealed: Uint8Array): Promise<void> => {
      for await (const _ of all.ask(1, 2, encodeVaultRequest({ type: 'put', user, time, sealed })));
    };
    const counted = () => holder.deposit['held'].of(1);
    await Promise.all([1, 2, 3].map((time) => send(time, randomBytes(50))));
    expect(counted()).toEqual({ count: 1, bytes: 58 });
    await Promise.all([4, 5, 6].map((time) => send(time, new Uint8Array(0))));
    expect(counted()).toEqual({ count: 0, bytes: 0 });
    expect(await holder.held()).toBe(0);
  });

  it('wait while nobody can hold them', async () => {
    const all = await clinics();
    all.set([1]);
    const user = newId();
    const here = await all.start(1, () => [user]);
    await here.store.write([{ user, name: 'vault', value: { version: 1, vault: '{}' } }]);
    await waitFor(() => here.deposit.waiting === 1);
    const other = await all.start(2);
    all.set([1, 2]);
    await waitFor(async () => (await other.held()) === 1 && here.deposit.waiting === 0);
  });
});
