// A person and the own account at one real clinic, over HTTP: every way in, what waits for an administrator, what a reset
// does not open; and that nothing which opens anything is left behind by all of it.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret, TOTP } from 'otpauth';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { fromHex, toHex } from '../../common/bytes.ts';
import { createLogger } from '../../common/logger.ts';
import { openKeystore } from '../../node/keystore/keystore.ts';
import { writeFirstAdministratorToken } from '../../node/people/first-administrator.ts';
import { LocalDatabase } from '../../node/store/local-database.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { applied, newDevice, send, shown, signed } from '../helpers/persons.ts';
import { type MadeUp, madeUp, Portal, registration, signIn } from '../helpers/portal.ts';
import {
  type AssertionRequest,
  type CreationRequest,
  SoftwareAuthenticator,
} from '../helpers/software-authenticator.ts';
import { TraceSearch } from '../helpers/traces.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { partsOf, type SmtpFixture, startSmtpServer } from '../mail/smtp.ts';

const MINUTE = 60_000;
const log: string[] = [];
const portals: Portal[] = [];
/** What must be found nowhere on the disk, in the log and in answers. */
const canaries = new TraceSearch();
/** Shown in one answer, and kept sealed or hashed. */
const shownOnce = new TraceSearch();
let net: TestNodes;
let anna: MadeUp;
let bert: MadeUp;
let firstToken: string;
let smtp: SmtpFixture;

const genesis = () => net.founded.bundle.genesis;
const people = () => net.node(1).people;
const userOf = ({ name }: MadeUp) => String(people().index.byName(name)?.user);

/** By its name: passkeys know no numbers. */
function portal(): Portal {
  const browser = new Portal(net.clinic(1).url.replace('127.0.0.1', 'localhost'));
  portals.push(browser);
  return browser;
}

function person(name: string, email?: string): MadeUp {
  const made = madeUp(genesis(), name, email);
  canaries.add(fromHex(made.auth), `auth of ${name}`);
  canaries.add(made.auth, `auth of ${name}`);
  canaries.add(made.seed, `device key of ${name}`);
  return made;
}

async function invited(name: string, email?: string): Promise<MadeUp> {
  const made = person(name, email);
  const until = Date.now() + 86_400_000;
  const { token } = await people().users.invite({ kind: 'staff', roles: ['doctor'], until, by: null });
  shownOnce.add(token.slice(24), `link of ${name}`);
  await portal().call('account_register', registration(made, { token }));
  return made;
}

async function signedIn(who: MadeUp): Promise<Portal> {
  const browser = portal();
  await signIn(browser, who);
  shownOnce.add(String(browser.session), `session of ${who.name}`);
  return browser;
}

beforeAll(async () => {
  const destination = { write: (line: string) => void log.push(line) };
  net = await TestNodes.found({ clinics: 1, logger: createLogger({ level: 'trace', destination }) });
  firstToken = await writeFirstAdministratorToken(net.clinic(1).paths.firstAdministrator);
  smtp = await startSmtpServer();
  const mail = { 'mail-host': '127.0.0.1', 'mail-port': String(smtp.port), 'mail-security': 'none' };
  await net.start(1, { ...mail, 'mail-from': 'portal@clinic.example' });
  anna = person('anna');
  await portal().call('account_register', registration(anna, { token: firstToken }));
  bert = await invited('bert', 'bert@clinic.example');
}, 4 * MINUTE);
afterAll(async () => {
  await net?.remove();
  await smtp?.stop();
}, MINUTE);

/** The text of the first mail to somebody that says this. */
async function mailTo(address: string, says: RegExp): Promise<string> {
  const mail = await waitFor(
    () => smtp.mails.find(({ to, raw }) => to.includes(address) && says.test(partsOf(raw).text)),
    { timeoutMs: MINUTE, what: `a mail to ${address}` },
  );
  return partsOf(mail.raw).text;
}

describe('an account', { timeout: 4 * MINUTE }, () => {
  it('waits for an administrator where nobody invited it, and a taken name looks like a free one', async () => {
    const [carl, other] = [person('carl'), person('carl')];
    const asked = { kind: 'staff', roles: ['nurse'] } as const;
    const first = await portal().call('account_register', registration(carl, asked));
    const second = await portal().call('account_register', registration(other, asked));
    expect([first.state, second.state]).toEqual(['waiting', 'waiting']);
    expect({ ...second.statement, id: '' }).toEqual({ ...first.statement, id: '' });
    expect(await portal().refusal('session_signIn', { name: 'carl', auth: carl.auth })).toBe('session.waiting');
    expect(await portal().refusal('session_signIn', { name: 'carl', auth: other.auth })).toBe('session.refused');
    const waiting = await people().approvals.list();
    expect(waiting).toMatchObject([{ kind: 'registration', name: 'carl', asked: ['nurse'] }]);
    const decision = { approval: waiting[0].id, decision: 'approve', reason: '', by: userOf(anna) } as const;
    await people().approvals.decide(decision);
    await expect(people().approvals.decide(decision)).rejects.toMatchObject({ code: 'people.unknown' });
    const { session } = await signIn(portal(), carl);
    expect(session.account).toBe(carl.account);
    await waitFor(async () => (await people().users.get(userOf(carl))).roles[0]?.role === 'nurse', {
      timeoutMs: MINUTE,
      what: 'the role that was asked for',
    });
    const taken = registration(person('anna'), { token: (await invitation()).token });
    expect(await portal().refusal('account_register', taken)).toBe('account.name-taken');
  });

  it('changes the vault only from the version that is there', async () => {
    const browser = await signedIn(bert);
    const { version } = await browser.call('account_vaultGet');
    expect(await browser.call('account_vaultPut', { vault: '{"v":2}', version })).toEqual({ version: version + 1 });
    expect(await browser.refusal('account_vaultPut', { vault: '{"v":3}', version })).toBe('account.vault-version');
    expect((await browser.call('account_vaultGet')).vault).toBe('{"v":2}');
    // Whoever has the session spoils it, and again: as it was stays, and comes back.
    await browser.call('account_vaultPut', { vault: 'spoilt', version: version + 1 });
    const { before } = await browser.call('account_vaultGet');
    expect(before).toMatchObject({ vault: bert.vault, version });
    await browser.call('account_vaultPut', { vault: bert.vault, version: version + 2 });
    expect(await browser.call('account_vaultGet')).toMatchObject({ vault: bert.vault, before: { vault: bert.vault } });
  });

  it('lets what an administrator vouches for wait, and the rest be so at once', async () => {
    const browser = await signedIn(bert);
    const { profile, changes } = await browser.call('account_profileChange', {
      profile: { familyName: 'Birch', language: 'de' },
      mail: { 'new-sign-in': false },
    });
    expect(profile).toMatchObject({ familyName: 'Example', language: 'de' });
    expect(changes).toMatchObject([{ field: 'familyName', from: 'Example', to: 'Birch' }]);
    const png = Buffer.from('89504e470d0a1a0a00000000', 'hex').toString('base64');
    expect(await browser.refusal('account_photoPut', { type: 'image/gif', bytes: png })).toBe('account.photo');
    await browser.call('account_photoPut', { type: 'image/png', bytes: png });
    expect(await browser.call('account_photoGet')).toBeNull();
    const waiting = await people().approvals.list();
    const shown = await Promise.all(waiting.map(({ id }) => people().approvals.photoOf(id)));
    expect(shown.map((photo) => photo?.bytes ?? null).sort()).toEqual([png, null].sort());
    for (const { id } of waiting) {
      const decision = { approval: id, decision: 'approve', reason: '' } as const;
      await expect(people().approvals.decide({ ...decision, by: userOf(bert) })).rejects.toMatchObject({
        code: 'people.own',
      });
      await people().approvals.decide({ ...decision, by: userOf(anna) });
    }
    expect(await people().approvals.photoOf(waiting[0].id)).toBe(undefined);
    const me = await browser.call('account_me');
    expect(me).toMatchObject({ photo: true, changes: [], mail: { 'new-sign-in': false } });
    expect(me.profile).toMatchObject({ familyName: 'Birch', language: 'de' });
    expect(await browser.call('account_photoGet')).toEqual({ type: 'image/png', bytes: png });
  });

  it('signs in by a wallet that was linked, and by a passkey without a name, each challenge once', async () => {
    const dora = await invited('dora');
    const browser = await signedIn(dora);
    const wallet = privateKeyToAccount(generatePrivateKey());
    const prove = async (at: Portal) => {
      const { ticket, message } = await at.call('session_walletStart', { address: wallet.address, chainId: 1 });
      return { ticket, signature: await wallet.signMessage({ message }) };
    };
    expect(await portal().refusal('session_walletFinish', await prove(portal()))).toBe('session.ticket');
    const stranger = portal();
    const nobodys = await prove(stranger);
    expect(await stranger.refusal('session_walletFinish', nobodys)).toBe('session.refused');
    // Wallets are made by anybody: those of nobody are not kept among the tickets that were spent.
    expect(await stranger.refusal('session_walletFinish', nobodys)).toBe('session.refused');
    await browser.call('account_walletLink', await prove(browser));
    const second = portal();
    const proof = await prove(second);
    expect(await second.call('session_walletFinish', proof)).toMatchObject({ step: 'signed-in' });
    expect(await second.refusal('session_walletFinish', proof)).toBe('session.ticket');

    const device = new SoftwareAuthenticator({ origin: browser.url });
    const creation = await browser.call('account_passkeyStart');
    const response = device.create(creation.options as unknown as CreationRequest);
    const vault = '{"opens":"by passkey"}';
    const made = { ticket: creation.ticket, response, name: 'Phone', prf: true, vault };
    await browser.call('account_passkeyFinish', made);
    expect(await browser.refusal('account_passkeyFinish', made)).toBe('session.ticket');
    // This session never showed it: else it would take the passkey away and add its own.
    const [{ id }] = (await browser.call('account_me')).factors.passkeys;
    expect(await browser.refusal('account_passkeyRemove', { id })).toBe('session.factor-needed');
    expect(await browser.refusal('account_walletUnlink', { address: wallet.address })).toBe('session.factor-needed');
    const third = portal();
    const { ticket, options } = await third.call('session_passkeyStart', {});
    const answer = device.get(options as unknown as AssertionRequest);
    const done = await third.call('session_passkeyFinish', { ticket, response: answer });
    expect(done).toMatchObject({ step: 'signed-in', vault });
    if (done.step === 'signed-in') expect(done.session.factorAt).not.toBeNull();
    const replayed = portal();
    expect(await replayed.refusal('session_passkeyFinish', { ticket, response: answer })).toBe('session.ticket');
    // From now on a wallet or a password alone is half of the way.
    const fourth = portal();
    expect(await fourth.call('session_walletFinish', await prove(fourth))).toMatchObject({
      step: 'second-factor',
      methods: ['passkey'],
    });
  });

  it('is nobody’s yet when somebody registers with it: a statement that the chain has was read there', async () => {
    const client = net.client(1);
    const made = person('hanna');
    expect(await applied(client, (await send(client, made.statement)).id)).toEqual(['applied']);
    const asked = { kind: 'staff', roles: ['nurse'] } as const;
    expect(await portal().refusal('account_register', registration(made, asked))).toBe('account.bad-statement');
  });

  it('sends no more than its share: the outbox is the whole clinic’s', async () => {
    const browser = await signedIn(await invited('jan'));
    const statements = Array.from({ length: 512 }, () => ({ statement: '00' }));
    await browser.call('tx_submit', { statements });
    await browser.call('tx_submit', { statements });
    expect(await browser.refusal('tx_submit', { statements })).toBe('rpc.rate-limited');
    const other = await signedIn(await invited('joan'));
    expect(await other.refusal('tx_submit', { statements })).toBeUndefined();
  });

  it('shows the second factor again before the ways in change', async () => {
    const emil = await invited('emil', 'emil@clinic.example');
    const browser = await signedIn(emil);
    expect(await browser.refusal('session_confirm', { method: 'totp', code: '123456' })).toBe('session.no-factor');
    const { secret } = await browser.call('account_totpStart');
    shownOnce.add(new Uint8Array(Secret.fromBase32(secret).buffer), 'TOTP secret');
    shownOnce.add(secret, 'TOTP secret');
    const totp = new TOTP({ secret: Secret.fromBase32(secret) });
    expect(await browser.refusal('account_totpFinish', { code: '000000' })).toBe('session.refused');
    const { recoveryCodes } = await browser.call('account_totpFinish', { code: totp.generate() });
    for (const code of recoveryCodes) shownOnce.add(code, 'recovery code');
    expect(await browser.refusal('account_totpFinish', { code: totp.generate() })).toBe('account.nothing-started');
    expect(await browser.refusal('account_totpRemove')).toBe('session.factor-needed');
    const elsewhere = { profile: { email: 'other@clinic.example' } };
    expect(await browser.refusal('account_profileChange', elsewhere)).toBe('session.factor-needed');
    const other = { vault: '{"v":2}', version: 1 };
    expect(await browser.refusal('account_vaultPut', other)).toBe('session.factor-needed');
    const another = { auth: emil.auth, newSalt: emil.salt, newAuth: '07'.repeat(32), vault: other.vault };
    expect(await browser.refusal('account_changePassword', another)).toBe('session.factor-needed');
    const before = browser.session;
    await browser.call('session_confirm', { method: 'recovery-code', code: recoveryCodes[0] });
    expect(browser.session).not.toBe(before);
    expect((await browser.call('account_profileChange', elsewhere)).profile).toMatchObject(elsewhere.profile);
    expect(await browser.call('account_vaultPut', other)).toEqual({ version: 2 });
    await mailTo('emil@clinic.example', /The mail address of your account was changed/);
    expect(await browser.call('account_totpRemove')).toEqual({ removed: true });
  });

  it('gets a new password by a link that works once, and what the old one sealed stays sealed', async () => {
    const fred = await invited('fred', 'fred@clinic.example');
    const elsewhere = await signedIn(fred);
    expect(await portal().call('account_resetStart', { nameOrMail: 'nobody@clinic.example' })).toEqual({ sent: true });
    expect(await portal().call('account_resetStart', { nameOrMail: 'fred' })).toEqual({ sent: true });
    const text = await mailTo('fred@clinic.example', /asked for a new password/);
    const token = decodeURIComponent(/https?:\S+#(\S+)/.exec(text)?.[1] ?? '');
    shownOnce.add(token.slice(24), 'link of a reset');
    expect(await portal().call('account_invitation', { token })).toMatchObject({ kind: 'reset', name: 'fred' });
    expect(await portal().refusal('account_register', registration(person('gina'), { token }))).toBe(
      'account.bad-link',
    );
    const auth = toHex(randomBytes(32));
    const change = { token, salt: toHex(randomBytes(16)), auth };
    const tampered = { ...change, token: `${token[0] === 'A' ? 'B' : 'A'}${token.slice(1)}` };
    expect(await portal().refusal('account_resetFinish', tampered)).toBe('account.bad-link');
    expect(await portal().call('account_resetFinish', change)).toEqual({ state: 'active' });
    expect(await portal().refusal('account_resetFinish', change)).toBe('account.bad-link');
    expect((await elsewhere.call('session_current')).session).toBeNull();
    expect(await portal().refusal('session_signIn', { name: 'fred', auth: fred.auth })).toBe('session.refused');
    expect((await signIn(portal(), { name: 'fred', auth })).vault).toBe(fred.vault);
  });

  it('gets the own new password whoever else wrote the same address, as profile or as user name', async () => {
    const shared = 'ruth@clinic.example';
    await invited('ruth', shared);
    await invited('sven', shared);
    await invited(shared);
    expect(await portal().call('account_resetStart', { nameOrMail: shared })).toEqual({ sent: true });
    for (const name of ['ruth', 'sven']) {
      const text = await mailTo(shared, new RegExp(`Your user name is ${name}\\.`));
      const token = decodeURIComponent(/https?:\S+#(\S+)/.exec(text)?.[1] ?? '');
      expect(await portal().call('account_invitation', { token })).toMatchObject({ kind: 'reset', name });
    }
  });

  it('is told by mail, once, when somebody with its recovery words asks for a new device, in time to stop it', async () => {
    const client = net.client(1);
    const { account, key: author, seed } = await invited('ida', 'ida@clinic.example');
    await waitFor(() => client.call('account_get', { account }).catch(() => undefined), {
      timeoutMs: MINUTE,
      what: 'the account on the chain',
    });
    const [words, next] = [newDevice(), newDevice()];
    const recovery = { action: 'set-recovery', account, author, recoveryKey: words.key } as const;
    expect(await applied(client, (await send(client, (await signed(client, recovery, seed)).statement)).id)).toEqual([
      'applied',
    ]);
    const asked = { action: 'recover-start', account, ...shown(next) } as const;
    const started = (await send(client, (await signed(client, asked, words.seed, next)).statement)).id;
    expect(await applied(client, started)).toEqual(['applied']);
    const text = await mailTo('ida@clinic.example', /recovery words/);
    const { recovery: open } = await client.call('account_get', { account });
    expect(text).toContain(
      new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(open?.ready),
    );
    expect(text).toMatch(/https?:\S+\/account\/security/);
    const toIda = smtp.mails.filter(({ to }) => to.includes('ida@clinic.example'));
    expect(toIda.map(({ raw }) => /recovery words/.test(partsOf(raw).text))).toEqual([true]);
  });

  it('leaves nothing behind when it is erased, and its name is free', async () => {
    const hugo = await invited('hugo');
    const user = userOf(hugo);
    await people().users.erase(user, 'asked for it', userOf(anna));
    expect(await people().store.copies(user)).toMatchObject([{ name: 'uses', value: null }]);
    expect(people().index.byName('hugo')).toBeUndefined();
    expect(await portal().refusal('session_signIn', { name: 'hugo', auth: hugo.auth })).toBe('session.refused');
    await expect(people().users.suspend(userOf(anna), '', userOf(bert))).rejects.toMatchObject({
      code: 'people.last-administrator',
    });
  });

  it('is nowhere on the disk, in the log or in an answer with what opens it', async () => {
    const { paths } = net.clinic(1);
    const answers = portals.flatMap(({ answers: texts }) => texts).join('\n');
    await net.stop(1);
    expect(canaries.in(Buffer.from(answers), 'answers')).toEqual([]);
    for (const search of [canaries, shownOnce]) {
      expect(search.in(Buffer.from(log.join('\n')), 'log')).toEqual([]);
      for (const path of [paths.people, `${paths.people}.journal`, paths.outbox, `${paths.outbox}.journal`]) {
        for (const file of await readdir(path)) {
          expect(search.in(await readFile(join(path, file)), `${path}/${file}`)).toEqual([]);
        }
      }
    }
    // Also to whoever has the keys of the clinic: what is under the seal is hashes and what the browser sealed.
    const database = new LocalDatabase({ path: paths.people, name: 'people', key: await storageKey() });
    await database.open();
    let rows = 0;
    for await (const [key, value] of database.range({ prefix: new Uint8Array(0) })) {
      rows++;
      for (const search of [canaries, shownOnce]) {
        expect([...search.in(key, 'key'), ...search.in(value, 'value')]).toEqual([]);
      }
    }
    await database.close();
    expect(rows).toBeGreaterThan(50);
    // The search finds what is there.
    const sample = new TraceSearch();
    sample.add(bert.account);
    expect(sample.in(Buffer.from(answers), 'answers').length).toBeGreaterThan(0);
  });
});

async function invitation() {
  const until = Date.now() + 86_400_000;
  return people().users.invite({ kind: 'staff', roles: ['doctor'], until, by: null });
}

async function storageKey(): Promise<Uint8Array> {
  const { paths, passphrase } = net.clinic(1);
  return (await openKeystore(paths.keystore, passphrase)).contents.storageKey;
}
