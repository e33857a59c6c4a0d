// What a clinic keeps of others' charts, and what it lets go of, told by the messages of one of them.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomBytes } from '#crypto';
import { equalBytes, toHex } from '../../common/bytes.ts';
import { createLogger } from '../../common/logger.ts';
import { encodePatientClinicRow } from '../../consensus/ledger/patients/rows.ts';
import { patientClinicKey, TABLES } from '../../consensus/ledger/tables.ts';
import { ChartStore, putChart, putKept, putRow, putVaultKey } from '../../node/charts/chart-store.ts';
import { Custody } from '../../node/charts/custody.ts';
import { MAX_KEPT_TERMS, MAX_KEPT_VAULT_KEYS, MAX_KEPT_VAULTS } from '../../node/charts/custody-room.ts';
import { decodeRowsAnswer, encodeRowItem, makeRowsMessage, type RowItem } from '../../node/charts/rows-wire.ts';
import { MemberSets } from '../../node/members/member-sets.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { RequestHandler } from '../../p2p/ports.ts';
import { adoptKeyRow, makeKeyRow, rewrapKeyRow } from '../../records/chart/key-row.ts';
import { SEALED_VAULT_KEY_BYTES } from '../../records/vault/ring.ts';
import { signVaultKey } from '../../records/vault/vault-key.ts';
import { eraseOnChain, recordOnChain, type StateRows } from '../helpers/erased-chain.ts';
import { founders } from '../helpers/founders.ts';
import { memoryRows } from '../helpers/memory-rows.ts';
import { manifest } from '../records/chart/generators.ts';

const NOW = 1_900_000_000_000;
const { secrets, genesis, genesisId } = founders(4);
const members = new MemberSets({ genesis }, { states: async () => [] });

const ATTACHED = encodePatientClinicRow({
  ...{ attached: true, version: 1, ended: 0, changed: 1 },
  statement: randomBytes(32),
});

/** At no clinic. */
const STRANGER = randomBytes(32);

/** Clinic 1; every other patient is registered everywhere. */
function custodian() {
  const rows = memoryRows();
  const store = new ChartStore({ database: rows });
  const deleted: string[] = [];
  const served: RequestHandler[] = [];
  const chain: StateRows = new Map();
  new Custody(
    { genesisId, clinic: 1 },
    {
      ...{ store, members, onRows: () => undefined, guards: { isErased: () => false } },
      ...{ clock: { now: () => NOW } as never, logger: createLogger({ level: 'silent' }) },
      chain: {
        states: async (keys) =>
          keys.map((key) => {
            const isPatient = key[0] === TABLES.patientClinic && !equalBytes(key, patientClinicKey(STRANGER, 2));
            return isPatient ? ATTACHED : chain.get(toHex(key));
          }),
      },
      network: { serve: (_: unknown, handler: RequestHandler) => void served.push(handler) } as never,
      blobs: { delete: async (cid: string) => void deleted.push(cid), putSmall: async () => [] } as never,
    },
  );
  /** From clinic 2. */
  const send = async (...items: RowItem[]): Promise<readonly number[]> => {
    const message = makeRowsMessage(
      { from: 2, to: 1, now: NOW },
      items.map(encodeRowItem),
      genesisId,
      secrets[1].seeds.node,
    );
    const from = peerIdOf(members.current.clinic(2)?.nodeKey as Uint8Array);
    let waiting: readonly number[] = [];
    for await (const answer of served[0](from, message)) waiting = decodeRowsAnswer(answer, items.length);
    return waiting;
  };
  return { store, rows, deleted, send, chain };
}

function rowOf(clinic: number, chart: Uint8Array, cid: string) {
  const signer = { genesisId, seed: secrets[clinic - 1].seeds.node };
  const name = { clinic, chart, handle: randomBytes(32), category: 'labs' as const, epoch: 1 };
  const content = { manifest: fc.sample(manifest, 1)[0], salt: randomBytes(32), dataKey: randomBytes(32) };
  const key = randomBytes(32);
  const about = { ...name, record: randomBytes(32), version: 1, revision: 1, written: 1, cid, size: 1 };
  return rewrapKeyRow(makeKeyRow(about, key, content, signer), key, { epoch: 2, categoryKey: key }, signer);
}

test('rows that leave a custodian take their ciphertext along, but for what another row names', async () => {
  const { store, deleted, send } = custodian();
  const chart = randomBytes(32);
  const victim = rowOf(3, randomBytes(32), 'of-another');
  await store.batch([putRow(victim)]);
  const alone = rowOf(2, chart, 'alone');
  const forged = { ...rowOf(2, chart, 'of-another'), handle: alone.handle };
  await store.batch([putRow(alone), putRow(forged)]);
  const drop = { type: 'drop-rows', chart, category: 'labs' } as const;
  await send(drop, drop);
  expect(deleted).toEqual(['alone']);
  expect(await store.versions(victim, victim.record)).toHaveLength(1);
  expect(await store.versions(alone, alone.record)).toEqual([]);
});

test('a row that the chain says was erased is not kept, though nobody told this clinic; one written since is', async () => {
  const { store, send, chain } = custodian();
  const row = rowOf(2, randomBytes(32), '');
  const { handle, chart } = row;
  const subject = recordOnChain(chain, 2, [row.record]);
  eraseOnChain(chain, 2, subject, row.written);
  await send({ type: 'chart', chart, handle, vault: false }, { type: 'row', row });
  expect(await store.versions(row, row.record)).toEqual([]);
  eraseOnChain(chain, 2, subject, row.written - 1);
  await send({ type: 'row', row });
  expect(await store.versions(row, row.record)).toHaveLength(1);
});

test("a record that is kept becomes no other patient's, under whomever its clinic announces the chart later", async () => {
  const { store, send } = custodian();
  const row = rowOf(2, randomBytes(32), '');
  const told = ({ handle }: { readonly handle: Uint8Array }): RowItem => ({
    ...{ type: 'chart', chart: row.chart, handle, vault: false },
  });
  await send(told(row), { type: 'row', row });
  const signer = { genesisId, seed: secrets[1].seeds.node };
  const moved = adoptKeyRow({ ...row, handle: randomBytes(32), revision: row.revision + 1 }, signer);
  await send(told(moved), { type: 'row', row: moved });
  expect(await store.versions(row, row.record)).toEqual([row]);
  const newer = adoptKeyRow({ ...row, revision: row.revision + 1 }, signer);
  await send({ type: 'row', row: newer });
  expect(await store.versions(row, row.record)).toEqual([newer]);
});

test('a vault is kept beside the chart, with the keys that the patient sealed, until its clinic takes it away', async () => {
  const { store, send } = custodian();
  const [main, vault] = [rowOf(2, randomBytes(32), ''), rowOf(2, randomBytes(32), '')];
  const row = { ...vault, handle: main.handle };
  const signer = { genesisId, seed: secrets[1].seeds.node };
  const name = { clinic: 2, chart: vault.chart, handle: main.handle, category: 'labs' as const };
  const key = (epoch: number) => signVaultKey({ ...name, epoch, sealed: randomBytes(SEALED_VAULT_KEY_BYTES) }, signer);
  const told = (chart: Uint8Array, isVault: boolean): RowItem => ({
    ...{ type: 'chart', chart, handle: main.handle, vault: isVault },
  });
  await send(told(main.chart, false), told(vault.chart, true), { type: 'row', row: main });
  await send({ type: 'row', row: adoptKeyRow(row, signer) }, { type: 'vault-key', key: key(1) });
  await send({ type: 'vault-key', key: key(2) }, { type: 'vault-key', key: { ...key(3), epoch: 4 } });
  expect(await store.chartOf(main.handle, 2)).toEqual(main.chart);
  expect(await store.vaultOf(main.handle, 2)).toEqual(vault.chart);
  expect(await store.isVault(main.handle, main)).toBe(false);
  expect(await store.versions(vault, vault.record)).toHaveLength(1);
  const epochs = async () => (await store.vaultKeys(name, 'labs')).map(({ epoch }) => epoch);
  expect(await epochs()).toEqual([1, 2]);
  await send({ type: 'drop-epochs', chart: vault.chart, category: 'labs', below: 2 });
  expect(await epochs()).toEqual([2]);
  await send({ type: 'drop-rows', chart: vault.chart, category: 'labs' });
  expect(await epochs()).toEqual([]);
  expect(await store.versions(vault, vault.record)).toEqual([]);
  expect(await store.versions(main, main.record)).toHaveLength(1);
});

test('of charts that no clinic told of, of vaults without end and of patients without a clinic nothing is kept', async () => {
  const { store, rows, send } = custodian();
  const terms = (chart: Uint8Array): RowItem => ({
    type: 'terms',
    terms: { clinic: 2, chart, object: randomBytes(32), epoch: 1, sealed: randomBytes(80) },
  });
  await send(...Array.from({ length: 200 }, () => terms(randomBytes(32))));
  expect(await count(rows)).toBe(0);
  const handle = randomBytes(32);
  const vault = (): RowItem => ({ type: 'chart', chart: randomBytes(32), handle, vault: true });
  await send(...Array.from({ length: 200 }, vault));
  expect(await store.vaults(handle, 2)).toHaveLength(MAX_KEPT_VAULTS);
  const before = await count(rows);
  const stranger: RowItem = { type: 'chart', chart: randomBytes(32), handle: STRANGER, vault: false };
  expect(await send(stranger)).toEqual([0]);
  expect(await count(rows)).toBe(before);
});

test('of a patient whom the chain does not have there nothing is taken but what takes away; the other patient in the message is', async () => {
  const { store, rows, send } = custodian();
  const detached = { ...rowOf(2, randomBytes(32), ''), handle: STRANGER };
  const signer = { genesisId, seed: secrets[1].seeds.node };
  const row = adoptKeyRow(detached, signer);
  const other = rowOf(2, randomBytes(32), '');
  const termsOf = (chart: Uint8Array) => ({
    clinic: 2,
    chart,
    object: randomBytes(32),
    epoch: 1,
    sealed: randomBytes(80),
  });
  await store.batch([putChart(STRANGER, row), putKept(STRANGER, row), putRow(row)]);
  const before = await count(rows);
  const waiting = await send(
    { type: 'chart', chart: row.chart, handle: STRANGER, vault: false },
    { type: 'chart', chart: other.chart, handle: other.handle, vault: false },
    { type: 'row', row: { ...row, revision: 7 } },
    { type: 'terms', terms: termsOf(row.chart) },
    { type: 'row', row: other },
    { type: 'terms', terms: termsOf(other.chart) },
  );
  expect(waiting).toEqual([0, 2]);
  expect(await store.versions(other, other.record)).toHaveLength(1);
  expect(await store.terms(other)).toHaveLength(1);
  expect(await count(rows)).toBe(before + 4);
  expect(await send({ type: 'row', row }, { type: 'drop-rows', chart: row.chart, category: 'labs' })).toEqual([0]);
  expect(await store.versions(row, row.record)).toEqual([]);
});

test('of one chart no more is kept than there is room for; the denial of another patient in the same message arrives', async () => {
  const { store, send } = custodian();
  const [flooded, other] = [randomBytes(32), randomBytes(32)].map((chart) => ({ clinic: 2, chart }));
  for (const { chart } of [flooded, other]) await send({ type: 'chart', chart, handle: randomBytes(32), vault: false });
  const some = (ref: typeof flooded, n: number): RowItem[] =>
    Array.from({ length: n }, () => ({ type: 'terms', terms: termsOf(ref) }));
  const termsOf = (ref: typeof flooded) => ({ ...ref, object: randomBytes(32), epoch: 1, sealed: randomBytes(80) });
  for (let sent = 0; sent < MAX_KEPT_TERMS; sent += 256) await send(...some(flooded, 256));
  const [first] = await store.terms(flooded);
  const again = { ...first, sealed: randomBytes(80) };
  const denial = termsOf(other);
  await send(...some(flooded, 3), { type: 'terms', terms: denial }, { type: 'terms', terms: again });
  expect(await store.terms(flooded)).toHaveLength(MAX_KEPT_TERMS);
  expect(await store.terms(other)).toEqual([denial]);
  expect((await store.terms(flooded))[0].sealed).toEqual(again.sealed);
  await send(...some(flooded, 1));
  expect(await store.terms(flooded)).toHaveLength(MAX_KEPT_TERMS);
});

test('sealed keys of a vault without end stop nothing of another patient, nor what takes them away', async () => {
  const { store, send } = custodian();
  const signer = { genesisId, seed: secrets[1].seeds.node };
  const name = { clinic: 2, chart: randomBytes(32), handle: randomBytes(32), category: 'labs' as const };
  const other = rowOf(2, randomBytes(32), '');
  await send({ type: 'chart', chart: name.chart, handle: name.handle, vault: true });
  await store.batch(
    Array.from({ length: MAX_KEPT_VAULT_KEYS }, (_, index) =>
      putVaultKey(name, 'labs', { epoch: index + 1, sealed: randomBytes(SEALED_VAULT_KEY_BYTES) }),
    ),
  );
  const key = (epoch: number): RowItem => ({
    type: 'vault-key',
    key: signVaultKey({ ...name, epoch, sealed: randomBytes(SEALED_VAULT_KEY_BYTES) }, signer),
  });
  const chart: RowItem = { type: 'chart', chart: other.chart, handle: other.handle, vault: false };
  await send(key(MAX_KEPT_VAULT_KEYS + 1), chart, { type: 'row', row: other });
  expect(await store.versions(other, other.record)).toHaveLength(1);
  expect(await store.vaultKeys(name, 'labs')).toHaveLength(MAX_KEPT_VAULT_KEYS);
  await send(key(MAX_KEPT_VAULT_KEYS + 1), { type: 'drop-epochs', chart: name.chart, category: 'labs', below: 1_000 });
  await send(key(MAX_KEPT_VAULT_KEYS + 1));
  expect((await store.vaultKeys(name, 'labs')).at(-1)?.epoch).toBe(MAX_KEPT_VAULT_KEYS + 1);
});

async function count(rows: ReturnType<typeof memoryRows>): Promise<number> {
  let found = 0;
  for await (const _ of rows.range({ prefix: new Uint8Array(0) })) found++;
  return found;
}
