// A vault between the code of the patient's browser and the clinic that files it: what the clinic has opens nothing, and what does
// not fit is taken in from nobody.
import { beforeEach, describe, expect, it } from 'vitest';
import { encryptionKeyPair, randomBytes, signingKeyPair } from '#crypto';
import { compareBytes, equalBytes, fromHex, toHex } from '../../../common/bytes.ts';
import { X_WING_SEED_BYTES, xWingPublicKey } from '../../../common/crypto/x-wing.ts';
import { formatPid, handleOf } from '../../../identity/patient/pid.ts';
import type { OpenVault } from '../../../identity/vault/vault.ts';
import { ChartStore, putChart, putKnown, putRow } from '../../../node/charts/chart-store.ts';
import { PendingStatements } from '../../../node/charts/pending.ts';
import type { KeyRowsDatabase } from '../../../node/charts/ports.ts';
import type { RowItem } from '../../../node/charts/rows-wire.ts';
import { VaultCustody } from '../../../node/charts/vault-custody.ts';
import { ClinicAuthor } from '../../../node/clinic-author.ts';
import { chartsOf } from '../../../node/erasure/chart-rows.ts';
import { mySharingService } from '../../../node/services/my-sharing-service.ts';
import { MyViews } from '../../../node/services/my-views.ts';
import { MAX_VAULT_EPOCHS, VaultCharts, type VaultGrant } from '../../../node/vault/vault-charts.ts';
import { decodeKeyRow, openDataKey, verifyKeyRow } from '../../../records/chart/key-row.ts';
import { openPacket, type Packet, verifyPacket } from '../../../records/chart/packet.ts';
import { SEALED_VAULT_KEY_BYTES } from '../../../records/vault/ring.ts';
import { decodeVaultKey, encodeVaultKey, verifyVaultKey } from '../../../records/vault/vault-key.ts';
import type { RpcClient } from '../../../rpc/client.ts';
import type { MyRecord } from '../../../rpc/schema/me.ts';
import { addToVault, openItems, readVault, stopSharing } from '../../../web/shared/vault/my-records.ts';

const TITLE = 'Parallelepiped of the knee';
const NOW = 1_797_000_000_000;
const GENESIS = randomBytes(32);
const NODE = signingKeyPair(randomBytes(32));
const CLINICS = [1, 2, 3].map((number) => ({ number, organisation: number, ...encryptionKeyPair(randomBytes(32)) }));
const SEED = randomBytes(X_WING_SEED_BYTES);
const content = new Uint8Array(100_000).map((_, index) => (index * 31) % 253);

class Rows implements KeyRowsDatabase {
  readonly rows = new Map<string, Uint8Array>();
  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.rows.get(toHex(key));
  }
  async batch(writes: Parameters<KeyRowsDatabase['batch']>[0]): Promise<void> {
    for (const write of writes) {
      if (write.type === 'put') this.rows.set(toHex(write.key), write.value.slice());
      else this.rows.delete(toHex(write.key));
    }
  }
  async *range({ prefix }: { readonly prefix: Uint8Array }) {
    const found = [...this.rows].filter(([key]) => key.startsWith(toHex(prefix)));
    yield* found.map(([key, value]) => [fromHex(key), value] as const).sort((a, b) => compareBytes(a[0], b[0]));
  }
}

/** A clinic with one patient, and her page. */
function world() {
  const device = { signing: randomBytes(32), encryption: randomBytes(32) };
  const pid = formatPid(randomBytes(20));
  const patient = { account: randomBytes(32), pid, handle: handleOf(pid) };
  const deviceKey = signingKeyPair(device.signing).publicKey;
  const database = new Rows();
  const store = new ChartStore({ database });
  const blobs = new Map<string, Uint8Array>();
  /** What was asked for uploads. */
  const uploads: string[] = [];
  const grants: VaultGrant[] = [];
  const clock = { now: () => NOW };
  const current = {
    clinics: CLINICS.map(({ number, organisation, publicKey }) => ({ number, organisation, encryptionKey: publicKey })),
    clinic: (number: number) => current.clinics.find((one) => one.number === number),
  };
  const members = { current } as never;
  const outbox = { submit: async () => [] };
  const signer = { genesisId: GENESIS, seed: NODE.seed };
  /** What went out, by the clinic that it went to. */
  const sent = new Map<number, RowItem[]>();
  const queue = (to: readonly number[], items: readonly RowItem[]) => {
    for (const one of to) sent.set(one, [...(sent.get(one) ?? []), ...items]);
    return [];
  };
  const custody = new VaultCustody(
    { signer },
    { store, members, outgoing: { queue, wake: () => undefined }, charts: { giveConsents: async () => [] } },
  );
  const vault = new VaultCharts(
    { clinic: 1, storageKey: randomBytes(32), signer },
    {
      ...{ store, members, clock, pending: new PendingStatements({ database, outbox }) },
      charts: { change: (work) => work() },
      custody,
      blobs: { stat: async (cid) => blobs.get(cid) && { cid, size: blobs.get(cid)?.length ?? 0 } },
      author: new ClinicAuthor({ genesisId: GENESIS, clinic: 1 }, { clock: clock as never }),
      isDevice: async (key, account) => equalBytes(key, deviceKey) && equalBytes(account, patient.account),
    },
  );
  const ref = vault.ref(patient);
  const views = new MyViews({
    people: { index: { byAccount: () => undefined } },
    views: { clinicName: (clinic) => `Clinic ${clinic}` },
    applications: { application: () => undefined },
  });
  const sharing = {
    vaultGrants: async () => grants,
    // The grant is gone, as are its packets; every category that has a key needs another one.
    stop: async (_: unknown, object: Uint8Array) => {
      const at = grants.findIndex((grant) => equalBytes(grant.object, object));
      const [gone] = grants.splice(at, 1);
      for (const packet of await store.packets(ref)) {
        if (!equalBytes(packet.grant, gone.object)) continue;
        const key = [...database.rows.keys()].find((one) => one.includes(toHex(packet.grant)));
        database.rows.delete(key ?? '');
      }
      return { whole: true, rekey: gone.categories };
    },
  };
  const handlers = mySharingService({
    ...{
      callers: { of: async () => patient } as never,
      vault,
      sharing: sharing as never,
      views,
      members,
      clock,
    },
    reader: { standing: async () => ({ status: 'unknown', transaction: null }) },
    takenOver: { of: async () => undefined },
    // One that knows it is sealed to by the hybrid suite.
    applications: { list: () => [], stateOf: () => 'ended', applicationOf: () => '' },
    hybrid: { of: (number) => (number === 3 ? xWingPublicKey(SEED) : undefined) },
    takeUpload: async (_, cid) => {
      uploads.push(`takes ${cid}`);
      return true;
    },
    dropUpload: async (cid) => void uploads.push(`drops ${cid}`),
  });
  const records = async (): Promise<MyRecord[]> =>
    (await vault.rows(ref)).map((row) => views.vaultRecord({ row, standing: 'standing' }));
  const context = { principal: { kind: 'session', session: { account: toHex(patient.account) } } } as never;
  const call = async (method: string, params: never): Promise<unknown> => {
    if (method === 'node_health') return { genesis: toHex(GENESIS) };
    if (method === 'me_records') return { records: await records() };
    if (method === 'me_envelope') {
      const { record, offset } = params as { record: string; offset: number };
      const cid = (await records()).find((one) => one.record === record)?.cid ?? '';
      const bytes = blobs.get(cid) ?? new Uint8Array(0);
      return { bytes: Buffer.from(bytes.subarray(offset, offset + 50_000)).toString('base64'), size: bytes.length };
    }
    const filled = method === 'me_recordAdd' ? { packets: [], ...(params as object) } : params;
    return (handlers as unknown as Record<string, (p: unknown, c: unknown) => Promise<unknown>>)[method](
      filled,
      context,
    );
  };
  const client = { call } as unknown as RpcClient;
  const upload = async (envelope: Blob) => {
    const bytes = new Uint8Array(await envelope.arrayBuffer());
    const cid = `b${Buffer.from(randomBytes(16)).toString('hex')}`;
    blobs.set(cid, bytes);
    return { cid, size: bytes.length };
  };
  const open: OpenVault = {
    file: { id: randomBytes(16), ways: [], contents: new Uint8Array(0) },
    ...{ key: randomBytes(32), contents: { device, locks: [] } },
  };
  const add = (as: OpenVault = open) => {
    const about = { file: new Blob([content]), title: TITLE, mediaType: 'image/png', category: 'imaging' as const };
    return addToVault(client, as, about, { upload });
  };
  const grant = (clinic: number): VaultGrant => {
    const terms = { categories: ['imaging'], purposes: ['TREAT'], ends: NOW + 86_400_000 } as const;
    const made = { ...terms, object: randomBytes(32), clinics: [clinic] };
    grants.push(made);
    return made;
  };
  return {
    open,
    client,
    records,
    add,
    grant,
    grants,
    store,
    ref,
    database,
    blobs,
    handlers,
    context,
    upload,
    vault,
    uploads,
    sent,
    custody,
  };
}

type World = ReturnType<typeof world>;
let one: World;
beforeEach(() => {
  one = world();
});

const keyOf = (packet: Packet): Promise<Uint8Array> => {
  const clinic = CLINICS.find(({ number }) => number === packet.grantee);
  if (clinic === undefined) throw new Error('no such clinic');
  return openPacket(packet, GENESIS, [{ encryption: clinic.secretKey, hybrid: SEED }]);
};

describe("a patient's vault", () => {
  it('opens in her browser byte for byte, and nothing that the clinic keeps holds the words or the content', async () => {
    await one.add();
    const [item] = await openItems(one.client, one.open, await one.records());
    expect(item).toMatchObject({ title: TITLE, mediaType: 'image/png', size: content.length, category: 'imaging' });
    let seen = 0;
    const read = await readVault(one.client, one.open, item, (done) => {
      seen = done;
    });
    expect(equalBytes(read.bytes, content)).toBe(true);
    expect(seen).toBe([...one.blobs.values()][0].length);
    for (const bytes of [...one.database.rows.values(), ...one.blobs.values()]) {
      expect(Buffer.from(bytes).includes(TITLE)).toBe(false);
      expect(Buffer.from(bytes).includes(Buffer.from(content.subarray(500, 564)))).toBe(false);
    }
    const row = decodeKeyRow(fromHex(item.row ?? ''));
    expect(equalBytes(row.signer, NODE.publicKey) && (await verifyKeyRow(row, GENESIS))).toBe(true);
  });

  it("makes the clinic's chart of her known, and keeps the vaults of all her accounts known, so that an erasure finds them", async () => {
    const { patient } = one.ref;
    expect(await one.store.chartOf(one.ref.handle, 1)).toBeUndefined();
    await one.add();
    const chart = await one.store.chartOf(one.ref.handle, 1);
    expect(chart).toHaveLength(32);
    const later = one.vault.ref({ ...patient, account: randomBytes(32) });
    await one.store.batch(await one.vault.beginning(later));
    expect(await one.store.vaultOf(one.ref.handle, 1)).toEqual(later.chart);
    expect(await one.store.chartOf(one.ref.handle, 1)).toEqual(chart);
    const charts = await chartsOf(one.database, { clinic: 1, chart: chart as Uint8Array }, one.ref.handle);
    expect(charts.map((of) => toHex(of.chart)).sort()).toEqual(
      [chart as Uint8Array, one.ref.chart, later.chart].map(toHex).sort(),
    );
  });

  it('gives the first key of a category also to those with whom it is shared already', async () => {
    one.grant(3);
    await one.add();
    const [packet] = await one.store.packets(one.ref, 'imaging');
    expect(packet).toMatchObject({ grantee: 3, epoch: 1, suite: 2 });
    expect(equalBytes(packet.signer, NODE.publicKey) && (await verifyPacket(packet, GENESIS))).toBe(true);
    const [row] = await one.vault.rows(one.ref);
    expect(openDataKey(row, await keyOf(packet))).toHaveLength(32);
  });

  it('moves to a new key when she stops sharing: the old one opens nothing of it, who may still read reads on', async () => {
    const [gone, stays] = [one.grant(3), one.grant(2)];
    await one.add();
    await one.add();
    const before = await one.store.packets(one.ref, 'imaging');
    const old = before.find(({ grantee }) => grantee === 3) as Packet;
    await stopSharing(one.client, one.open, { share: toHex(gone.object) });
    const rows = await one.vault.rows(one.ref);
    expect(rows.map(({ epoch, revision }) => [epoch, revision])).toEqual([
      [2, 2],
      [2, 2],
    ]);
    const after = await one.store.packets(one.ref, 'imaging');
    expect(after.map(({ grantee, epoch }) => [grantee, epoch])).toEqual([[2, 2]]);
    expect(after[0].grant).toEqual(stays.object);
    expect((await one.store.vaultKeys(one.ref, 'imaging')).map(({ epoch }) => epoch)).toEqual([2]);
    for (const row of rows) {
      expect(openDataKey(row, await keyOf(after[0]))).toHaveLength(32);
      const lost = await keyOf(old);
      expect(() => openDataKey(row, lost)).toThrow();
    }
    const [item] = await openItems(one.client, one.open, await one.records());
    expect(equalBytes((await readVault(one.client, one.open, item)).bytes, content)).toBe(true);
    await one.add();
    expect((await one.vault.rows(one.ref)).map(({ epoch }) => epoch)).toEqual([2, 2, 2]);
  });

  it('is with two other clinics, keys and all, but for what a clinic keeps that may open it', async () => {
    const types = (clinic: number) => (one.sent.get(clinic) ?? []).map(({ type }) => type);
    const grant = one.grant(3);
    await one.add();
    expect(types(3)).toEqual([]);
    expect(types(2)).toEqual(['chart', 'vault-key', 'packet', 'row', 'blob']);
    const [, sealed] = one.sent.get(2) as readonly RowItem[];
    if (sealed.type !== 'vault-key') throw new Error('no key');
    expect(await verifyVaultKey(decodeVaultKey(encodeVaultKey(sealed.key)), GENESIS)).toBe(true);
    expect(sealed.key.sealed).toEqual((await one.store.vaultKeys(one.ref, 'imaging'))[0].sealed);
    one.sent.clear();
    await one.add();
    expect(types(2)).toEqual(['chart', 'row', 'blob']);
    one.sent.clear();
    await stopSharing(one.client, one.open, { share: toHex(grant.object) });
    expect(types(2)).toEqual(['chart', 'vault-key', 'row', 'row', 'drop-epochs']);
    // Under the next key, which clinic 3 never had, it keeps them.
    expect(types(3)).toEqual(['chart', 'vault-key', 'row', 'blob', 'row', 'blob']);
    expect((await one.store.custodians(one.ref, 'imaging')).length).toBe(2);
    one.sent.clear();
    // It may open what it keeps from here on: it keeps none of it.
    await one.store.batch([putKnown(one.ref, 'imaging', 3, 2)]);
    await one.custody.settle(one.ref, 'imaging');
    expect(types(3)).toEqual(['drop-rows']);
  });

  it('takes nothing new under a key that somebody has who may no longer read, until her page has made the next', async () => {
    const gone = one.grant(3);
    await one.add();
    const left = {
      call: (method: string, params: never) =>
        method === 'me_rekey' ? lost() : one.client.call(method as never, params),
    };
    const lost = () => Promise.reject(new Error('the page was closed'));
    const stopped = stopSharing(left as unknown as RpcClient, one.open, { share: toHex(gone.object) });
    await expect(stopped).rejects.toThrow('the page was closed');
    expect(await one.vault.due(one.ref, one.grants)).toEqual(['imaging']);
    await one.add();
    expect((await one.vault.rows(one.ref)).map(({ epoch }) => epoch)).toEqual([2, 2]);
    expect(await one.vault.due(one.ref, one.grants)).toEqual([]);
  });

  it('makes no key without end of which no row is: the next one waits until rows have moved on', async () => {
    await one.add();
    const next = (epoch: number) =>
      one.vault.rekey(one.ref, [], {
        ...{ category: 'imaging', epoch, sealed: new Uint8Array(SEALED_VAULT_KEY_BYTES).fill(epoch) },
        ...{ rows: [], packets: [] },
      });
    for (let epoch = 2; epoch <= MAX_VAULT_EPOCHS; epoch++) expect(await next(epoch)).toEqual({ left: 1 });
    const full = { type: { code: 'me.full', limit: MAX_VAULT_EPOCHS } };
    await expect(next(MAX_VAULT_EPOCHS + 1)).rejects.toMatchObject(full);
    expect(await next(MAX_VAULT_EPOCHS)).toEqual({ left: 1 });
    expect(await one.store.vaultKeys(one.ref, 'imaging')).toHaveLength(MAX_VAULT_EPOCHS);
  });

  it('takes nothing that her device did not sign, nor packets for others than she named', async () => {
    const { contents } = one.open;
    const thief = { ...one.open, contents: { ...contents, device: { ...contents.device, signing: randomBytes(32) } } };
    await expect(one.add(thief)).rejects.toMatchObject({ type: { code: 'me.vault', field: 'row' } });
    const grant = one.grant(3);
    one.grants.splice(0, 1, { ...grant, clinics: [3] });
    await one.add();
    const [packet] = await one.store.packets(one.ref, 'imaging');
    const wrong = { ...grant, clinics: [2] };
    await expect(one.vault.packetsFor(one.ref, wrong, [packet])).rejects.toMatchObject({ type: { code: 'me.vault' } });
    // Signed by the clinic itself: no device, so not hers.
    await expect(one.vault.packetsFor(one.ref, grant, [packet])).rejects.toMatchObject({ type: { code: 'me.vault' } });
    expect(await one.vault.rows(one.ref)).toHaveLength(1);
  });

  it("takes no record that stands in the clinic's own chart of her", async () => {
    const taken: unknown[] = [];
    const client = {
      call: async (method: string, params: never) => {
        if (method !== 'me_recordAdd') return one.client.call(method as never, params);
        taken.push(params);
        throw new Error('kept back');
      },
    } as unknown as RpcClient;
    const about = { file: new Blob([content]), title: 'x', mediaType: 'image/png', category: 'imaging' as const };
    await expect(addToVault(client, one.open, about, { upload: one.upload })).rejects.toThrow('kept back');
    const given = { packets: [], ...(taken[0] as { readonly row: string }) };
    const chart = { clinic: 1, chart: randomBytes(32) };
    const clinical = { ...decodeKeyRow(fromHex(given.row)), ...chart };
    await one.store.batch([putChart(one.ref.handle, chart), putRow(clinical)]);
    await expect(one.handlers.me_recordAdd(given as never, one.context)).rejects.toMatchObject({
      type: { code: 'me.vault', field: 'salt' },
    });
    expect(await one.vault.rows(one.ref)).toEqual([]);
  });

  it('takes no row whose ciphertext is not here, and none under a key that is over', async () => {
    await one.add();
    const taken: unknown[] = [];
    const client = {
      call: async (method: string, params: never) => {
        if (method !== 'me_recordAdd') return one.client.call(method as never, params);
        taken.push(params);
        throw new Error('kept back');
      },
    } as unknown as RpcClient;
    const about = { file: new Blob([content]), title: 'x', mediaType: 'image/png', category: 'imaging' as const };
    await expect(addToVault(client, one.open, about, { upload: one.upload })).rejects.toThrow('kept back');
    const late = { packets: [], ...(taken[0] as object) } as never;
    one.grant(3);
    await stopSharing(one.client, one.open, { share: toHex(one.grants[0].object) });
    const before = one.uploads.length;
    await expect(one.handlers.me_recordAdd(late, one.context)).rejects.toMatchObject({ type: { code: 'me.epoch' } });
    expect(one.uploads.slice(before)).toEqual([]);
    const away = { call: one.client.call } as RpcClient;
    const lost = async (envelope: Blob) => ({ ...(await one.upload(envelope)), cid: 'bnothere' });
    await expect(addToVault(away, one.open, about, { upload: lost })).rejects.toMatchObject({
      type: { code: 'me.vault', field: 'cid' },
    });
    expect(one.uploads.slice(before)).toEqual(['takes bnothere', 'drops bnothere']);
  });
});
