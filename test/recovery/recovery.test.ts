// A clinic that lost the keys of its records brings them back from those that keep them, with everything real but the network
// and the chain: what opens again, what stays shut until somebody comes, and what was erased meanwhile.
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { fromHex, toHex } from '../../common/bytes.ts';
import { systemClock } from '../../common/clock.ts';
import { createLogger } from '../../common/logger.ts';
import { encodeConsentRow } from '../../consensus/ledger/consent/rows.ts';
import { consentKey } from '../../consensus/ledger/tables.ts';
import { CategoryKeys } from '../../node/charts/category-keys.ts';
import {
  ChartStore,
  keepVaultKey,
  putChart,
  putGiven,
  putGivenPacket,
  putPacket,
  putRow,
  putSecret,
  putTerms,
  putVault,
  putVaultKey,
} from '../../node/charts/chart-store.ts';
import { queuePrefix } from '../../node/charts/layout.ts';
import { Outgoing } from '../../node/charts/outgoing.ts';
import { OwnCharts, type OwnRef, withBlob } from '../../node/charts/own-chart.ts';
import { decodeRowItem } from '../../node/charts/rows-wire.ts';
import { VaultCustody } from '../../node/charts/vault-custody.ts';
import { MemberSets } from '../../node/members/member-sets.ts';
import { RecoveryGate } from '../../node/recovery/gate.ts';
import { GivingBack } from '../../node/recovery/giving-back.ts';
import { KeyMarks } from '../../node/recovery/key-marks.ts';
import { Recovery } from '../../node/recovery/recovery.ts';
import { TakingBack } from '../../node/recovery/taking-back.ts';
import { decodeRecoverAnswer, encodeRecoverAnswer, encodeRecoverMessage } from '../../node/recovery/wire.ts';
import type { LocalWrite } from '../../node/store/local-database.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network, RequestHandler } from '../../p2p/ports.ts';
import { openingKey } from '../../records/chart/hybrid-key.ts';
import { type KeyRow, makeKeyRow, openDataKey } from '../../records/chart/key-row.ts';
import { makePacket, openPacket } from '../../records/chart/packet.ts';
import { openTerms, type SealedTerms, sealTerms, termsCommitment } from '../../records/chart/sealed-terms.ts';
import { ALL_DATA, type Terms } from '../../records/consent/terms.ts';
import { encodeTerms } from '../../records/consent/terms-codec.ts';
import { SEALED_VAULT_KEY_BYTES } from '../../records/vault/ring.ts';
import { eraseOnChain, recordOnChain } from '../helpers/erased-chain.ts';
import { founders } from '../helpers/founders.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { MemoryKeyValues } from '../helpers/memory-key-values.ts';
import { memoryRows } from '../helpers/memory-rows.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { manifest as anyManifest } from '../records/chart/generators.ts';

const logger = createLogger({ level: 'silent' });
const { secrets, genesis, genesisId } = founders(4);
const members = new MemberSets({ genesis }, { states: async () => [] });
const numbers = members.current.clinics.map(({ number }) => number);
const peerOf = (number: number) => peerIdOf(members.current.clinic(number)?.nodeKey as Uint8Array);
const blobs = { has: async () => false, stat: async () => undefined } as never;
const stops: (() => Promise<void>)[] = [];
afterAll(() => Promise.all(stops.map((stop) => stop())));

let chain: Map<string, Uint8Array>;
let served: Map<string, RequestHandler>;
let connected: Set<number>;
let listeners: ((event: 'connected', peerId: string) => void)[];
let lost: number[];
beforeEach(() => {
  [chain, served, connected] = [new Map(), new Map(), new Set(numbers)];
  [listeners, lost] = [[], []];
});

/** As clinic `number` sees the others. */
function network(number: number): Network {
  return {
    peers: () => numbers.filter((one) => one !== number && connected.has(one)).map((one) => ({ peerId: peerOf(one) })),
    onPeer: (listener: (event: 'connected', peerId: string) => void) => {
      listeners.push(listener);
      return () => undefined;
    },
    serve: (_: unknown, handler: RequestHandler) => void served.set(peerOf(number), handler),
    async *request(peerId: string, _: string, request: Uint8Array) {
      const handler = served.get(peerId);
      if (handler === undefined) throw new Error('not connected');
      yield* handler(peerOf(number), request);
    },
  } as unknown as Network;
}

/** Another member, which keeps what it was sent. */
function custodian(number: number) {
  const rows = memoryRows();
  new GivingBack({
    ...{ rows, blobs, members, network: network(number), clock: systemClock, logger },
    resend: async (to) => void lost.push(to),
  });
  return rows;
}

/** Clinic 1 with an empty database of key rows; `backup`: what a restore left beside it. */
function clinicOne(backup: readonly LocalWrite[] = []) {
  const database = memoryRows();
  const gate = new RecoveryGate();
  const gated = gate.before(database);
  const store = new ChartStore({ database: gated });
  const { seeds, storageKey } = secrets[0];
  const signer = { genesisId, seed: seeds.node };
  const clock = new ManualClock();
  const outgoing = new Outgoing(
    { genesisId, clinic: 1, nodeSeed: seeds.node },
    {
      ...{ database: gated, members, blobs, clock: systemClock, logger },
      network: { onPeer: () => () => undefined, peers: () => [] } as never,
    },
  );
  stops.push(() => outgoing.stop());
  const keys = new CategoryKeys({ store });
  const own = new OwnCharts(
    { clinic: 1, organisation: 1, signer },
    {
      ...{ store, keys, outgoing, members, logger, chain: { stateRange: async () => [] } },
      ...{ hybrid: { of: () => undefined }, judge: { about: async () => undefined } },
    },
  );
  const refs: OwnRef[] = [];
  const vaults: OwnRef[] = [];
  const vaultCustody = new VaultCustody({ signer }, { store, charts: own, outgoing, members });
  const charts = {
    own,
    all: async function* () {
      for (const ref of refs) if ((await store.chartOf(ref.handle, 1)) !== undefined) yield ref;
    },
    ofHandle: async (handle: Uint8Array) => refs.find((ref) => toHex(ref.handle) === toHex(handle)),
    vaults: async function* (of?: Uint8Array) {
      for (const ref of vaults) if (of === undefined || toHex(of) === toHex(ref.handle)) yield ref;
    },
    vaultCustody,
    tidy: async () => {
      for (const ref of refs) await own.change(() => own.tidy(ref));
    },
  };
  const begun: string[] = [];
  let ready = 0;
  const marks = new KeyMarks({ rows: database, store: new MemoryKeyValues() });
  const recovery = new Recovery(
    { clinic: 1 },
    {
      ...{ gate, marks, members, network: network(1), clock, logger, rows: () => database },
      backup: { present: true, takeOver: () => database.batch(backup), drop: async () => undefined } as never,
      takingBack: new TakingBack(
        { genesisId, clinic: 1, openingKeys: [openingKey(seeds.encryption, storageKey)] },
        {
          ...{ members, blobs, guards: { isErased: () => false } },
          chain: { states: async (wanted) => wanted.map((key) => chain.get(toHex(key))) },
        },
      ),
      catchUp: { active: false, begin: async (reason) => void begun.push(reason) },
      charts: () => charts as never,
      erase: async () => undefined,
      onReady: async () => void ready++,
    },
  );
  stops.push(() => recovery.stop());
  const write = (ref: OwnRef, written = 1): Promise<KeyRow> =>
    own.change(async () => {
      const { epoch, key, writes } = await keys.inForce(ref, 'labs');
      const name = { ...ref, category: 'labs' as const, epoch, record: randomBytes(32), version: 1, revision: 1 };
      const content = { manifest: fc.sample(anyManifest, 1)[0], salt: randomBytes(32), dataKey: randomBytes(32) };
      const row = makeKeyRow({ ...name, written, cid: '', size: 0 }, key, content as never, signer);
      const sent = outgoing.queue(await store.custodians(ref, 'labs'), withBlob(row));
      await store.batch([...writes, putChart(ref.handle, ref), putRow(row), ...sent]);
      await own.custodians(ref, 'labs');
      return row;
    });
  /** What waits for a clinic reaches it. */
  const deliver = async (to: number, rows: ReturnType<typeof memoryRows>): Promise<void> => {
    const writes: LocalWrite[] = [];
    for await (const [, value] of database.range({ prefix: queuePrefix(to) })) {
      const item = decodeRowItem(value);
      if (item.type === 'row') writes.push(putRow(item.row));
      if (item.type === 'chart' && item.vault) writes.push(...putVault(item.handle, { ...item, clinic: 1 }));
      else if (item.type === 'chart') writes.push(putChart(item.handle, { ...item, clinic: 1 }));
      if (item.type === 'vault-key') writes.push(keepVaultKey(item.key));
      if (item.type === 'packet') writes.push(putPacket(item.packet));
      if (item.type === 'terms') writes.push(putTerms(item.terms));
    }
    await rows.batch(writes);
  };
  const readable = async (ref: OwnRef): Promise<string[]> => {
    const found: string[] = [];
    for await (const row of store.rows(ref)) {
      const key = await store.secret(ref, row.category, row.epoch);
      if (key === undefined) continue;
      openDataKey(row, key);
      found.push(toHex(row.record));
    }
    return found.sort();
  };
  const newRef = (): OwnRef => ({ clinic: 1, chart: randomBytes(32), handle: randomBytes(32) });
  return {
    recovery,
    own,
    store,
    refs,
    vaults,
    vaultCustody,
    signer,
    write,
    deliver,
    readable,
    newRef,
    clock,
    begun,
    isReady: () => ready === 1,
  };
}

/** A chart with rows in three epochs, kept by two other clinics, and clinic 1 without anything of it. */
async function bereft({ backup = false } = {}) {
  const before = clinicOne();
  const ref = before.newRef();
  const records: string[] = [];
  for (let n = 0; n < 3; n++) {
    records.push(toHex((await before.write(ref, n + 1)).record));
    await before.own.change(() => before.own.rotate(ref));
  }
  const [{ epoch }] = await before.store.secrets(ref, 'labs');
  const keepers = await before.store.custodians(ref, 'labs');
  const kept = new Map(numbers.slice(1).map((number) => [number, custodian(number)] as const));
  for (const [number, rows] of kept) await before.deliver(number, rows);
  const rows: LocalWrite[] = [];
  for await (const row of before.store.rows(ref)) rows.push(putChart(ref.handle, ref), putRow(row));
  const after = clinicOne(backup ? rows : []);
  after.refs.push(ref);
  await after.recovery.open();
  after.recovery.start();
  return { ref, records: records.sort(), epoch, keepers, after };
}

/** What the chain says of records of clinic 1 that an erasure names. */
function eraseRecords(records: readonly string[], approved: number): void {
  eraseOnChain(chain, 1, recordOnChain(chain, 1, records.map(fromHex)), approved);
}

/** What the chain says of a consent about this chart, with its terms. */
function consentOnChain({ chart }: OwnRef, author: number, object = randomBytes(32)) {
  const terms: Terms = {
    ...{ subject: { kind: 'chart', id: chart }, grantor: { kind: 'custody', clinic: 1 } },
    ...{ givenAt: 1, mode: 'view', policy: '' },
    provision: {
      ...{ effect: 'deny', actors: [{ kind: 'clinic', clinic: 3 }], purposes: [{ code: 'TREAT' }] },
      ...{ period: { until: 10 }, data: ALL_DATA, exceptions: [] },
    },
  };
  const salt = randomBytes(32);
  const commitment = termsCommitment(salt, encodeTerms(terms));
  const row = {
    created: randomBytes(32),
    latest: randomBytes(32),
    version: 1,
    live: true,
    ends: 10,
    given: 1,
    ended: 0,
  };
  const told = { ...row, author: { type: 'clinic' as const, clinic: author }, commitment, terms: randomBytes(32) };
  chain.set(toHex(consentKey(object)), encodeConsentRow(told));
  const seal = (epoch: number, key: Uint8Array, said = terms): SealedTerms =>
    sealTerms({ clinic: 1, chart, object, epoch }, key, salt, said);
  return { object, terms, seal };
}

describe('terms that others give back', () => {
  async function taker() {
    const store = new ChartStore({ database: memoryRows() });
    const ref: OwnRef = { clinic: 1, chart: randomBytes(32), handle: randomBytes(32) };
    const key = randomBytes(32);
    const content = { manifest: fc.sample(anyManifest, 1)[0], salt: randomBytes(32), dataKey: randomBytes(32) };
    const name = { ...ref, category: 'labs' as const, epoch: 1, record: randomBytes(32), version: 1, revision: 1 };
    const signer = { genesisId, seed: secrets[0].seeds.node };
    const row = makeKeyRow({ ...name, written: 1, cid: '', size: 0 }, key, content as never, signer);
    await store.batch([putRow(row), putSecret(ref, 'consent', { epoch: 1, key })]);
    const states = async (wanted: readonly Uint8Array[]) => wanted.map((one) => chain.get(toHex(one)));
    const modules = { members, blobs, guards: { isErased: () => false }, chain: { states } };
    const takingBack = new TakingBack({ genesisId, clinic: 1, openingKeys: [] }, modules);
    const give = (...given: SealedTerms[]) =>
      takingBack.take(
        store,
        2,
        given.map((terms) => ({ type: 'terms', terms })),
      );
    return { store, ref, key, give };
  }

  it('are taken only of consents that the chain has of this clinic, and as the chain was told', async () => {
    const { store, ref, key, give } = await taker();
    const hers = consentOnChain(ref, 1);
    const { provision } = hers.terms;
    const permit: Terms = { ...hers.terms, provision: { ...provision, effect: 'permit' } };
    await give(hers.seal(1, key, permit));
    await give(consentOnChain(ref, 2).seal(1, key));
    const unknown = consentOnChain(ref, 1);
    chain.delete(toHex(consentKey(unknown.object)));
    await give(unknown.seal(1, key), hers.seal(2 ** 32 - 1, key));
    expect(await store.terms(ref)).toEqual([]);
    await give(hers.seal(1, key));
    const [kept] = await store.terms(ref);
    expect(openTerms(kept, key).terms.provision.effect).toBe('deny');
    expect((await store.given(hers.object))?.chart).toEqual(ref.chart);
  });

  it('never take the place of those that are here, unless they open as the chain was told', async () => {
    const { store, ref, key, give } = await taker();
    const { object, seal } = consentOnChain(ref, 1);
    const mine = seal(1, key);
    await store.batch([putTerms(mine), putGiven({ object, ...ref, ended: 7 })]);
    await give(seal(9, randomBytes(32)), seal(1, randomBytes(32)));
    expect(await store.terms(ref)).toEqual([mine]);
    expect((await store.given(object))?.ended).toBe(7);
  });

  it('are taken unopened where nothing is here, until somebody gives those that open', async () => {
    const { store, ref, key, give } = await taker();
    const { seal } = consentOnChain(ref, 1);
    await give(seal(2, randomBytes(32)));
    expect(await store.terms(ref)).toHaveLength(1);
    const sound = seal(1, key);
    await give(sound);
    expect(await store.terms(ref)).toEqual([sound]);
  });
});

describe('a clinic that lost the keys of its records', () => {
  it('is shut until they are back, opens all again, and goes on above every epoch that there was', async () => {
    const { ref, records, epoch, keepers, after } = await bereft();
    expect(keepers).toHaveLength(2);
    expect(after.begun).toHaveLength(1);
    await expect(after.store.chartOf(ref.handle, 1)).rejects.toThrow('store.recovering');
    await expect(after.write(ref)).rejects.toThrow('store.recovering');
    await after.recovery.run();
    expect(after.isReady()).toBe(true);
    expect(await after.readable(ref)).toEqual(records);
    expect((await after.store.custodians(ref, 'labs')).sort()).toEqual([...keepers].sort());
    const row = await after.write(ref, 9);
    expect(row.epoch).toBeGreaterThan(epoch);
    expect((await after.store.secrets(ref, 'labs')).map((one) => one.epoch)).toEqual([row.epoch]);
    // All others know that what this clinic keeps for them is gone.
    expect(lost).toEqual([1, 1, 1]);
  });

  it('has vaults back as they were: rows, keys that the patient sealed, and packets that nobody can make anew', async () => {
    const before = clinicOne();
    const { handle } = before.newRef();
    const vault: OwnRef = { clinic: 1, chart: randomBytes(32), handle };
    const [categoryKey, sealed, grantee] = [randomBytes(32), randomBytes(SEALED_VAULT_KEY_BYTES), secrets[3]];
    const content = { manifest: fc.sample(anyManifest, 1)[0], salt: randomBytes(32), dataKey: randomBytes(32) };
    const name = { ...vault, category: 'imaging' as const, epoch: 5, record: randomBytes(32), version: 1, revision: 1 };
    const row = makeKeyRow({ ...name, written: 1, cid: '', size: 0 }, categoryKey, content as never, before.signer);
    const right = { grant: randomBytes(32), purpose: 1, ends: 2 ** 40 };
    const to = { grantee: 4, granteeKey: members.current.clinic(4)?.encryptionKey as Uint8Array };
    const packet = await makePacket({ ...name, ...to, ...right }, categoryKey, before.signer);
    await before.store.batch([
      ...putVault(handle, vault),
      ...[putVaultKey(vault, 'imaging', { epoch: 5, sealed }), putRow(row), ...putGivenPacket(packet)],
    ]);
    await before.own.change(() => before.vaultCustody.settle(vault, 'imaging'));
    const keepers = await before.store.custodians(vault, 'imaging');
    expect([...keepers].sort()).toEqual([2, 3]);
    for (const number of [2, 3, 4]) await before.deliver(number, custodian(number));

    const after = clinicOne();
    after.vaults.push(vault);
    await after.recovery.open();
    after.recovery.start();
    await after.recovery.run();
    expect(await after.store.vaultOf(handle, 1)).toEqual(vault.chart);
    expect(await after.store.isVault(handle, vault)).toBe(true);
    expect(await after.store.chartOf(handle, 1)).toBeUndefined();
    expect(await after.store.vaultKeys(vault, 'imaging')).toEqual([{ epoch: 5, sealed }]);
    const [back] = await after.store.versions(vault, row.record);
    expect(openDataKey(back, categoryKey)).toEqual(content.dataKey);
    const [given] = await after.store.packets(vault, 'imaging');
    const opening = openingKey(grantee.seeds.encryption, grantee.storageKey);
    expect(await openPacket(given, genesisId, [opening])).toEqual(categoryKey);
    expect(await after.store.known(vault, 'imaging')).toEqual(new Map([[4, 5]]));
    // No key of it is this clinic's but that of its consents, which goes on.
    expect(await after.store.secrets(vault, 'imaging')).toEqual([]);
    expect(await after.store.secrets(vault, 'consent')).toHaveLength(1);
  });

  it('begins no epoch twice where nobody can be reached, and opens the rest when they come', async () => {
    const { ref, records, epoch, after } = await bereft({ backup: true });
    // One is connected and does not answer.
    for (const number of [3, 4]) connected.delete(number);
    const giving = served.get(peerOf(2)) as RequestHandler;
    served.delete(peerOf(2));
    const running = after.recovery.run();
    await waitFor(
      async () => {
        await after.clock.advanceAsync(10_000);
        return !after.recovery.active;
      },
      { timeoutMs: 20_000, what: 'the end of waiting' },
    );
    await running;
    served.set(peerOf(2), giving);
    await expect(after.recovery.demandWhole()).rejects.toThrow('store.recovering');
    expect(await after.readable(ref)).toEqual([]);
    const row = await after.write(ref, 8);
    expect(row.epoch).toBeGreaterThan(epoch);
    for (const number of numbers) connected.add(number);
    for (const listener of listeners) listener('connected', peerOf(2));
    const all = [...records, toHex(row.record)].sort();
    await waitFor(async () => (await after.readable(ref)).join() === all.join(), {
      timeoutMs: 20_000,
      what: 'records that open',
    });
    expect((await after.write(ref, 9)).epoch).toBeGreaterThan(row.epoch);
    await waitFor(() => after.recovery.demandWhole().then(() => true), { what: 'every member to have been heard' });
  });

  it('leaves a clinic that never comes to an end, and asks the others', async () => {
    const { ref, records, after } = await bereft();
    const giving = served.get(peerOf(2)) as RequestHandler;
    let pages = 0;
    served.set(peerOf(2), async function* () {
      pages++;
      yield encodeRecoverAnswer({ type: 'page', next: Uint8Array.of(1), items: [] });
    });
    const running = after.recovery.run();
    await waitFor(
      async () => {
        await after.clock.advanceAsync(60_000);
        return !after.recovery.active;
      },
      { timeoutMs: 20_000, what: 'the end of waiting' },
    );
    await running;
    // Twice in each round, one a second for as long as members are waited for.
    expect(pages).toBeLessThan(300);
    served.set(peerOf(2), giving);
    for (const listener of listeners) listener('connected', peerOf(2));
    await waitFor(async () => (await after.readable(ref)).join() === records.join(), {
      timeoutMs: 20_000,
      what: 'records that open',
    });
  });

  it('is given a row alone whose ciphertext is larger than the row says', async () => {
    const rows = memoryRows();
    const signer = { genesisId, seed: secrets[0].seeds.node };
    const content = { manifest: fc.sample(anyManifest, 1)[0], salt: randomBytes(32), dataKey: randomBytes(32) };
    const name = { clinic: 1, chart: randomBytes(32), handle: randomBytes(32), category: 'labs' as const, epoch: 1 };
    const row = { ...name, record: randomBytes(32), version: 1, revision: 1, written: 1, cid: 'large', size: 1 };
    await rows.batch([putRow(makeKeyRow(row, randomBytes(32), content as never, signer))]);
    const large = { stat: async () => ({ cid: 'large', size: 2 ** 32 }), has: async () => true };
    new GivingBack({
      ...{ rows, blobs: large as never, members, network: network(2), clock: systemClock, logger },
      resend: async () => undefined,
    });
    const asked = encodeRecoverMessage({ type: 'page', table: 'row', after: new Uint8Array(0) });
    for await (const bytes of (served.get(peerOf(2)) as RequestHandler)(peerOf(1), asked)) {
      const answer = decodeRecoverAnswer(bytes);
      expect(answer.type === 'page' && answer.items.map(({ type }) => type)).toEqual(['row']);
    }
  });

  it('takes nothing back that was erased, from a clinic that has not heard of it either', async () => {
    const { ref, records, after } = await bereft();
    // Written at 1, 2 and 3: the last one came after.
    eraseRecords(records, 2);
    await after.recovery.run();
    expect(await after.readable(ref)).toHaveLength(1);
    const rows: number[] = [];
    for await (const { written } of after.store.rows(ref)) rows.push(written);
    expect(rows).toEqual([3]);
  });

  it('takes no key of a chart back of which nothing is left', async () => {
    const { ref, records, after } = await bereft();
    eraseRecords(records, 9);
    await after.recovery.run();
    expect(await after.store.secrets(ref, 'labs')).toEqual([]);
    expect(await after.store.secrets(ref, 'consent')).toEqual([]);
    expect(await after.store.packets(ref)).toEqual([]);
    expect(await after.store.chartOf(ref.handle, 1)).toBeUndefined();
  });
});
