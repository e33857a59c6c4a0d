// Erasures approved without the page: by the command line and over REST, by who may, signed by her own device, until a second has.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { randomBytes } from '#crypto';
import { run } from '../../cli/main.ts';
import { fromHex, toHex } from '../../common/bytes.ts';
import { genesisId } from '../../consensus/genesis.ts';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import { KEYS_ERASE_APPROVE } from '../../consensus/ledger/kinds.ts';
import { signPrepared } from '../../identity/vault/device-statements.ts';
import { exportVaultFile } from '../../identity/vault/file.ts';
import { authOf, DEFAULT_KDF, passwordBytes, stretch } from '../../identity/vault/kdf.ts';
import { createVault } from '../../identity/vault/vault.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { type MadeUp, madeUp, type Portal, signIn } from '../helpers/portal.ts';
import { newStaff } from '../helpers/staff.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
const PATIENT = { patient: '951-71-0071', country: 'US', type: 'ssn' };
const PASSWORD = 'correct horse battery';

interface Officer {
  readonly portal: Portal;
  readonly person: MadeUp;
}

let net: TestNodes;
let folder: string;
let doctor: Officer;
let privacy: Officer;
let admin: Officer;
let recoveryCode: string;

/** With a vault that her password opens, as the page makes it. */
async function employed(name: string, role: Role): Promise<Officer> {
  const made = madeUp(net.founded.bundle.genesis, name);
  const salt = fromHex(made.salt);
  const master = await stretch(passwordBytes(PASSWORD), salt, DEFAULT_KDF);
  const way = { kind: 'password', salt, kdf: DEFAULT_KDF, master } as const;
  const { file } = await createVault([way], { signing: made.seed, encryption: randomBytes(32) });
  const person = { ...made, auth: toHex(authOf(master)), vault: exportVaultFile(file) };
  return { portal: await newStaff(net, 1, name, role, person), person };
}

/** `answer`: what it wrote to its standard output alone. */
async function wardmesh(...args: string[]): Promise<{ code: number; out: string; answer: string }> {
  const written = { out: '', answer: '' };
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation((text: unknown) => {
      written.out += String(text);
      if (stream === process.stdout) written.answer += String(text);
      return true;
    }),
  );
  process.exitCode = undefined;
  try {
    await run([...args, '--node', net.clinic(1).url]);
    return { code: Number(process.exitCode ?? 0), ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.exitCode = undefined;
  }
}

async function rest(
  portal: Portal,
  path: string,
  body: object,
): Promise<{ status: number; body: Record<string, never> }> {
  const cookie = [...portal.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const headers = { 'content-type': 'application/json', cookie, origin: portal.url };
  const answer = await fetch(`${portal.url}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: answer.status, body: (await answer.json()) as Record<string, never> };
}

const erasure = async () => (await net.client(1).call('erasure_list')).erasures[0];

beforeAll(async () => {
  net = await TestNodes.found({ clinics: 2, miners: [1] });
  folder = await mkdtemp(join(tmpdir(), 'wardmesh-approval-'));
  await writeFile(join(folder, 'password'), `${PASSWORD}\n`);
  await writeFile(join(folder, 'wrong'), 'another one\n');
  await Promise.all(net.numbers.map((number) => net.start(number)));
  await net.connected();
  const { patients } = await net.client(1).call('patient_register', { patients: [{ number: PATIENT.patient }] });
  await net.applied(1, patients[0].statement);
  doctor = await employed('dora', 'doctor');
  privacy = await employed('oda', 'privacy-officer');
  admin = await employed('omar', 'admin');
  const resource = JSON.stringify({ resourceType: 'Observation', id: 'a', status: 'final', code: { text: 'Glucose' } });
  await doctor.portal.call('record_write', { ...PATIENT, records: [{ resource }] });
  const { secret } = await privacy.portal.call('account_totpStart');
  const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate();
  recoveryCode = (await privacy.portal.call('account_totpFinish', { code })).recoveryCodes[0];
  await net.client(1).call('erasure_request', { ...PATIENT, text: 'The patient asked for it' });
  await waitFor(async () => (await erasure()).state === 'asked', {
    timeoutMs: 2 * MINUTE,
    what: 'the request in a block',
  });
}, 8 * MINUTE);

afterAll(async () => {
  await net?.remove();
  await rm(folder, { recursive: true, force: true });
}, MINUTE);

it('is by two officers, each with her own device: one at the command line, one over REST', {
  timeout: 6 * MINUTE,
}, async () => {
  const { erasure: id } = await erasure();
  const file = (name: string) => ['--password-file', join(folder, name)];
  const approve = (name: string, ...more: string[]) =>
    wardmesh('erasure', 'approve', id, '--user', name, ...file('password'), ...more, '--yes', '--json');

  // Who may not is refused by the door, whatever device she has.
  expect(await approve('dora')).toMatchObject({ code: 4, out: expect.stringContaining('rpc.forbidden') });
  const wrong = await wardmesh('erasure', 'approve', id, '--user', 'omar', ...file('wrong'));
  expect(wrong).toMatchObject({ code: 4, out: expect.stringContaining('session.refused') });
  expect((await approve('oda')).out).toContain('--code');
  expect((await approve('oda', '--code', '000-not-a-code')).code).toBe(4);
  expect((await erasure()).approvals).toEqual([]);

  const asks = ['erasure', 'approve', id, '--user', 'omar', ...file('password')];
  expect(await wardmesh(...asks)).toMatchObject({ code: 2, out: expect.stringContaining('The patient asked for it') });
  expect((await erasure()).approvals).toEqual([]);

  const sessions = async () => (await privacy.portal.call('session_list')).sessions.map(({ id: one }) => one).sort();
  const before = await sessions();
  await writeFile(join(folder, 'code'), `${recoveryCode}\n`);
  const first = await approve('oda', '--code-file', join(folder, 'code'));
  expect(first.code, first.out).toBe(0);
  const { status, approvals } = JSON.parse(first.answer);
  // Finality may come before the answer.
  expect([status, approvals]).toEqual([expect.stringMatching(/^(applied|final)$/), [privacy.person.account]]);
  // Her own once more is none, over any door; and the session of the command is over.
  expect(await sessions()).toEqual(before);
  const author = privacy.person.key;
  expect(await privacy.portal.refusal('erasure_prepare', { erasure: id, author })).toBe('erasure.not-now');

  await signIn(admin.portal, admin.person);
  const prepared = await rest(admin.portal, `/erasures/${id}/approval`, { author: admin.person.key });
  expect(prepared.status).toBe(200);
  const expected = { genesisId: genesisId(net.founded.bundle.genesis), kind: KEYS_ERASE_APPROVE, about: fromHex(id) };
  const statement = toHex(signPrepared(admin.person.seed, prepared.body as never, expected));
  const sent = await rest(admin.portal, '/tx/statements', { statements: [{ statement }] });
  expect(sent.status, JSON.stringify(sent.body)).toBeLessThan(300);
  await waitFor(async () => (await erasure()).state === 'done', { timeoutMs: 4 * MINUTE, what: 'the erasure' });
  expect((await erasure()).approvals).toEqual([privacy.person.account, admin.person.account]);
});
