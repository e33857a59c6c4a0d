// One clinic, as a program of somebody else uses it: the worked example of the SDK as it is run, and a takeout of what the
// example wrote, over the SDK and over the command line, checked with no network.
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { run as runCommand } from '../../cli/main.ts';
import { toHex } from '../../common/bytes.ts';
import { decryptAge } from '../../common/crypto/age.ts';
import { codeOf } from '../../common/errors.ts';
import { readTarFiles } from '../../common/tar.ts';
import { genesisId } from '../../consensus/genesis.ts';
import type { ProofSummary } from '../../consensus/proofs/summary.ts';
import { verifyTakeout } from '../../records/takeout/verify.ts';
import { verifiedTakeout } from '../../sdk/verify.ts';
import { Wardmesh, type WrittenRecord } from '../../sdk/wardmesh.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { newStaff } from '../helpers/staff.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const NUMBER = '951-71-0001';
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const passphrase = 'correct horse battery';
const run = promisify(execFile);

let net: TestNodes;
let folder: string;
let written: readonly WrittenRecord[];

const genesis = () => net.founded.bundle.genesis;
const client = () => new Wardmesh({ url: net.clinic(1).url, token: token() });
let operator = '';
const token = () => operator;

/** A command line in this process, with what it printed. */
async function wardmesh(...args: string[]): Promise<{ code: number; out: string }> {
  let out = '';
  const into = (text: unknown) => {
    out += String(text);
    return true;
  };
  const spies = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockImplementation(into));
  vi.stubEnv('WARDMESH_PASSPHRASE', passphrase);
  process.exitCode = undefined;
  try {
    await runCommand([...args, '--json']);
    return { code: Number(process.exitCode ?? 0), out };
  } finally {
    for (const spy of spies) spy.mockRestore();
    vi.unstubAllEnvs();
    process.exitCode = undefined;
  }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wardmesh-takeout-'));
  net = await TestNodes.found({ clinics: 1 });
  await net.start(1);
  operator = (await readFile(net.clinic(1).paths.operatorToken, 'utf8')).trim();
}, 2 * MINUTE);

afterAll(async () => {
  await net?.remove();
  await rm(folder, { recursive: true, force: true });
}, MINUTE);

describe('the SDK', () => {
  it('does what its worked example says, with an API key and nothing to trust but an id', async () => {
    const { secret } = await net.client(1).call('apikey_create', {
      ...{ name: 'Laboratory', until: Date.now() + DAY },
      scopes: ['patient:write', 'patient:read', 'record:write', 'tx:read', 'chain:read'],
    });
    const example = join(ROOT, 'sdk/examples/first-record.ts');
    const id = toHex(genesisId(genesis()));
    const { stdout } = await run(process.execPath, [example, net.clinic(1).url, secret, id, NUMBER]);
    const found = JSON.parse(stdout) as { written: WrittenRecord[]; proven: ProofSummary };
    written = found.written;
    expect(written.map(({ category }) => category)).toEqual(['labs', 'notes']);
    expect(found.proven).toMatchObject({
      genesis: id,
      shown: { type: 'statement', statement: { kind: 'records.add', outcome: 'applied', entries: 2 } },
    });
    const wrong = run(process.execPath, [example, net.clinic(1).url, secret, id.replace(/./g, '0'), NUMBER]);
    await expect(wrong).rejects.toMatchObject({ stderr: expect.stringContaining('sdk.genesis') });
  });
});

describe('a takeout', () => {
  it('has everything of the patient, byte for byte, and holds with nothing but the genesis document', async () => {
    const clinic = client();
    const large = crypto.getRandomValues(new Uint8Array(60_000));
    const document = { mediaType: 'application/pdf' as const, title: 'Scan', bytes: large };
    const [scan] = await clinic.write({ patient: NUMBER }, [{ document, category: 'imaging' }]);
    const amendment = { record: written[0].record, version: 1, amendment: 'correction' as const, reason: 'Comma' };
    const content = { resource: JSON.stringify({ resourceType: 'Observation', id: 'glucose-1', valueInteger: 11 }) };
    const amended = await clinic.rpc.call('record_amend', { patient: NUMBER, ...amendment, content });
    for (const { statement } of [scan, amended.record]) await clinic.proof(statement);
    const parts: Uint8Array[] = [];
    for await (const part of clinic.takeout({ patient: NUMBER }, { type: 'passphrase', passphrase })) parts.push(part);
    clinic.close();
    await writeFile(join(folder, 'sdk.age'), Buffer.concat(parts));
    const { listing, records } = await verifiedTakeout(genesis(), createReadStream(join(folder, 'sdk.age')), {
      ...{ type: 'passphrase', passphrase },
    });
    expect(listing.clinic.number).toBe(1);
    expect(records.map(({ manifest }) => [manifest.category, manifest.version]).sort()).toEqual([
      ...[
        ['imaging', 1],
        ['labs', 1],
        ['labs', 2],
        ['notes', 1],
      ],
    ]);
    expect(records.every(({ block }) => block !== undefined)).toBe(true);
    const files = new Map<string, Buffer>();
    const opened = decryptAge({ type: 'passphrase', passphrase }, createReadStream(join(folder, 'sdk.age')));
    for await (const { name, content: bytes } of readTarFiles(opened, (reason) => new Error(reason))) {
      const pieces: Uint8Array[] = [];
      for await (const piece of bytes) pieces.push(piece);
      files.set(name, Buffer.concat(pieces));
    }
    const fileOf = (id: string, version: number) => {
      const one = records.find(({ manifest }) => toHex(manifest.record) === id && manifest.version === version);
      return files.get(one?.content?.file ?? '');
    };
    expect(fileOf(scan.record, 1)?.equals(large)).toBe(true);
    expect(fileOf(written[0].record, 2)?.toString()).toBe(content.resource);
    expect(JSON.parse(String(files.get('history.json'))).pid).toBe(listing.patient);
    expect(String(files.get('README.txt'))).toContain('No other clinic');
  });

  it('is written down as a reading at the patient’s request before a byte of it leaves', async () => {
    const { events } = await net.client(1).call('audit_events', { patient: NUMBER, limit: 50 });
    const event = events.find(({ purpose }) => purpose === 'PATRQT');
    expect(event).toMatchObject({ action: 'read', outcome: 'permitted', reason: 'custody', account: null });
    expect(event?.records).toHaveLength(4);
  });

  it('is given to nobody without a role that decides about custody, nor without a fresh second factor', async () => {
    const ask = (headers: Record<string, string>, body: object = { patient: NUMBER }) =>
      fetch(`${net.clinic(1).url}/api/v1/takeout`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }).then(async (answer) => [answer.status, ((await answer.json()) as { code: string }).code]);
    expect(await ask({})).toEqual([401, 'rpc.unauthorized']);
    const { secret } = await net.client(1).call('apikey_create', {
      ...{ name: 'Curious', until: Date.now() + DAY, scopes: ['patient:read', 'record:write'] },
    });
    expect(await ask({ authorization: `Bearer ${secret}` })).toEqual([403, 'rpc.scope']);
    for (const [role, code] of [
      ['reception', 'rpc.forbidden'],
      ['doctor', 'session.factor-needed'],
    ] as const) {
      const portal = await newStaff(net, 1, role, role);
      const cookie = [...portal.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      expect(await ask({ cookie, origin: portal.url })).toEqual([403, code]);
    }
    const trusted = { authorization: `Bearer ${token()}` };
    expect(await ask(trusted, { patient: '951-71-0999' })).toEqual([409, 'record.no-relation']);
    expect(await ask(trusted, { patient: NUMBER, more: 1 })).toEqual([400, 'rpc.invalid-params']);
  });

  it('is the patient’s to make, once reception said whose account it is, and of nobody else', async () => {
    const pia = await newStaff(net, 1, 'pia', 'patient');
    const ask = async (path: string, body: object) => {
      const cookie = [...pia.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const headers = { 'content-type': 'application/json', cookie, origin: pia.url };
      return fetch(`${pia.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    };
    const codeOfAnswer = async (answer: Response) => ((await answer.json()) as { code: string }).code;
    expect(await codeOfAnswer(await ask('/api/v1/me/takeout', {}))).toBe('me.not-attached');
    await net.client(1).call('patient_attach', { patient: NUMBER, user: 'pia', document: 'passport' });
    expect(await codeOfAnswer(await ask('/api/v1/takeout', { patient: NUMBER }))).toBe('rpc.forbidden');
    const own = await ask('/api/v1/me/takeout', {});
    const { records } = await verifyTakeout(genesis(), own.body as unknown as AsyncIterable<Uint8Array>);
    expect(records).toHaveLength(4);
    const { events } = await net.client(1).call('audit_events', { patient: NUMBER, limit: 20 });
    expect(events.find(({ reason }) => reason === 'patient')).toMatchObject({ purpose: 'PATRQT', roles: ['patient'] });
  });

  it('is written and checked by the command line', async () => {
    const file = join(folder, 'cli.age');
    const node = ['--node', net.clinic(1).url, '--token', token()];
    const made = await wardmesh('takeout', NUMBER, '--out', file, ...node);
    expect([made.code, JSON.parse(made.out).proven]).toEqual([0, 4]);
    const checked = ['--genesis', net.clinic(1).paths.genesis];
    const held = await wardmesh('verify', file, ...checked);
    expect([held.code, JSON.parse(held.out).records.length]).toEqual([0, 4]);
    expect(JSON.parse(held.out).signatures).toMatchObject({ signed: 0, unsigned: 4 });
    const bytes = await readFile(file);
    bytes[bytes.length - 100] ^= 1;
    await writeFile(join(folder, 'other.age'), bytes);
    expect((await wardmesh('verify', join(folder, 'other.age'), ...checked)).code).toBe(8);
  });

  it('is refused whole when it is cut short', async () => {
    const bytes = await readFile(join(folder, 'cli.age'));
    await writeFile(join(folder, 'cut.age'), bytes.subarray(0, bytes.length - 70_000));
    const identity = { type: 'passphrase', passphrase } as const;
    const cut = verifiedTakeout(genesis(), createReadStream(join(folder, 'cut.age')), identity);
    expect(await cut.then(() => 'holds', codeOf)).toBe('crypto.open');
  });
});
