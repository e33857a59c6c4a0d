// One clinic alone: nobody keeps its keys, so its backup does; and an older copy of its keys is refused.
import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { concatBytes } from '../../common/bytes.ts';
import { codeOf } from '../../common/errors.ts';
import { restoreBackup } from '../../node/backup/restore.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { type MadeUp, madeUp, Portal, registration, signIn } from '../helpers/portal.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
const slow = { timeoutMs: 4 * MINUTE, intervalMs: 300 };
const patient = { patient: '951-71-0077', country: 'US', type: 'ssn' };
const observation = (id: string) =>
  JSON.stringify({ resourceType: 'Observation', id, status: 'final', code: { text: `Glucose ${id}` } });

let net: TestNodes;
let doctor: Portal;
let person: MadeUp;
let backup: Uint8Array;
const records: string[] = [];

/** Sessions and roles are back some blocks after a start. */
async function signedIn(): Promise<boolean> {
  await signIn(doctor, person);
  return (await doctor.call('session_current')).session?.roles.includes('doctor') === true;
}

async function write(id: string): Promise<void> {
  const written = await doctor.call('record_write', { ...patient, records: [{ resource: observation(id) }] });
  records.push(written.records[0].record);
}

const read = async (n: number) => {
  const { resource } = await doctor.call('record_read', { ...patient, record: records[n] });
  return resource;
};

beforeAll(async () => {
  net = await TestNodes.found({ clinics: 1 });
  await net.start(1);
  const { patients } = await net.client(1).call('patient_register', { patients: [{ number: patient.patient }] });
  await net.applied(1, patients[0].statement);
  person = madeUp(net.founded.bundle.genesis, 'anna');
  doctor = new Portal(net.clinic(1).url);
  const until = Date.now() + 86_400_000;
  const { token } = await net.node(1).people.users.invite({ kind: 'staff', roles: ['doctor'], until, by: null });
  await doctor.call('account_register', registration(person, { token }));
  await waitFor(() => signedIn().catch(() => false), { ...slow, what: 'the role of the doctor' });
  await write('first');
}, 6 * MINUTE);
afterAll(() => net?.remove(), MINUTE);

describe('a clinic alone', { timeout: 6 * MINUTE }, () => {
  it('reads what it wrote before its backup, and writes on, once it is restored', async () => {
    const parts: Uint8Array[] = [];
    for await (const part of net.client(1).backup(true)) parts.push(part);
    backup = concatBytes(...parts);
    expect(Buffer.from(backup).includes('Glucose')).toBe(false);
    const { directory, paths } = net.clinic(1);
    await net.stop(1);
    await rename(directory, `${directory}.lost`);
    await mkdir(directory);
    const archive = async function* () {
      yield backup;
    };
    await restoreBackup(archive(), directory);
    // Its ciphertext is in no backup, and nobody else has it here.
    await cp(join(`${directory}.lost`, 'blobs'), paths.blobs, { recursive: true });
    await cp(join(`${directory}.lost`, 'operator.token'), paths.operatorToken);
    expect(await readdir(directory)).toContain('own-keys.journal');
    await net.start(1);
    await waitFor(() => signedIn().catch(() => false), { ...slow, what: 'the session' });
    expect(await waitFor(() => read(0).catch(() => undefined), { ...slow, what: 'the first record' })).toBe(
      observation('first'),
    );
    const left = async () => (await readdir(directory)).filter((name) => name.startsWith('own-keys'));
    await waitFor(async () => (await left()).length === 0, { ...slow, what: 'the end of the copy of its keys' });
    await write('second');
    expect(await read(1)).toBe(observation('second'));
  });

  it('does not start with keys that are older than the rest', async () => {
    const { paths } = net.clinic(1);
    await net.stop(1);
    const older = `${paths.keys}.older`;
    await cp(paths.keys, older, { recursive: true });
    await net.start(1);
    await waitFor(() => signedIn().catch(() => false), { ...slow, what: 'the session' });
    // A category that had no key before.
    const document = { mediaType: 'text/plain' as const, title: 'Note', bytes: Buffer.from('x').toString('base64') };
    await doctor.call('record_write', { ...patient, records: [{ document, category: 'notes' }] });
    await net.stop(1);
    const newer = `${paths.keys}.newer`;
    await rename(paths.keys, newer);
    await rename(older, paths.keys);
    expect(await net.start(1).then(() => undefined, codeOf)).toBe('store.older');
    await rm(paths.keys, { recursive: true });
    await rename(newer, paths.keys);
    await net.start(1);
    await waitFor(() => signedIn().catch(() => false), { ...slow, what: 'the session' });
    expect(await read(1)).toBe(observation('second'));
  });
});
