// Files across real clinics: uploaded by staff, fetched whole and in part by a doctor elsewhere who may, by nobody who may not;
// kept whole by several clinics whatever one of them loses; taken in sealed from a patient's browser.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { concatBytes } from '../../common/bytes.ts';
import { DiskBlobStore } from '../../node/blobs/disk-blob-store.ts';
import { sealEnvelope } from '../../records/envelope/seal.ts';
import { runCommand } from '../helpers/devnet.ts';
import { handedOver } from '../helpers/key-rows.ts';
import { dicomElement, dicomFile, dicomPixels } from '../helpers/made-up-dicom.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { madeUp, Portal, registration, signIn } from '../helpers/portal.ts';
import { collected, inParts, madeUpBytes } from '../helpers/streams.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
const DAY_MS = 86_400_000;
const NUMBER = '951-71-0001';
const patient = { patient: NUMBER, country: 'US', type: 'ssn' };
const MIB = 1024 * 1024;

const pdf = concatBytes(new TextEncoder().encode('%PDF-1.7\n'), madeUpBytes(5 * MIB));
const FRAME = 512 * 1024;
const frames = madeUpBytes(12 * FRAME, 7);
const scan = dicomFile(
  concatBytes(
    dicomElement(0x0008, 0x0016, 'UI', '1.2.840.10008.5.1.4.1.1.2'),
    dicomElement(0x0008, 0x0018, 'UI', '1.2.3.4.1'),
    dicomElement(0x0008, 0x0060, 'CS', 'CT'),
    dicomElement(0x0008, 0x1030, 'LO', 'Chest'),
    dicomElement(0x0020, 0x000d, 'UI', '1.2.3'),
    dicomElement(0x0020, 0x000e, 'UI', '1.2.3.4'),
    dicomPixels(frames),
  ),
);

let net: TestNodes;
let folder: string;
const doctors = new Map<number, Portal>();
const doctor = (number: number): Portal => doctors.get(number) as Portal;

async function newDoctor(number: number, name: string): Promise<void> {
  const person = madeUp(net.founded.bundle.genesis, name);
  const until = Date.now() + DAY_MS;
  const { token } = await net.node(number).people.users.invite({ kind: 'staff', roles: ['doctor'], until, by: null });
  const portal = new Portal(net.clinic(number).url);
  await portal.call('account_register', registration(person, { token }));
  await waitFor(
    async () => {
      await signIn(portal, person);
      return (await portal.call('session_current')).session?.roles.includes('doctor');
    },
    { timeoutMs: 4 * MINUTE, intervalMs: 500, what: `the role of ${name}` },
  );
  doctors.set(number, portal);
}

/** As the pages of a clinic ask for it. */
function http(
  portal: Portal,
  path: string,
  options: { readonly method?: string; readonly body?: Uint8Array; readonly headers?: Record<string, string> } = {},
) {
  const { method = 'GET', body, headers = {} } = options;
  return fetch(`${portal.url}${path}`, {
    method,
    headers: {
      ...{ origin: portal.url, 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' },
      cookie: [...portal.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      ...(body === undefined ? {} : { 'content-type': 'application/octet-stream' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: new Uint8Array(body) }),
  });
}

async function upload(portal: Portal, body: Uint8Array, path = '/api/v1/uploads') {
  const response = await http(portal, path, { method: 'PUT', body });
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever JSON came
  return { status: response.status, json: (await response.json()) as any };
}

async function download(number: number, record: string, range?: string) {
  const { download: name } = await doctor(number).call('record_download', { ...patient, record, clinic: 1 });
  const headers: Record<string, string> = range === undefined ? {} : { range };
  const response = await http(doctor(number), `/api/v1/downloads/${name}`, { headers });
  return { response, bytes: new Uint8Array(await response.arrayBuffer()) };
}

const same = (one: Uint8Array, other: Uint8Array) => Buffer.compare(one, other) === 0;
const applied = (number: number, statement: string) => net.applied(number, statement);

async function wardmesh(number: number, ...args: readonly string[]) {
  const { url, paths } = net.clinic(number);
  const token = (await readFile(paths.operatorToken, 'utf8')).trim();
  return runCommand(['--node', url, '--token', token, '--json', ...args]);
}

/** The blocks of a blob at a clinic. */
async function filesOf(number: number, cid: string): Promise<string[]> {
  const root = net.clinic(number).paths.blobs;
  const found = await readdir(root, { recursive: true, withFileTypes: true });
  return found
    .filter((one) => one.isFile() && one.parentPath.endsWith(cid))
    .map((one) => join(one.parentPath, one.name));
}

let document: string;
let image: string;
let documentCid: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'files-'));
  net = await TestNodes.found({ clinics: 4, miners: [2] });
  await Promise.all(net.numbers.map((number) => net.start(number)));
  await net.connected();
  const { patients } = await net.client(1).call('patient_register', { patients: [{ number: NUMBER }] });
  await applied(1, String(patients[0].statement));
  await Promise.all([newDoctor(1, 'anna'), newDoctor(3, 'chloe')]);
  await net.agreed();
}, 8 * MINUTE);
afterAll(async () => {
  await net?.remove();
  await rm(folder, { recursive: true, force: true });
}, MINUTE);

describe('a file', { timeout: 8 * MINUTE }, () => {
  it('is uploaded, becomes a record, and is read there byte for byte', async () => {
    const sent = await upload(doctor(1), pdf);
    expect([sent.status, sent.json.mediaType]).toEqual([201, 'application/pdf']);
    const files = [{ upload: sent.json.upload as string, title: 'Letter of the ward' }];
    const made = await doctor(1).call('record_attach', { ...patient, files, category: 'notes' });
    expect(made).toMatchObject({ files: [{ outcome: 'written', mediaType: 'application/pdf' }], studies: [] });
    document = made.files[0].record;
    await applied(1, made.statements[0].statement);
    const { response, bytes } = await download(1, document);
    expect(same(bytes, pdf)).toBe(true);
    expect(response.headers.get('content-disposition')).toContain('Letter%20of%20the%20ward.pdf');
    documentCid = String(response.headers.get('etag')).replaceAll('"', '');
    const read = await doctor(1).call('record_read', { ...patient, record: document });
    expect(read).toMatchObject({ bytes: null, resource: null });
    expect(read.document).toMatchObject({ resourceType: 'DocumentReference', description: 'Letter of the ward' });
  });

  it('is one record however often it comes, and no upload serves twice or for somebody else', async () => {
    const { json } = await upload(doctor(1), pdf);
    const attach = {
      ...patient,
      files: [{ upload: json.upload as string, title: 'Again' }],
      category: 'notes' as const,
    };
    expect(await doctor(3).refusal('record_attach', attach)).toBe('record.no-relation');
    expect((await doctor(1).call('record_attach', attach)).files).toMatchObject([
      { record: document, outcome: 'known' },
    ]);
    expect(await doctor(1).refusal('record_attach', attach)).toBe('upload.unknown');
  });

  it('of DICOM leads from its study to the file, and one frame is read without the rest', async () => {
    const { json } = await upload(doctor(1), scan);
    const files = [{ upload: json.upload as string, title: 'CT of the chest' }];
    const made = await doctor(1).call('record_attach', { ...patient, files, category: 'imaging' });
    expect(made.studies).toMatchObject([{ study: '1.2.3', outcome: 'written' }]);
    image = made.files[0].record;
    await applied(1, made.statements[0].statement);
    const { resource } = await doctor(1).call('record_read', { ...patient, record: made.studies[0].record });
    const [series] = JSON.parse(String(resource)).series;
    const { charts } = await doctor(1).call('record_list', patient);
    const file = charts[0].records.find(({ name }) => name === series.instance[0].uid);
    expect(file).toMatchObject({ record: image, mediaType: 'application/dicom', title: 'CT of the chest' });
    const from = scan.length - frames.length + 3 * FRAME;
    const { response, bytes } = await download(1, image, `bytes=${from}-${from + FRAME - 1}`);
    expect(response.status).toBe(206);
    expect(same(bytes, frames.subarray(3 * FRAME, 4 * FRAME))).toBe(true);
  });

  it('is refused to a doctor elsewhere without a grant, and read there with one, whole and in part', async () => {
    await net.agreed();
    const refused = await download(3, document);
    expect(refused.response.status).toBe(403);
    expect(JSON.parse(new TextDecoder().decode(refused.bytes)).code).toBe('record.refused');
    const until = Date.now() + DAY_MS;
    const grant = { ...patient, to: { clinic: 3 }, categories: ['notes' as const, 'imaging' as const], until };
    await applied(1, (await doctor(1).call('consent_grant', grant)).statement);
    await net.agreed();
    expect(same((await download(3, document)).bytes, pdf)).toBe(true);
    const from = scan.length - frames.length + 11 * FRAME;
    const part = await download(3, image, `bytes=${from}-`);
    expect(same(part.bytes, frames.subarray(11 * FRAME))).toBe(true);
    const { download: name } = await doctor(3).call('record_download', { ...patient, record: document, clinic: 1 });
    expect((await http(doctor(1), `/api/v1/downloads/${name}`)).status).toBe(404);
  });

  it('that is damaged is never given, and comes anew from another clinic that keeps it', async () => {
    await handedOver(net, 1, { record: document });
    for (const number of [2, 4]) expect((await filesOf(number, documentCid)).length).toBeGreaterThan(5);
    const [leaf] = (await filesOf(1, documentCid)).filter((path) => !path.endsWith(`${documentCid}/${documentCid}`));
    await writeFile(leaf, new Uint8Array(1000));
    const { response } = await download(1, document).catch(() => ({ response: undefined }));
    expect(response?.status).not.toBe(200);
    await waitFor(
      async () => same((await download(1, document).catch(() => ({ bytes: pdf.subarray(0, 1) }))).bytes, pdf),
      {
        timeoutMs: 3 * MINUTE,
        intervalMs: 500,
        what: 'the repair',
      },
    );
  });

  it('that a clinic lost comes back from a clinic that did not write it', async () => {
    await net.stop(1);
    const lost = new DiskBlobStore({ path: net.clinic(2).paths.blobs }, { demandRoom: () => {} });
    expect(await lost.delete(documentCid)).toBe(true);
    const found = await net.client(2).call('blob_repair', {});
    expect(found).toMatchObject({ brought: 1, lacking: 0 });
    expect(same((await download(3, document)).bytes, pdf)).toBe(true);
    await net.start(1);
    await net.connected();
  });
});

describe('the operator', { timeout: 4 * MINUTE }, () => {
  it('attaches files by command, finds nothing that belongs to no record, and exports what stays encrypted', async () => {
    const source = join(folder, 'letter.pdf');
    await writeFile(source, concatBytes(pdf.subarray(0, 2 * MIB)));
    await writeFile(join(folder, 'notes.xyz'), 'none of these types');
    const attached = await wardmesh(1, 'record', 'attach', NUMBER, folder, '--category', 'labs');
    expect(attached).toMatchObject({ code: 0 });
    const { files, skipped } = JSON.parse(attached.stdout);
    expect([files.length, skipped.length]).toEqual([1, 1]);
    const { found } = await net.client(1).call('blob_collect', { dryRun: true });
    expect(found.blobs).toBe(0);
    expect(JSON.parse((await wardmesh(1, 'blob', 'status')).stdout).kept.blobs).toBeGreaterThan(2);
    const car = join(folder, 'document.car');
    expect((await wardmesh(1, 'blob', 'export', documentCid, car)).code).toBe(0);
    const bytes = await readFile(car);
    expect(bytes.length).toBeGreaterThan(pdf.length);
    expect(bytes.includes(Buffer.from(pdf.subarray(MIB, MIB + 64)))).toBe(false);
  });
});

describe('a patient', { timeout: 3 * MINUTE }, () => {
  it('alone uploads into her vault', async () => {
    const info = { mediaType: 'application/pdf', kind: 'document', size: 50_000 };
    const envelope = await collected(sealEnvelope(randomBytes(32), info, inParts(pdf.subarray(0, 50_000))));
    expect((await upload(doctor(3), envelope, '/api/v1/me/uploads')).status).toBe(403);
    const stranger = new Portal(net.clinic(3).url);
    expect((await upload(stranger, envelope, '/api/v1/me/uploads')).status).toBe(401);
  });
});
