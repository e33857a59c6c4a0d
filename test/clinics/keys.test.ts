// Keys of records across real clinics, with everything that is in their files: what a former grantee can open, what is left of
// a patient who was erased, and what a clinic that was restored from before brings back and what it does not.
import { cp, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomBytes, signingKeyPair } from '#crypto';
import { concatBytes, fromHex, toHex } from '../../common/bytes.ts';
import { genesisId } from '../../consensus/genesis.ts';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import { handleOf, type Pid } from '../../identity/patient/pid.ts';
import { restoreBackup } from '../../node/backup/restore.ts';
import { decodeKeyAnswer, KEYS } from '../../node/charts/key-wire.ts';
import { openClinic } from '../../node/clinic-directory.ts';
import { openingKey } from '../../records/chart/hybrid-key.ts';
import { type KeyRow, openDataKey, openManifest } from '../../records/chart/key-row.ts';
import { openPacket } from '../../records/chart/packet.ts';
import { encodeTicket, signTicket } from '../../records/ticket.ts';
import { FAST } from '../helpers/devnet.ts';
import { erased } from '../helpers/erasing.ts';
import { keyRows, rowsIn } from '../helpers/key-rows.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { type MadeUp, madeUp, Portal, registration, signIn } from '../helpers/portal.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { filesWith } from '../store/shred-search.ts';

const MINUTE = 60_000;
const DAY_MS = 86_400_000;
const slow = { timeoutMs: 3 * MINUTE, intervalMs: 400 };
const lookup = (n: number) => ({ patient: `951-71-01${String(n).padStart(2, '0')}`, country: 'US', type: 'ssn' });
/** Whose records are granted, taken back and erased; and one who stays. */
const gone = lookup(0);
const stays = lookup(1);
const observation = (id: string) =>
  JSON.stringify({ resourceType: 'Observation', id, status: 'final', code: { text: `Glucose ${id}` } });

interface Staff {
  readonly portal: Portal;
  readonly person: MadeUp;
}

let net: TestNodes;
let backup: Uint8Array;
const staff = new Map<string, Staff>();
const at = (name: string): Portal => (staff.get(name) as Staff).portal;
const records = new Map<string, string>();

async function employ(number: number, name: string, role: Role): Promise<void> {
  const person = madeUp(net.founded.bundle.genesis, name);
  const until = Date.now() + DAY_MS;
  const { token } = await net.node(number).people.users.invite({ kind: 'staff', roles: [role], until, by: null });
  const portal = new Portal(net.clinic(number).url);
  await portal.call('account_register', registration(person, { token }));
  const what = `the role of ${name}`;
  await waitFor(
    async () => {
      await signIn(portal, person);
      return (await portal.call('session_current')).session?.roles.includes(role);
    },
    { ...slow, what },
  );
  staff.set(name, { portal, person });
}

const applied = (number: number, statement: string) => net.applied(number, statement);

async function write(patient: typeof gone, id: string): Promise<void> {
  const written = await at('anna').call('record_write', { ...patient, records: [{ resource: observation(id) }] });
  records.set(id, written.records[0].record);
  await applied(1, written.records[0].statement);
}

async function grant(patient: typeof gone, clinic: number): Promise<string> {
  const until = Date.now() + DAY_MS;
  const { consent, statement } = await at('anna').call('consent_grant', {
    ...{ ...patient, to: { clinic }, categories: ['labs'], until },
  });
  await applied(1, statement);
  return consent;
}

const read = (name: string, patient: typeof gone, id: string) =>
  at(name).call('record_read', { ...patient, record: String(records.get(id)), clinic: 1 });

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

/** The category keys that a clinic is handed for a patient now, as one that follows no rule would keep them. */
async function keysHandedTo(number: number, name: string): Promise<Uint8Array[]> {
  const { seeds } = net.clinic(number);
  const network = genesisId(net.founded.bundle.genesis);
  const { pid } = await net.client(number).call('patient_get', gone);
  const { account } = await at(name).call('account_me');
  const ticket = {
    ...{ action: 'list' as const, account: fromHex(String(account)), role: 'doctor' as const, clinic: number },
    application: undefined,
    ...{ handle: handleOf(pid as Pid), writer: 1, records: [], purpose: 1, grant: new Uint8Array(32), serving: 1 },
    ...{ peer: signingKeyPair(seeds.node).publicKey, nonce: randomBytes(16), ends: Date.now() + MINUTE },
  };
  const request = encodeTicket(signTicket(ticket, network, seeds.node));
  const { directory, passphrase } = net.clinic(number);
  const own = await openClinic(directory, passphrase);
  const opening = openingKey(seeds.encryption, own.keys.storageKey);
  const keys: Uint8Array[] = [];
  for await (const chunk of net.node(number).network.request(net.peerId(1), KEYS.protocol, request)) {
    const answer = decodeKeyAnswer(chunk);
    if (answer.type !== 'packets') continue;
    for (const packet of answer.packets) keys.push(await openPacket(packet, network, [opening]));
  }
  return keys;
}

async function handleFor(patient: typeof gone): Promise<Uint8Array> {
  const { pid } = await net.client(1).call('patient_get', patient);
  return handleOf(pid as Pid);
}

beforeAll(async () => {
  // Blocks as seldom as finality can wait for: twelve of them make an erasure final.
  net = await TestNodes.found({ clinics: 4, miners: [2], params: { ...FAST, blockInterval: 1_500 } });
  await Promise.all(net.numbers.map((number) => net.start(number)));
  await net.connected();
  const numbers = [gone, stays].map(({ patient: number }) => ({ number }));
  const { patients } = await net.client(1).call('patient_register', { patients: numbers });
  for (const { statement } of patients) await applied(1, String(statement));
  await employ(1, 'anna', 'doctor');
  await Promise.all([
    employ(3, 'chloe', 'doctor'),
    employ(4, 'dora', 'doctor'),
    employ(1, 'oda', 'privacy-officer'),
    employ(1, 'omar', 'admin'),
  ]);
  await net.agreed();
}, 8 * MINUTE);
afterAll(() => net?.remove(), MINUTE);

describe('a clinic whose grant was taken back', { timeout: 12 * MINUTE }, () => {
  let consent: string;
  let old: readonly Uint8Array[];

  it('read while it had it, as another does', async () => {
    await write(gone, 'before');
    consent = await grant(gone, 3);
    await grant(gone, 4);
    for (const name of ['chloe', 'dora']) {
      await waitFor(() => read(name, gone, 'before').catch(() => false), { ...slow, what: `reading by ${name}` });
      expect((await read(name, gone, 'before')).resource).toBe(observation('before'));
    }
    old = await keysHandedTo(3, 'chloe');
    expect(old).toHaveLength(1);
    const rows = keyRows(await rowsIn(net, 1)).filter(({ record }) => toHex(record) === records.get('before'));
    expect(opens(rows[0], old)).toBe(true);
  });

  it('opens nothing new with its old key and all its files, though it keeps records of others', async () => {
    const { statement } = await at('anna').call('consent_revoke', { consent });
    await write(gone, 'after');
    await write(stays, 'other');
    await applied(1, statement);
    // It keeps rows of others, and those of this very patient again once they are under a key that it never had.
    const kept = await waitFor(
      async () => {
        const rows = keyRows(await rowsIn(net, 3));
        return rows.length > 0 && rows;
      },
      { ...slow, what: 'rows in the custody of clinic 3' },
    );
    const handle = toHex(await handleFor(gone));
    const everywhere = (await Promise.all([1, 2, 4].map((number) => rowsIn(net, number)))).flatMap(keyRows);
    const own = everywhere.filter((row) => toHex(row.handle) === handle);
    expect(own.some(({ record }) => toHex(record) === records.get('after'))).toBe(true);
    for (const row of [...kept, ...own.filter(({ clinic, epoch }) => clinic === 1 && epoch > 1)]) {
      expect(opens(row, old)).toBe(false);
    }
    for (const id of ['before', 'after']) {
      expect(await at('chloe').refusal('record_read', { ...gone, record: String(records.get(id)), clinic: 1 })).toBe(
        'record.refused',
      );
    }
    expect(await keysHandedTo(3, 'chloe')).toEqual([]);
  });

  it('leaves the others reading on, what is new too', async () => {
    for (const id of ['before', 'after']) expect((await read('dora', gone, id)).resource).toBe(observation(id));
  });
});

describe('an erasure', { timeout: 15 * MINUTE }, () => {
  let handle: string;
  const sealed: Uint8Array[] = [];
  const names: string[] = [];

  it('leaves no key row, no packet and no ciphertext of the patient in any file of any clinic', async () => {
    handle = toHex(await handleFor(gone));
    const parts: Uint8Array[] = [];
    for await (const part of net.client(1).backup(false)) parts.push(part);
    backup = concatBytes(...parts);
    // At home, and at who keeps them beside it once they have come there.
    const rows = await waitFor(
      async () => {
        const all = await Promise.all(net.numbers.map((number) => rowsIn(net, number)));
        const hers = all.flatMap(keyRows).filter((row) => toHex(row.handle) === handle);
        return hers.length > 3 && hers;
      },
      { ...slow, intervalMs: 1_000, what: 'the rows of who is erased' },
    );
    for (const { sealedManifest, wrap, cid } of rows) {
      sealed.push(sealedManifest.slice(0, 24), ...(wrap === undefined ? [] : [wrap.slice(0, 24)]));
      names.push(cid);
    }
    const charts = new Set(rows.map(({ chart }) => toHex(chart)));

    await erased(
      net,
      { ...gone, text: 'Asked for in writing' },
      ['oda', 'omar'].map((name) => staff.get(name) as Staff),
    );

    for (const number of net.numbers) {
      const left = await rowsIn(net, number);
      expect(keyRows(left).filter((row) => toHex(row.handle) === handle)).toEqual([]);
      expect(left.filter(([key]) => [...charts].some((chart) => toHex(key).includes(chart)))).toEqual([]);
      const { directory, paths } = net.clinic(number);
      expect(await filesWith(directory, sealed)).toEqual([]);
      const files = await readdir(paths.blobs, { recursive: true });
      expect(files.filter((file) => names.some((cid) => file.includes(cid)))).toEqual([]);
    }
    expect((await read('anna', stays, 'other')).resource).toBe(observation('other'));
  });

  it('leaves a chain that verifies from genesis', async () => {
    const target = join(net.founded.directory, 'verified');
    const { height } = await restoreBackup(net.client(2).backup(true), target);
    expect(height).toBeGreaterThan(10);
    await rm(target, { recursive: true });
  });
});

describe('a clinic that is restored from a backup of before the erasure', { timeout: 15 * MINUTE }, () => {
  it('serves and holds nothing of who was erased, and reads and writes what it had of others', async () => {
    const before = keyRows(await rowsIn(net, 1)).find(({ record }) => toHex(record) === records.get('other'));
    const handle = toHex(await handleFor(gone));
    await net.stop(1);
    const { directory, paths } = net.clinic(1);
    const [passphrase, token] = await Promise.all(
      [paths.passphrase, paths.operatorToken].map((path) => readFile(path).catch(() => undefined)),
    );
    expect([passphrase, token].length).toBe(2);
    await rename(directory, `${directory}.lost`);
    await mkdir(directory);
    await restoreBackup(
      (async function* () {
        yield backup;
      })(),
      directory,
    );
    expect(await readdir(directory)).toContain('own-keys.journal');
    expect(await readdir(directory)).not.toContain('keys');
    await cp(join(`${directory}.lost`, 'operator.token'), paths.operatorToken);
    await net.start(1);
    const anna = staff.get('anna') as Staff;
    await waitFor(
      async () => {
        await signIn(anna.portal, anna.person);
        return read('anna', stays, 'other');
      },
      { ...slow, what: 'the record of who stays' },
    );
    expect((await read('anna', stays, 'other')).resource).toBe(observation('other'));
    const taken = async () => !(await readdir(directory)).includes('own-keys.journal');
    await waitFor(taken, { ...slow, what: 'the end of the copy of its keys' });
    for (const id of ['before', 'after']) {
      expect(await anna.portal.refusal('record_read', { ...gone, record: String(records.get(id)), clinic: 1 })).toMatch(
        /record\.(unknown|no-relation)/,
      );
    }
    const { charts } = await anna.portal.call('record_list', gone);
    expect(charts[0].records).toEqual([]);
    const rows = await rowsIn(net, 1);
    expect(keyRows(rows).filter((row) => toHex(row.handle) === handle)).toEqual([]);
    // Epochs go on; they never begin again.
    await write(stays, 'later');
    const later = keyRows(await rowsIn(net, 1)).find(({ record }) => toHex(record) === records.get('later'));
    expect(later?.epoch).toBeGreaterThan(Number(before?.epoch));
    await grant(stays, 3);
    await waitFor(() => read('chloe', stays, 'later').catch(() => false), { ...slow, what: 'reading elsewhere' });
    for (const id of ['other', 'later']) expect((await read('chloe', stays, id)).resource).toBe(observation(id));
    // What clinic 1 keeps of others came back, and clinic 2 keeps its rows as before.
    await waitFor(async () => (await net.client(1).call('node_health')).ready, { ...slow, what: 'clinic 1 ready' });
  });
});
