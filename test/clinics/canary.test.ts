import { cp, mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { concatBytes, equalBytes, fromHex, toHex } from '../../common/bytes.ts';
import { createLogger } from '../../common/logger.ts';
import { readTarFiles } from '../../common/tar.ts';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import { handleOf, type Pid } from '../../identity/patient/pid.ts';
import { derived } from '../../identity/vault/kdf.ts';
import type { OpenVault } from '../../identity/vault/vault.ts';
import { restoreBackup } from '../../node/backup/restore.ts';
import { decodeKeyRow, openDataKey, openManifest } from '../../records/chart/key-row.ts';
import { openEnvelope } from '../../records/envelope/open.ts';
import { VAULT_FILE } from '../../records/takeout/vault-part.ts';
import { verifyTakeout } from '../../records/takeout/verify.ts';
import { openVaultKey } from '../../records/vault/ring.ts';
import type { RpcClient } from '../../rpc/client.ts';
import { addToVault, openItems, readVault, shareWith } from '../../web/shared/vault/my-records.ts';
import { sharesHeld } from '../helpers/ceremonies.ts';
import { erased } from '../helpers/erasing.ts';
import { handedOver, keyRows, rowsIn } from '../helpers/key-rows.ts';
import { dicomElement, dicomFile, dicomPixels } from '../helpers/made-up-dicom.ts';
import { madeUpPatients } from '../helpers/made-up-patients.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { type MadeUp, madeUp, Portal, registration, signIn } from '../helpers/portal.ts';
import { personalValues, TraceSearch } from '../helpers/traces.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
const DAY_MS = 86_400_000;
const slow = { timeoutMs: 4 * MINUTE, intervalMs: 300 };
/** Who stays, and who has nothing but a vault and is erased. */
const [stays, gone] = madeUpPatients(2, 11);
const WORDS = {
  content: 'Quetzalcoatlus-northropi',
  document: 'Therizinosaurus-cheloniformis',
  title: 'Micropachycephalosaurus',
  reason: 'Parasaurolophus-walkeri',
  scan: 'Archaeopteryx-lithographica',
  emergency: 'Compsognathus-longipes',
  vault: 'Pachycephalosaurus-wyomingensis',
  vaultTitle: 'Stegoceras-validum',
  erased: 'Carcharodontosaurus-saharicus',
  review: 'Dilophosaurus-wetherilli',
} as const;
const about = (one: typeof stays) => ({ patient: one.number, country: 'US', type: 'ssn' });
const resource = JSON.stringify({
  ...{ resourceType: 'Observation', id: 'glucose', status: 'final', code: { text: WORDS.title } },
  note: [{ text: WORDS.content }],
});
const scan = dicomFile(
  concatBytes(
    dicomElement(0x0008, 0x0016, 'UI', '1.2.840.10008.5.1.4.1.1.2'),
    dicomElement(0x0008, 0x0018, 'UI', '1.2.3.4.1'),
    dicomElement(0x0008, 0x0060, 'CS', 'CT'),
    dicomElement(0x0008, 0x1030, 'LO', WORDS.scan),
    dicomElement(0x0020, 0x000d, 'UI', '1.2.3'),
    dicomElement(0x0020, 0x000e, 'UI', '1.2.3.4'),
    dicomPixels(Buffer.from(`${WORDS.scan}\n`.repeat(20_000))),
  ),
);
/** Larger than what goes along with rows, and what goes along. */
const film = Buffer.from(`${WORDS.vault}\n`.repeat(30_000));
const note = Buffer.from(`${WORDS.erased}\n`.repeat(20));

interface Somebody {
  readonly portal: Portal;
  readonly person: MadeUp;
}

let net: TestNodes;
let backup: Uint8Array;
let vaultRecord: string;
const people = new Map<string, Somebody>();
const vaults = new Map<string, OpenVault>();
const logs: string[] = [];
const gossip: Uint8Array[] = [];
const pids = new Set<string>();
const at = (name: string): Portal => (people.get(name) as Somebody).portal;
const page = (name: string): RpcClient => at(name) as unknown as RpcClient;
const vault = (name: string): OpenVault => vaults.get(name) as OpenVault;
const applied = (number: number, ...statements: string[]) => net.applied(number, ...statements);

async function arrive(number: number, name: string, role: Role): Promise<void> {
  const person = madeUp(net.founded.bundle.genesis, name);
  const until = Date.now() + DAY_MS;
  const kind = role === 'patient' ? 'patient' : 'staff';
  const { token } = await net.node(number).people.users.invite({ kind, roles: [role], until, by: null });
  const portal = new Portal(net.clinic(number).url);
  await portal.call('account_register', registration(person, { token, kind }));
  people.set(name, { portal, person });
  await entered(name, role);
  const device = { signing: person.seed, encryption: randomBytes(32) };
  const file = { id: randomBytes(16), ways: [], contents: new Uint8Array(0) };
  vaults.set(name, { file, key: randomBytes(32), contents: { device, locks: [] } });
}

async function entered(name: string, role: Role): Promise<void> {
  const { portal, person } = people.get(name) as Somebody;
  await waitFor(
    async () => {
      await signIn(portal, person);
      return (await portal.call('session_current')).session?.roles.includes(role);
    },
    { ...slow, what: `the role of ${name}` },
  );
}

/** Starts a clinic; whatever it says to all is kept. */
async function start(number: number): Promise<void> {
  const { network } = await net.start(number);
  const publish = network.publish.bind(network);
  network.publish = (topic, bytes) => {
    gossip.push(Uint8Array.from(bytes));
    return publish(topic, bytes);
  };
}

function send(portal: Portal, path: string, method: string, body: Uint8Array | string): Promise<Response> {
  return fetch(`${portal.url}${path}`, {
    method,
    headers: {
      'content-type': typeof body === 'string' ? 'application/json' : 'application/octet-stream',
      origin: portal.url,
      cookie: [...portal.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
}

async function addTo(name: string, content: Uint8Array, title: string): Promise<string> {
  const file = new Blob([new Uint8Array(content)]);
  const upload = async (envelope: Blob) => {
    const answer = await send(at(name), '/api/v1/me/uploads', 'PUT', new Uint8Array(await envelope.arrayBuffer()));
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  };
  const given = { file, title, mediaType: 'text/plain', category: 'imaging' as const };
  return (await addToVault(page(name), vault(name), given, { upload })).record;
}

const readElsewhere = (record: string) => at('chloe').call('record_read', { ...about(stays), record, clinic: 1 });

/** Key rows of a patient in the files of a clinic. */
async function rowsOf(number: number, pid: string) {
  const handle = toHex(handleOf(pid as Pid));
  return keyRows(await rowsIn(net, number)).filter((row) => toHex(row.handle) === handle);
}

async function pidOf(one: typeof stays): Promise<string> {
  return String((await net.client(1).call('patient_get', about(one))).pid);
}

beforeAll(async () => {
  const destination = new Writable({
    write(line: Buffer, _encoding, done) {
      logs.push(line.toString());
      done();
    },
  });
  net = await TestNodes.found({
    ...{ clinics: 4, miners: [2] },
    logger: createLogger({ level: 'debug', destination: destination as never }),
  });
  await Promise.all(net.numbers.map(start));
  await net.connected();
  await net.client(2).call('ceremony_begin', { purpose: 'emergency' });
  const { patients } = await net
    .client(1)
    .call('patient_register', { patients: [stays, gone].map((one) => ({ resource: one.resource })) });
  for (const { pid } of patients) pids.add(String(pid));
  await applied(1, ...patients.map(({ statement }) => String(statement)));
  await Promise.all([
    arrive(1, 'anna', 'doctor'),
    arrive(3, 'chloe', 'doctor'),
    arrive(3, 'petra', 'privacy-officer'),
    arrive(1, 'oda', 'privacy-officer'),
    arrive(1, 'omar', 'admin'),
    arrive(1, 'paula', 'patient'),
    arrive(1, 'pia', 'patient'),
  ]);
  await sharesHeld(net, { purpose: 'emergency' }, slow.timeoutMs);
}, 10 * MINUTE);
afterAll(() => net?.remove(), MINUTE);

describe('what is known of patients', { timeout: 10 * MINUTE }, () => {
  let lab: string;

  it('is written, attached as files, shared, read elsewhere and taken back', async () => {
    const { records } = await at('anna').call('record_write', { ...about(stays), records: [{ resource }] });
    lab = records[0].record;
    const bytes = Buffer.from(WORDS.document).toString('base64');
    const document = { mediaType: 'text/plain' as const, title: WORDS.title, bytes };
    const letter = await at('anna').call('record_write', {
      ...about(stays),
      records: [{ document, category: 'notes' }],
    });
    const put = await send(at('anna'), '/api/v1/uploads', 'PUT', scan);
    const files = [{ upload: String((await put.json()).upload), title: WORDS.title }];
    const made = await at('anna').call('record_attach', { ...about(stays), files, category: 'imaging' });
    const until = Date.now() + DAY_MS;
    const asked = { clinic: 1, categories: ['labs' as const], until, reason: WORDS.reason };
    await at('chloe').call('consent_request', { ...about(stays), ...asked });
    const given = await at('anna').call('consent_grant', {
      ...about(stays),
      to: { clinic: 3 },
      categories: ['labs'],
      until,
    });
    await applied(1, records[0].statement, letter.records[0].statement, made.statements[0].statement, given.statement);
    const read = await waitFor(() => readElsewhere(lab).catch(() => undefined), { ...slow, what: 'reading elsewhere' });
    expect(read.resource).toBe(resource);
    const taken = await at('anna').call('consent_revoke', { consent: given.consent });
    await applied(1, taken.statement);
    expect(await at('chloe').refusal('record_read', { ...about(stays), record: lab, clinic: 1 })).toBe(
      'record.refused',
    );
  });

  it('of a vault is read with a grant while its clinic is down, from those that keep it', async () => {
    for (const [one, user] of [
      [stays, 'paula'],
      [gone, 'pia'],
    ] as const) {
      await applied(
        1,
        (await net.client(1).call('patient_attach', { ...about(one), user, document: 'passport' })).statement,
      );
    }
    vaultRecord = await addTo('paula', film, WORDS.vaultTitle);
    await addTo('pia', note, WORDS.vaultTitle);
    const until = Date.now() + DAY_MS;
    const terms = { categories: ['imaging' as const], purposes: ['TREAT' as const], until };
    await shareWith(page('paula'), vault('paula'), { to: { clinic: 3 }, ...terms });
    const read = await waitFor(() => readElsewhere(vaultRecord).catch(() => undefined), { ...slow, what: 'the vault' });
    expect(equalBytes(Buffer.from(read.bytes ?? '', 'base64'), film)).toBe(true);
    // Whoever may open it keeps none of it.
    const pid = await pidOf(stays);
    const kept = async (number: number) =>
      (await rowsOf(number, pid)).filter((row) => toHex(row.record) === vaultRecord).length;
    await waitFor(async () => (await kept(2)) === 1 && (await kept(4)) === 1 && (await kept(3)) === 0, {
      ...{ ...slow, intervalMs: 2_000, what: 'rows of the vault at clinics 2 and 4 alone' },
    });
    const { cid } = (await rowsOf(2, pid)).find((row) => toHex(row.record) === vaultRecord) ?? expect.unreachable();
    const replica = async () =>
      (await readdir(net.clinic(2).paths.blobs, { recursive: true })).some((file) => file.includes(cid));
    await waitFor(replica, { ...slow, what: 'its ciphertext at clinic 2' });
    // The others need it all from here on.
    await handedOver(net, 1, { record: lab, escrowed: true });
    await net.stop(1);
    const away = await waitFor(() => readElsewhere(vaultRecord).catch(() => undefined), {
      ...slow,
      what: 'a custodian',
    });
    expect(equalBytes(Buffer.from(away.bytes ?? '', 'base64'), film)).toBe(true);
  });

  it('is read in an emergency without its clinic, and that is reviewed', async () => {
    const { portal, person } = people.get('chloe') as Somebody;
    const { secret } = await portal.call('account_totpStart');
    const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate();
    const { recoveryCodes } = await portal.call('account_totpFinish', { code });
    await portal.call('session_signOut');
    const step = await portal.call('session_signIn', { name: person.name, auth: person.auth });
    if (step.step !== 'second-factor') throw new Error('no second factor was asked for');
    await portal.call('session_factor', { ticket: step.ticket, method: 'recovery-code', code: recoveryCodes[0] });
    const asked = { ...about(stays), reason: 'unconscious' as const, text: WORDS.emergency };
    const opened = await waitFor(() => portal.call('emergency_open', asked), { ...slow, what: 'the help' });
    const wanted = { ...about(stays), record: lab, clinic: 1, purpose: 'BTG' as const };
    const read = await waitFor(() => portal.call('record_read', wanted), { ...slow, what: 'the record' });
    expect(read.resource).toBe(resource);
    // A vault opens for nobody by that.
    const { charts } = await portal.call('record_list', { ...about(stays), purpose: 'BTG' });
    expect(charts.flatMap(({ records }) => records.map(({ record }) => record))).not.toContain(vaultRecord);
    await portal.call('emergency_close', { emergency: opened.emergency });
    const review = { emergency: opened.emergency, verdict: 'justified' as const, text: WORDS.review };
    expect((await at('petra').call('emergency_review', review)).state).toBe('reviewed');
    await start(1);
    await net.connected();
    await entered('paula', 'patient');
  });

  it('is taken out whole, the vault sealed as it was: it opens with its own ring and nothing else', async () => {
    const answer = await send(at('paula'), '/api/v1/me/takeout', 'POST', '{}');
    if (!answer.ok) throw new Error(await answer.text());
    const archive = new Uint8Array(await answer.arrayBuffer());
    const whole = async function* () {
      yield archive;
    };
    const { records, listing } = await verifyTakeout(net.founded.bundle.genesis, whole());
    expect(records.map(({ manifest }) => manifest.title)).toContain(WORDS.title);
    const files = new Map<string, Uint8Array>();
    for await (const { name, content } of readTarFiles(whole(), (reason) => new Error(reason))) {
      const parts: Uint8Array[] = [];
      for await (const part of content) parts.push(part.slice());
      files.set(name, concatBytes(...parts));
    }
    const kept = JSON.parse(Buffer.from(files.get(VAULT_FILE) ?? []).toString());
    expect(kept.records).toHaveLength(1);
    const [{ row: hex, file }] = kept.records;
    expect(listing.files.map((one) => one.file)).toContain(file);
    const row = decodeKeyRow(fromHex(hex));
    const ring = derived(vault('paula').contents.device.encryption, 'wardmesh/vault-ring/1');
    const name = { clinic: 1, chart: fromHex(kept.chart), category: row.category, epoch: row.epoch };
    const key = openVaultKey(ring, name, fromHex(kept.keys[0].sealed));
    expect(openManifest(row, key).manifest.title).toBe(WORDS.vaultTitle);
    const sealed = async function* () {
      yield files.get(file) as Uint8Array;
    };
    const parts: Uint8Array[] = [];
    for await (const part of (await openEnvelope(openDataKey(row, key), sealed())).content) parts.push(part.slice());
    expect(equalBytes(concatBytes(...parts), film)).toBe(true);
    for (const bytes of files.values()) expect(Buffer.from(bytes).includes(WORDS.vault)).toBe(false);
  });

  it('goes with an erasure at every clinic, also of a patient who has nothing but a vault', async () => {
    const parts: Uint8Array[] = [];
    for await (const part of net.client(1).backup(false)) parts.push(part);
    backup = concatBytes(...parts);
    const pid = await pidOf(gone);
    const before = await waitFor(
      async () => {
        const rows = (await Promise.all(net.numbers.map((number) => rowsOf(number, pid)))).flat();
        return rows.length > 2 && rows;
      },
      { ...slow, intervalMs: 1_000, what: 'her rows at the clinics that keep them' },
    );
    await erased(
      net,
      { ...about(gone), text: WORDS.reason },
      ['oda', 'omar'].map((name) => people.get(name) as Somebody),
    );
    const charts = new Set(before.map(({ chart }) => toHex(chart)));
    for (const number of net.numbers) {
      const left = await rowsIn(net, number);
      expect(left.filter(([key]) => [...charts].some((chart) => toHex(key).includes(chart)))).toEqual([]);
      const files = await readdir(net.clinic(number).paths.blobs, { recursive: true });
      expect(files.filter((file) => before.some(({ cid }) => file.includes(cid)))).toEqual([]);
    }
  });

  it('is there again after a restore, vaults too, but for what was erased since', async () => {
    await net.stop(1);
    const { directory, paths } = net.clinic(1);
    await rename(directory, `${directory}.lost`);
    await mkdir(directory);
    await restoreBackup(
      (async function* () {
        yield backup;
      })(),
      directory,
    );
    await cp(join(`${directory}.lost`, 'operator.token'), paths.operatorToken);
    await start(1);
    await entered('paula', 'patient');
    const mine = async () => {
      const { records } = await page('paula').call('me_records', { mode: 'vault' });
      const [item] = await openItems(page('paula'), vault('paula'), records);
      return (await readVault(page('paula'), vault('paula'), item)).bytes;
    };
    const back = await waitFor(() => mine().catch(() => undefined), { ...slow, what: 'the vault' });
    expect(equalBytes(back, film)).toBe(true);
    await waitFor(() => readElsewhere(vaultRecord).catch(() => undefined), { ...slow, what: 'reading elsewhere' });
    expect(await rowsOf(1, await pidOf(stays))).not.toEqual([]);
    const handle = handleOf([...pids][1] as Pid);
    expect((await rowsIn(net, 1)).filter(([key]) => toHex(key).includes(toHex(handle)))).toEqual([]);
  });

  it('stands after all of it in no file, database, log or gossip message in the clear', async () => {
    const search = new TraceSearch();
    for (const one of [stays, gone]) {
      for (const value of personalValues(one.resource)) search.add(value);
      search.add(one.number);
    }
    for (const pid of pids) search.add(pid);
    for (const word of Object.values(WORDS)) search.add(word);
    for (const open of vaults.values()) search.add(open.contents.device.encryption, 'a device key');
    // Where they have to be, they are found: in what people were answered.
    const told = Buffer.from([...people.values()].flatMap(({ portal }) => portal.answers).join('\n'));
    const found = new Set(search.in(told, 'answers').map(({ value }) => value));
    for (const word of [WORDS.title, WORDS.content]) expect(found).toContain(word);
    for (const number of net.numbers) await net.stop(number);
    expect(gossip.length).toBeGreaterThan(20);
    expect(logs.length).toBeGreaterThan(20);
    for (const [n, bytes] of gossip.entries()) expect(search.in(bytes, `gossip message ${n}`)).toEqual([]);
    expect(search.in(Buffer.from(logs.join('')), 'logs')).toEqual([]);
    let [files, rows] = [0, 0];
    for (const root of [...net.numbers.map((n) => net.clinic(n).directory), `${net.clinic(1).directory}.lost`]) {
      const found = await search.inDirectory(root);
      expect(found.traces).toEqual([]);
      files += found.files;
      rows += found.rows;
    }
    expect(search.in(backup, 'the backup')).toEqual([]);
    expect(files).toBeGreaterThan(100);
    expect(rows).toBeGreaterThan(1000);
  });
});
