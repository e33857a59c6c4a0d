// What is shown of a chart when whoever serves it, or keeps part of it, does not do as it should.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomBytes, signingKeyPair } from '#crypto';
import { encodeRecordRow } from '../../consensus/ledger/records/rows.ts';
import { dropPacket, putPacket, putRow, putVault } from '../../node/charts/chart-store.ts';
import { KeyClient, type Wanted } from '../../node/charts/key-client.ts';
import { encodeKeyAnswer } from '../../node/charts/key-wire.ts';
import { type Enquiry, Reading, type ReadingModules } from '../../node/charts/reading.ts';
import { Searching } from '../../node/charts/searching.ts';
import type { NewAmendment } from '../../node/charts/writing.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { BlobStore, ByteRange } from '../../records/blobs/blob-store.ts';
import { openingKey } from '../../records/chart/hybrid-key.ts';
import { type KeyRow, makeKeyRow, openManifest, rewrapKeyRow } from '../../records/chart/key-row.ts';
import { encodeManifest, manifestCommitment } from '../../records/chart/manifest.ts';
import { makePacket } from '../../records/chart/packet.ts';
import { collected } from '../helpers/streams.ts';
import { manifest as anyManifest } from '../records/chart/generators.ts';
import { genesisId, handle, seeds, storageKey, writingClinic } from './writing-clinic.ts';

type Clinic = ReturnType<typeof writingClinic>;

const HERE = 1;
const READER = 2;
const signal = new AbortController().signal;

const correction = ({ note }: Clinic, record: Uint8Array, version: number): NewAmendment => ({
  ...{ record, type: 'correction', version, reason: 'typing', content: note('corrected') },
});

async function rowsOf({ store, writing }: Clinic, of = handle): Promise<KeyRow[]> {
  const rows: KeyRow[] = [];
  for await (const row of store.rows(writing.ref('p', of))) rows.push(row);
  return rows.sort((a, b) => a.version - b.version);
}

/** As the chain has a record whose newest version is that of the row. */
async function onChain({ store }: Clinic, row: KeyRow): Promise<Uint8Array> {
  const { manifest, salt } = openManifest(row, (await store.secret(row, row.category, row.epoch)) as Uint8Array);
  const commitment = manifestCommitment(salt, encodeManifest(manifest));
  const [created, latest, subject] = [randomBytes(32), randomBytes(32), randomBytes(32)];
  const about = { version: row.version, live: true, created, latest };
  return encodeRecordRow({ ...about, clinic: HERE, subject, commitment, account: undefined });
}

/** At another clinic what it is served are `rows`, which `key` opens. */
function reading(
  clinic: Clinic,
  at: number,
  chainRow: Uint8Array | undefined,
  { rows, key }: { readonly rows: readonly KeyRow[]; readonly key?: Uint8Array | undefined } = { rows: [] },
) {
  const permit = () => ({ permit: true, reason: 'custody' }) as const;
  const openingKeys = at === HERE ? [openingKey(seeds.encryption, storageKey)] : [];
  return new Reading({ genesisId, clinic: at, organisation: 1, openingKeys }, {
    ...{ store: clinic.store, blobs: clinic.blobs, logger: clinic.logger, log: { append: async () => undefined } },
    judge: { about: async () => permit },
    signatures: { standings: async (all: readonly unknown[]) => all.map(() => 'none' as const) },
    chain: {
      states: async (keys: readonly Uint8Array[]) => keys.map((_, n) => (n % 2 === 0 ? chainRow : undefined)),
      stateRange: async () => [],
    },
    client: {
      obtain: async () => ({ state: 'served', by: HERE, rows, packets: [], ciphertexts: new Map() }),
      connected: () => 'peer',
    },
    guards: { emergencyKey: () => key },
    transfer: { read: ({ cid }: { readonly cid: string }) => clinic.blobs.get(cid) },
  } as unknown as ReadingModules);
}

function enquiry({ writing }: Clinic): Enquiry {
  const person = { account: randomBytes(32), roles: ['doctor' as const] };
  return { person, ref: writing.ref('p', handle), purpose: 'TREAT', signal };
}

describe('a version that the chain has a newer one of', () => {
  it('is shown as superseded, in a list and by itself, and the newest as standing', async () => {
    const clinic = writingClinic();
    const [{ record }] = await clinic.writing.write('p', handle, undefined, [clinic.note('first')]);
    await clinic.writing.amend('p', handle, undefined, correction(clinic, record, 1));
    const rows = await rowsOf(clinic);
    const chain = await onChain(clinic, rows[1]);
    const own = reading(clinic, HERE, chain);
    const about = enquiry(clinic);
    const { records } = await own.listOwn(about);
    expect(records.map(({ manifest, standing }) => [manifest.version, standing])).toEqual([
      [2, 'standing'],
      [1, 'superseded'],
    ]);
    expect((await own.read(about, HERE, record, undefined)).standing).toBe('standing');
    expect((await own.read(about, HERE, record, 1)).standing).toBe('superseded');
    // Of a clinic that serves what it had before, and asks for no version.
    const key = await clinic.store.secret(rows[0], rows[0].category, rows[0].epoch);
    const elsewhere = reading(clinic, READER, chain, { rows: rows.slice(0, 1), key });
    expect((await elsewhere.read(about, HERE, record, undefined)).standing).toBe('superseded');
  });
});

describe('a version that its author signed', () => {
  it('is held against what was signed when all of it is read; a part is what the clinic signed, block by block', async () => {
    const clinic = writingClinic();
    const signed = {
      digest: randomBytes(32),
      key: randomBytes(32),
      at: clinic.clock.now(),
      signature: randomBytes(64),
    };
    const [{ record }] = await clinic.writing.write('p', handle, undefined, [
      { ...clinic.note('kept by the clinic'), signed },
    ]);
    const blobs: Pick<BlobStore, 'get'> = {
      async *get(cid, range = { offset: 0, length: Number.MAX_SAFE_INTEGER }) {
        yield (clinic.stored.get(cid) as Uint8Array).slice(range.offset, range.offset + range.length);
      },
    };
    const own = reading({ ...clinic, blobs: { ...clinic.blobs, ...blobs } }, HERE, undefined);
    const opened = await own.open(enquiry(clinic), HERE, record, undefined);
    const { size } = opened.manifest;
    const read = async (range: ByteRange) => new TextDecoder().decode(await collected(opened.read(range)));
    expect(await read({ offset: 5, length: 2 })).toBe('by');
    await expect(read({ offset: 0, length: size })).rejects.toMatchObject({ code: 'record.damaged' });
    // Another byte of what is kept is found in a part too.
    const [[cid, sealed]] = clinic.stored;
    clinic.stored.set(
      cid,
      sealed.map((byte, at) => (at === sealed.length - 20 ? byte ^ 1 : byte)),
    );
    await expect(read({ offset: 5, length: 2 })).rejects.toMatchObject({ code: 'envelope.open' });
  });
});

describe('rows that another clinic serves', () => {
  it('are of the patient and the records that were asked for, or are not taken', async () => {
    const clinic = writingClinic();
    const [wantedRecord, other] = await clinic.writing.write('p', handle, undefined, [
      ...[clinic.note('hers'), clinic.note('hers too')],
    ]);
    const stranger = randomBytes(32);
    await clinic.writing.write('q', stranger, undefined, [clinic.note('of another patient')]);
    const rows = [...(await rowsOf(clinic))];
    for await (const row of clinic.store.rows(clinic.writing.ref('q', stranger))) rows.push(row);
    expect(rows).toHaveLength(3);
    const peerId = peerIdOf(signingKeyPair(seeds.node).publicKey);
    const client = new KeyClient({ genesisId, clinic: READER, node: signingKeyPair() }, {
      network: {
        peers: () => [{ peerId }],
        async *request() {
          yield encodeKeyAnswer({ type: 'served' });
          yield encodeKeyAnswer({ type: 'rows', rows });
        },
      },
      tickets: { served: async () => undefined },
      ...{ members: clinic.members, clock: clinic.clock, logger: clinic.logger },
    } as never);
    const wanted = (records: readonly Uint8Array[]): Wanted => ({
      ...{ account: randomBytes(32), role: 'doctor', application: undefined, handle, writer: HERE },
      ...{ records, purpose: 1, grant: new Uint8Array(32) },
    });
    const served = async (action: 'list' | 'read', records: readonly Uint8Array[]) => {
      const got = await client.obtain(action, wanted(records), signal);
      return got.state === 'served' ? got.rows.map(({ record }) => record) : got;
    };
    expect(await served('list', [])).toEqual(expect.arrayContaining([wantedRecord.record, other.record]));
    expect(await served('list', [])).toHaveLength(2);
    expect(await served('read', [wantedRecord.record])).toEqual([wantedRecord.record]);
  });
});

describe('a search', () => {
  it('goes on where the content of one record is not there, whose title still counts', async () => {
    const clinic = writingClinic();
    const note = (title: string, text: string) => ({ ...clinic.note(text), title });
    const notes = [note('Knee', 'a torn meniscus'), note('Spine', 'meniscus of no concern')];
    const written = await clinic.writing.write('p', handle, undefined, notes);
    clinic.stored.delete(written[0].cid);
    const searching = new Searching({ ...clinic, reading: reading(clinic, HERE, undefined) });
    const titles = async (text: string) =>
      (await searching.search(enquiry(clinic), text))[0].records.map(({ manifest }) => manifest.title).sort();
    expect(await titles('meniscus')).toEqual(['Spine']);
    expect(await titles('knee')).toEqual(['Knee']);
  });
});

describe('what a patient shares of her vault here', () => {
  it('is listed and read under the key that it has then, while her page makes the next ones', async () => {
    const clinic = writingClinic();
    const { store } = clinic;
    await clinic.writing.write('p', handle, undefined, [clinic.note('of the clinic')]);
    const ref = { clinic: HERE, chart: randomBytes(32) };
    const signer = { genesisId, seed: seeds.node };
    const granteeKey = clinic.members.current.clinic(HERE)?.encryptionKey as Uint8Array;
    const about = { ...ref, category: 'labs' as const, grantee: HERE, granteeKey, purpose: 1, ends: 1e15 };
    const packetOf = (epoch: number, key: Uint8Array) =>
      makePacket({ ...about, epoch, grant: randomBytes(32) }, key, signer);
    let key = randomBytes(32);
    const name = { record: randomBytes(32), version: 1, category: 'labs' as const, cid: 'of-her', size: 1, written: 1 };
    const manifest = { ...fc.sample(anyManifest, 1)[0], ...name };
    const content = { manifest, salt: randomBytes(32), dataKey: randomBytes(32) };
    let row = makeKeyRow({ ...ref, ...name, handle, epoch: 1, revision: 1 }, key, content, signer);
    await store.batch([...putVault(handle, ref), putRow(row), putPacket(await packetOf(1, key))]);

    const packets = store.packets.bind(store);
    let left = 0;
    store.packets = async (of, category) => {
      // Between the row and its packet: all at once, as she does it where there is little.
      for (; left > 0; left--) {
        const [epoch, next] = [row.epoch + 1, randomBytes(32)];
        row = rewrapKeyRow(row, key, { epoch, categoryKey: next }, signer);
        key = next;
        const made = putPacket(await packetOf(epoch, key));
        await store.batch([putRow(row), made, ...(await packets(ref, 'labs')).map(dropPacket)]);
      }
      return packets(of, category);
    };
    const own = reading(clinic, HERE, undefined);
    for (const changes of [0, 1, 2]) {
      left = changes;
      expect((await own.listOwn(enquiry(clinic))).records).toHaveLength(2);
      left = changes;
      const read = await own.open(enquiry(clinic), HERE, name.record, undefined);
      expect(read.manifest.record).toEqual(name.record);
    }
  });
});
