// Who can open what of a chart as keys are given and taken: with everything that a clinic was ever sent, and every key that it
// was ever given.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { concatBytes, EMPTY_BYTES } from '../../common/bytes.ts';
import { systemClock } from '../../common/clock.ts';
import { xWingPublicKey } from '../../common/crypto/x-wing.ts';
import { createLogger } from '../../common/logger.ts';
import { genesisId as idOf } from '../../consensus/genesis.ts';
import { clinicBytes } from '../../consensus/ledger/objects.ts';
import { encodePatientClinicRow } from '../../consensus/ledger/patients/rows.ts';
import { CategoryKeys } from '../../node/charts/category-keys.ts';
import { MAX_CHART_PACKETS } from '../../node/charts/chart-room.ts';
import { ChartStore, putChart, putRow } from '../../node/charts/chart-store.ts';
import { packetKey, queuePrefix } from '../../node/charts/layout.ts';
import { Outgoing } from '../../node/charts/outgoing.ts';
import { OwnCharts, type OwnRef, withBlob } from '../../node/charts/own-chart.ts';
import { decodeRowItem, type RowItem } from '../../node/charts/rows-wire.ts';
import { founderOf, foundNetwork, newClinicSecrets } from '../../node/genesis/founding.ts';
import { MemberSets } from '../../node/members/member-sets.ts';
import { openingKey } from '../../records/chart/hybrid-key.ts';
import { type KeyRow, makeKeyRow, openDataKey, openManifest } from '../../records/chart/key-row.ts';
import { openPacket } from '../../records/chart/packet.ts';
import { FAST } from '../helpers/devnet.ts';
import { memoryRows } from '../helpers/memory-rows.ts';
import { manifest as anyManifest } from '../records/chart/generators.ts';

const logger = createLogger({ level: 'silent' });
const secrets = Array.from({ length: 6 }, () => newClinicSecrets());
/** Clinics 1 and 2 are branches of one organisation. */
const genesis = foundNetwork({
  ...{ network: 'test', created: 1_800_000_000_000, params: FAST, country: 'US', idType: 'ssn' },
  founders: secrets.map(({ seeds }, index) => {
    const about = { name: `Clinic ${index}`, addresses: [], networks: [] };
    return founderOf(seeds, { organisation: `Org ${index === 1 ? 0 : index}`, ...about });
  }),
}).genesis;
const genesisId = idOf(genesis);
const attached = { attached: true, version: 1, ended: 0, changed: 1, statement: new Uint8Array(32) };
const nodeSeed = secrets[0].seeds.node;
const keyOf = (clinic: number) => openingKey(secrets[clinic - 1].seeds.encryption, secrets[clinic - 1].storageKey);
/** Of every second clinic the hybrid key is known. */
const hybrid = { of: (clinic: number) => (clinic % 2 === 0 ? xWingPublicKey(keyOf(clinic).hybrid) : undefined) };

/** `branch`: whether the patient is at clinic 2, and what consents say of it. */
function clinicOne(branch: { attached: boolean; reads: boolean } = { attached: false, reads: true }) {
  const database = memoryRows();
  const members = new MemberSets({ genesis }, { states: async () => [] });
  const store = new ChartStore({ database });
  const network = { onPeer: () => () => undefined, peers: () => [] } as never;
  const blobs = { has: async () => false } as never;
  const outgoing = new Outgoing(
    { genesisId, clinic: 1, nodeSeed },
    { database, network, members, blobs, clock: systemClock, logger },
  );
  const keys = new CategoryKeys({ store });
  const charts = new OwnCharts(
    { clinic: 1, organisation: 1, signer: { genesisId, seed: nodeSeed } },
    {
      store,
      keys,
      outgoing,
      members,
      chain: {
        stateRange: async (table, handle) =>
          branch.attached
            ? [[concatBytes(Uint8Array.of(table), handle, clinicBytes(2)), encodePatientClinicRow(attached)]]
            : [],
      },
      hybrid,
      judge: {
        about: async () => () =>
          branch.reads ? { permit: true, reason: 'organisation' } : { permit: false, reason: 'no-consent' },
      },
      logger,
    },
  );
  const ref: OwnRef = { clinic: 1, chart: randomBytes(32), handle: randomBytes(32) };

  /** As node/charts/writing.ts does, without ciphertext. */
  const write = () =>
    charts.change(async () => {
      const key = await keys.inForce(ref, 'labs');
      const record = randomBytes(32);
      const name = { ...ref, category: 'labs' as const, epoch: key.epoch, record, version: 1, revision: 1 };
      const content = { manifest: fc.sample(anyManifest, 1)[0], salt: randomBytes(32), dataKey: randomBytes(32) };
      const row = makeKeyRow({ ...name, written: 1, cid: '', size: 0 }, key.key, content, {
        genesisId,
        seed: nodeSeed,
      });
      const sent = outgoing.queue(await store.custodians(ref, 'labs'), withBlob(row));
      await store.batch([...key.writes, putChart(ref.handle, ref), putRow(row), ...sent]);
      await charts.custodians(ref, 'labs');
    });
  const rows = async (): Promise<KeyRow[]> => {
    const found: KeyRow[] = [];
    for await (const row of store.rows(ref)) found.push(row);
    return found;
  };
  /** All that was ever queued for a clinic: nothing is sent here, so nothing is forgotten. */
  const sentTo = async (clinic: number): Promise<RowItem[]> => {
    const items: RowItem[] = [];
    for await (const [, value] of database.range({ prefix: queuePrefix(clinic) })) items.push(decodeRowItem(value));
    return items;
  };
  /** The keys in packets for a clinic, wherever they lie. */
  const keysOf = async (clinic: number): Promise<Uint8Array[]> => {
    const packets = (await store.packets(ref, 'labs')).filter(({ grantee }) => grantee === clinic);
    return Promise.all(packets.map((one) => openPacket(one, genesisId, [keyOf(clinic)])));
  };
  const stop = () => outgoing.stop();
  return { store, charts, ref, write, rows, sentTo, keysOf, stop };
}

function opens(row: KeyRow, keys: readonly Uint8Array[]): boolean {
  return keys.some((key) =>
    [openDataKey, openManifest].some((open) => {
      try {
        open(row, key);
        return true;
      } catch {
        return false;
      }
    }),
  );
}

const right = (grant: Uint8Array) => ({ grant, purpose: 1, ends: 2 ** 45 });
const rowsIn = (items: readonly RowItem[]) => items.flatMap((item) => (item.type === 'row' ? [item.row] : []));

describe('a chart whose keys are given and taken', () => {
  it('opens a row that was read just before its key was taken, as it is under the next one', async () => {
    const { store, charts, ref, write, rows, stop } = clinicOne();
    await write();
    const grant = randomBytes(32);
    await charts.change(() => charts.give(ref, 'labs', [{ clinic: 3, ...right(grant) }]));
    const [read] = await rows();
    await charts.change(async () => {
      await charts.take(ref, 'labs', grant);
      await charts.rewrap(ref, 'labs');
    });
    expect(await store.secret(ref, 'labs', read.epoch)).toBeUndefined();
    const { row, key } = (await store.opening(read)) ?? expect.unreachable();
    expect(row.epoch).toBe(read.epoch + 1);
    expect(opens(row, [key])).toBe(true);
    await stop();
  });

  it('opens for a branch at which the patient is, as long as consents let it, and for its old key no more', async () => {
    const branch = { attached: false, reads: true };
    const { charts, ref, write, rows, keysOf, stop } = clinicOne(branch);
    const tidy = () => charts.change(() => charts.tidy(ref));
    await write();
    expect(await keysOf(2)).toEqual([]);
    branch.attached = true;
    await tidy();
    const old = await keysOf(2);
    for (const row of await rows()) expect(opens(row, old)).toBe(true);
    // Somebody who may says that branches do not read as such; then that they do; then the patient leaves the branch.
    branch.reads = false;
    await tidy();
    expect(await keysOf(2)).toEqual([]);
    for (const row of await rows()) expect(opens(row, old)).toBe(false);
    branch.reads = true;
    await tidy();
    const again = await keysOf(2);
    for (const row of await rows()) expect(opens(row, again)).toBe(true);
    branch.attached = false;
    await tidy();
    await write();
    expect(await keysOf(2)).toEqual([]);
    for (const row of await rows()) expect(opens(row, [...old, ...again])).toBe(false);
    await stop();
  });

  it('opens for a grantee while it is one, and after the end for its old key no more, the others read on', async () => {
    const { store, charts, ref, write, rows, sentTo, keysOf, stop } = clinicOne();
    for (let n = 0; n < 3; n++) await write();
    const [ended, stays] = [randomBytes(32), randomBytes(32)];
    const outside = [2, 3, 4, 5, 6].filter((clinic) => clinic !== 1);
    const custodians = await store.custodians(ref, 'labs');
    const [former, other] = outside.filter((clinic) => !custodians.includes(clinic));
    await charts.change(() => charts.give(ref, 'labs', [{ clinic: former, ...right(ended) }]));
    await charts.change(() => charts.give(ref, 'labs', [{ clinic: other, ...right(stays) }]));
    const old = await keysOf(former);
    for (const row of await rows()) expect(opens(row, old)).toBe(true);
    const sentBefore = (await sentTo(former)).length;

    await charts.change(() => charts.take(ref, 'labs', ended));
    await write();
    expect(await keysOf(former)).toEqual([]);
    const [newest] = (await rows()).filter((row) => row.epoch === 2);
    expect(opens(newest, old)).toBe(false);
    // Lazily: what was there before is still under the old key, and goes to nobody who has that.
    expect(rowsIn((await sentTo(former)).slice(sentBefore))).toEqual([]);

    await charts.change(() => charts.tidy(ref));
    const now = await rows();
    expect(now.map(({ epoch }) => epoch)).toEqual([2, 2, 2, 2]);
    const others = await keysOf(other);
    for (const row of now) {
      expect(opens(row, old)).toBe(false);
      expect(opens(row, others)).toBe(true);
    }
    expect(await store.secrets(ref, 'labs')).toHaveLength(1);
    // As a custodian of what is written from here on it holds rows that its old key does not open.
    for (const row of rowsIn(await sentTo(former))) expect(opens(row, old)).toBe(false);
    await stop();
  });

  it('has no packets without end when one grant after another ends: old keys go first where there are many', async () => {
    const { store, charts, ref, write, rows, sentTo, keysOf, stop } = clinicOne();
    await write();
    const grants = Array.from({ length: 4 }, () => randomBytes(32));
    const custodians = await store.custodians(ref, 'labs');
    const clinic = [2, 3, 4, 5, 6].find((one) => !custodians.includes(one)) ?? 0;
    for (const grant of grants) await charts.change(() => charts.give(ref, 'labs', [{ clinic, ...right(grant) }]));
    const before = await keysOf(clinic);
    const many = Array.from({ length: MAX_CHART_PACKETS }, () => randomBytes(32));
    const about = { category: 'imaging', epoch: 1, grantee: clinic } as const;
    await store.batch(
      many.map((grant) => ({ type: 'put', key: packetKey(ref, { ...about, grant }), value: EMPTY_BYTES })),
    );
    for (const grant of grants) await charts.change(() => charts.take(ref, 'labs', grant));
    expect((await store.secrets(ref, 'labs')).map(({ epoch }) => epoch)).toEqual([4, 5]);
    expect((await rows()).map(({ epoch }) => epoch)).toEqual([4]);
    for (const row of await rows()) expect(opens(row, before)).toBe(false);
    const dropped = (await sentTo(custodians[0])).flatMap((item) => (item.type === 'drop-epochs' ? [item.below] : []));
    expect(dropped).toEqual([2, 3, 4]);
    await stop();
  });

  it('never lets a clinic hold rows and the key that they are under, whoever is given keys in whatever order', async () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('write', 'give', 'take', 'tidy'), fc.integer({ min: 2, max: 6 })), {
      minLength: 4,
      maxLength: 10,
    });
    await fc.assert(
      fc.asyncProperty(steps, async (plan) => {
        const { store, charts, ref, write, sentTo, keysOf, stop } = clinicOne();
        const grants = new Map<number, Uint8Array>();
        const given = new Map<number, Uint8Array[]>();
        await write();
        for (const [step, clinic] of plan) {
          const grant = grants.get(clinic);
          if (step === 'write') await write();
          else if (step === 'tidy') await charts.change(() => charts.tidy(ref));
          else if (step === 'take' && grant !== undefined) {
            grants.delete(clinic);
            await charts.change(() => charts.take(ref, 'labs', grant));
          } else if (step === 'give' && grant === undefined) {
            const fresh = randomBytes(32);
            grants.set(clinic, fresh);
            await charts.change(() => charts.give(ref, 'labs', [{ clinic, ...right(fresh) }]));
          }
          for (const each of [2, 3, 4, 5, 6]) {
            given.set(each, [...(given.get(each) ?? []), ...(await keysOf(each))]);
            for (const row of rowsIn(await sentTo(each))) expect(opens(row, given.get(each) ?? [])).toBe(false);
          }
        }
        const custodians = await store.custodians(ref, 'labs');
        const holders = (await store.packets(ref, 'labs')).map(({ grantee }) => grantee);
        expect(custodians.some((clinic) => holders.includes(clinic))).toBe(false);
        await stop();
      }),
      { numRuns: 8 },
    );
  });
});
