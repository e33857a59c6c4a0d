// Nothing that opens anything leaves the browser: one person registers, signs in, sets up an app for codes and a passkey and
// changes the password in real pages, another one signs in by wallet, forgets passwords, loses the vault and comes back by
// the 24 words, all against a clinic in a process of its own. Everything that went to that process and everything that it
// holds is searched for what only the browser may know.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret, TOTP } from 'otpauth';
import type { Page } from 'playwright-core';
import { generatePrivateKey } from 'viem/accounts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromHex } from '../../common/bytes.ts';
import { parseVaultFile } from '../../identity/vault/file.ts';
import { authOf, passwordBytes, stretch, wrapOf } from '../../identity/vault/kdf.ts';
import { deviceKeys, openVault } from '../../identity/vault/vault.ts';
import { recoveryKeyOf, wordsEntropy } from '../../identity/vault/words.ts';
import { openKeystore } from '../../node/keystore/keystore.ts';
import { writeFirstAdministratorToken } from '../../node/people/first-administrator.ts';
import { LocalDatabase } from '../../node/store/local-database.ts';
import { ALONE, TestNetwork } from '../helpers/devnet.ts';
import { Portal } from '../helpers/portal.ts';
import { CAN_READ_MEMORY, memoryOf } from '../helpers/process-state.ts';
import { type Relay, startRelay } from '../helpers/relay.ts';
import { TraceSearch } from '../helpers/traces.ts';
import { type SmtpFixture, startSmtpServer } from '../mail/smtp.ts';
import { useBrowser } from './helpers/browser.ts';
import { keepWords, PASSWORD, registerIn, signIn, signOut, welcome } from './helpers/clinic.ts';
import { mailFlags, resetByMail } from './helpers/reset.ts';
import { addWallet, WALLET } from './helpers/wallet.ts';

const NEW_PASSWORD = 'quarry-violin-meadow-4';
/** Set by links in mails, one after the other. */
const RESETS = ['harbour-thimble-otter-6', 'glacier-mandolin-fern-2'] as const;
const RECOVERY_DELAY_MS = 1_000;
/** Letters of two bytes and of one: programs hold texts in either way. */
const PERSON = { name: 'quillfeather', given: 'Łucja', family: 'Quillfeather' };
const OTHER = { name: 'marlowefield', given: 'Ewa', family: 'Marlowefield', email: 'ewa@example.org' };

const visit = useBrowser();
let net: TestNetwork;
let relay: Relay;
let smtp: SmtpFixture;
let url: string;
let token: string;

beforeAll(async () => {
  smtp = await startSmtpServer();
  net = await TestNetwork.found({ clinics: 1, params: { ...ALONE, recoveryDelay: RECOVERY_DELAY_MS } });
  token = await writeFirstAdministratorToken(net.clinic(1).paths.firstAdministrator);
  const mail = Object.entries(mailFlags(smtp)).flatMap(([name, value]) => [`--${name}`, value]);
  await net.start(1, ['--log-level', 'trace', ...mail]);
  relay = await startRelay(net.clinic(1).httpPort);
  url = `http://localhost:${relay.port}`;
});
afterAll(async () => {
  await relay?.stop();
  await net?.remove();
  await smtp?.stop();
});

/** What was typed and shown in the pages. */
interface Lived {
  readonly passwords: readonly { readonly password: string; readonly salt: string }[];
  readonly vaults: readonly { readonly file: string; readonly words: string }[];
}

/** What the page sends over WebSockets, which mask it, and the secret of the passkey, which no script of the page keeps. */
interface Overheard {
  readonly frames: string[];
  readonly prf: Uint8Array[];
}

async function overhear(page: Page): Promise<Overheard> {
  const overheard: Overheard = { frames: [], prf: [] };
  page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => overheard.frames.push(String(payload)));
  });
  await page.exposeFunction('overhearPrf', (bytes: number[]) => overheard.prf.push(Uint8Array.from(bytes)));
  await page.addInitScript(() => {
    for (const name of ['get', 'create'] as const) {
      const real = CredentialsContainer.prototype[name] as (options?: object) => Promise<Credential | null>;
      CredentialsContainer.prototype[name] = async function (this: CredentialsContainer, options?: object) {
        const credential = (await real.call(this, options)) as PublicKeyCredential;
        const first = credential.getClientExtensionResults().prf?.results?.first;
        if (first !== undefined) {
          const { overhearPrf } = window as unknown as { overhearPrf(bytes: number[]): Promise<void> };
          await overhearPrf([...new Uint8Array(first as ArrayBuffer)]);
        }
        return credential;
      };
    }
  });
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      ...{ protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', automaticPresenceSimulation: true },
      ...{ hasResidentKey: true, hasUserVerification: true, isUserVerified: true, hasPrf: true },
    },
  });
  return overheard;
}

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const toSecurity = (page: Page) => page.getByRole('link', { name: 'Security' }).first().click();

const saltOf = async (name: string) => (await new Portal(url).call('session_start', { name })).salt;

/** The vault of whoever is signed in in the page, as the clinic keeps it. */
async function keptVault(page: Page): Promise<string> {
  const own = new Portal(url);
  for (const { name, value } of await page.context().cookies()) own.cookies.set(name, value);
  return (await own.call('account_vaultGet')).vault as string;
}

/** By password, by codes of an app, by passkey, and the password is changed. */
async function live(page: Page): Promise<Lived & { readonly totp: string }> {
  await page.goto(`${url}/register#${token}`);
  await page.getByText('You are the first administrator of this clinic.').waitFor();
  const words = await registerIn(page, PERSON);
  await page.getByRole('heading', { level: 1, name: 'You are registered' }).waitFor();
  await signIn(page, url, PERSON.name);
  await welcome(page, PERSON);
  await toSecurity(page);
  await button(page, 'Set up a code app').click();
  const secret = (await page.locator('code').innerText()).replace(/\s/g, '');
  const app = new TOTP({ secret: Secret.fromBase32(secret) });
  const codeAt = (steps: number) => app.generate({ timestamp: Date.now() + steps * 30_000 });
  await page.getByLabel('Code of your app').fill(codeAt(0));
  await button(page, 'Turn on').click();
  await button(page, 'I have kept them').click();
  await signOut(page, PERSON);
  await signIn(page, url, PERSON.name);
  await page.getByLabel('Code of your app').fill(codeAt(1));
  await button(page, 'Confirm').click();
  await welcome(page, PERSON);
  const first = await saltOf(PERSON.name);
  await toSecurity(page);
  await page.getByLabel('Password now', { exact: true }).fill(PASSWORD);
  await page.locator('#new-password').fill(NEW_PASSWORD);
  await button(page, 'Change password').click();
  await page.getByText('Your password is changed.').waitFor();
  await page.getByLabel('Name of the passkey').fill('Work laptop');
  await button(page, 'Add a passkey').click();
  await page.getByText('The passkey is added.').waitFor();
  await page.getByText('It opens with: Password, Passkey, 24 recovery words.').waitFor();
  await signOut(page, PERSON);
  await page.goto(`${url}/sign-in`);
  await button(page, 'Sign in with a passkey').click();
  await welcome(page, PERSON);
  const passwords = [
    { password: PASSWORD, salt: first },
    { password: NEW_PASSWORD, salt: await saltOf(PERSON.name) },
  ];
  return { passwords, vaults: [{ file: await keptVault(page), words }], totp: secret };
}

/** By wallet; the password is forgotten twice: first the words open the old vault, then they bring the account to a new one. */
async function loseAndComeBack(page: Page): Promise<Lived> {
  const heading = (name: string) => page.getByRole('heading', { level: 1, name });
  const invitation = { kind: 'staff', roles: ['doctor'], until: Date.now() + 86_400_000 } as const;
  const invited = await net.client(1).call('admin_invite', { ...invitation, roles: [...invitation.roles] });
  await page.goto(`${url}/register#${invited.token}`);
  await page.getByText('You were invited to this clinic.').waitFor();
  const words = await registerIn(page, OTHER);
  await heading('You are registered').waitFor();
  await signIn(page, url, OTHER.name);
  await welcome(page, OTHER);
  const passwords = [{ password: PASSWORD, salt: await saltOf(OTHER.name) }];
  await toSecurity(page);
  await button(page, WALLET).click();
  await page.getByText('The wallet is linked.').waitFor();
  await signOut(page, OTHER);
  await page.goto(`${url}/sign-in`);
  await button(page, WALLET).click();
  await welcome(page, OTHER);
  await signOut(page, OTHER);

  const forget = async (password: string) => {
    await resetByMail(page, url, smtp, { email: OTHER.email, password });
    await signIn(page, url, OTHER.name, password);
    await heading('Your vault').waitFor();
    passwords.push({ password, salt: await saltOf(OTHER.name) });
  };
  await forget(RESETS[0]);
  await page.locator('textarea').fill(words);
  await button(page, 'Open').click();
  await welcome(page, OTHER);
  const old = await keptVault(page);
  await signOut(page, OTHER);

  await forget(RESETS[1]);
  await button(page, 'Make a new vault').click();
  const newWords = await keepWords(page);
  await heading('Sign-in and security').waitFor();
  await page.locator('#recovery-words').fill(words);
  await button(page, 'Ask for the new key').click();
  await button(page, 'Take the new keys into use').click();
  await heading('You are signed out').waitFor();
  await page.locator('#sign-in-password').fill(RESETS[1]);
  await button(page, 'Sign in').click();
  await page.getByText('In force, the one in your vault').waitFor();
  const vaults = [
    { file: old, words },
    { file: await keptVault(page), words: newWords },
  ];
  return { passwords, vaults };
}

/** `kept` stays in the browser; `passing` goes to the clinic, which keeps hashes of it, or a seal. */
async function addSecrets({ passwords, vaults }: Lived, kept: TraceSearch, passing: TraceSearch): Promise<void> {
  const { kdf } = await new Portal(url).call('session_start', { name: PERSON.name });
  for (const { password, salt } of passwords) {
    const master = await stretch(passwordBytes(password), fromHex(salt), kdf);
    kept.add(password);
    kept.add(master, `${password}, stretched`);
    kept.add(wrapOf(master), `what ${password} opens the vault with`);
    passing.add(authOf(master), `proof of ${password}`);
    passing.add(Buffer.from(authOf(master)).toString('hex'), `proof of ${password}`);
  }
  for (const { file, words } of vaults) {
    const open = await openVault(parseVaultFile(file), { kind: 'words', words });
    const { signing, encryption } = deviceKeys(open);
    kept.add(open.key, 'key of the vault');
    kept.add(signing.seed, 'seed of the signing key');
    kept.add(encryption.secretKey, 'secret encryption key');
    kept.add(wordsEntropy(words), 'what the words stand for');
    kept.add(recoveryKeyOf(words).seed, 'seed of the recovery key');
    const each = words.split(' ');
    for (const separator of [' ', '\n', '","']) {
      for (let at = 0; at + 3 <= each.length; at++) kept.add(each.slice(at, at + 3).join(separator), `words ${at}`);
    }
  }
}

/** With whatever nobody has cleared away yet. */
function searchMemory(kept: TraceSearch, planted: TraceSearch): void {
  const forms = new Set<string>();
  let bytes = 0;
  for (const part of memoryOf(net.pid(1) as number)) {
    bytes += part.bytes.length;
    expect(kept.in(part.bytes, part.where)).toEqual([]);
    for (const { form } of planted.in(part.bytes, part.where)) forms.add(form);
  }
  expect(bytes).toBeGreaterThan(50 * 2 ** 20);
  expect([...forms]).toEqual(expect.arrayContaining(['raw', 'UTF-16']));
}

test('no password, key or word of a person reaches the clinic: not in requests, logs, databases or memory', async () => {
  expect(CAN_READ_MEMORY).toBe(true);
  const kept = new TraceSearch();
  const passing = new TraceSearch();
  /** What the clinic does know: the search finds it. */
  const planted = new TraceSearch();
  planted.add(PERSON.family);
  planted.add(OTHER.family);
  const frames: string[][] = [];

  const first = await visit.open();
  const overheard = await overhear(first.page);
  const { totp, ...lived } = await live(first.page);
  frames.push(overheard.frames);
  await addSecrets(lived, kept, passing);
  expect(overheard.prf.length).toBeGreaterThan(0);
  for (const secret of overheard.prf) {
    kept.add(secret, 'secret of the passkey');
    kept.add(wrapOf(secret), 'what the passkey opens the vault with');
  }
  passing.add(totp, 'secret of the app');
  passing.add(new Uint8Array(Secret.fromBase32(totp).buffer), 'secret of the app');
  searchMemory(kept, planted);

  const second = await visit.open();
  frames.push((await overhear(second.page)).frames);
  const privateKey = generatePrivateKey();
  const signed = await addWallet(second.page, privateKey);
  await addSecrets(await loseAndComeBack(second.page), kept, passing);
  expect(signed).toHaveLength(2);
  kept.add(fromHex(privateKey.slice(2)), 'private key of the wallet');
  searchMemory(kept, planted);

  // In what was sent, and in what came back.
  const requests = [...relay.sent(), ...frames.flat().map((frame) => Buffer.from(frame))];
  expect(requests.flatMap((bytes) => kept.in(bytes, 'request'))).toEqual([]);
  expect(requests.flatMap((bytes) => planted.in(bytes, 'request')).length).toBeGreaterThan(0);
  const answers = relay.answered();
  for (const search of [kept, planted]) {
    const found = answers.flatMap((bytes) => search.in(bytes, 'answer'));
    expect(found.length > 0, JSON.stringify(found)).toBe(search === planted);
  }
  const shown = answers.flatMap((bytes) => bytes.toString('latin1').split(/^HTTP\/1\.1 /m));
  expect(shown.filter((text) => text.includes(totp))).toHaveLength(1);
  expect([...first.foreign, ...second.foreign]).toEqual([]);
  expect(smtp.mails.flatMap(({ raw }) => kept.in(Buffer.from(raw), 'mail'))).toEqual([]);

  // At rest: files as they are, and databases as the engine and as the clinic's own key open them.
  await net.stop(1);
  const { paths, passphrase, log } = net.clinic(1);
  const logged = await readFile(log);
  expect(logged.toString()).toContain('is ready at');
  const { storageKey } = (await openKeystore(paths.keystore, passphrase)).contents;
  for (const search of [kept, passing]) {
    expect(search.in(logged, 'log')).toEqual([]);
    const files = await readdir(paths.root, { recursive: true, withFileTypes: true });
    for (const file of files.filter((entry) => entry.isFile())) {
      const path = join(file.parentPath, file.name);
      expect(search.in(await readFile(path), path)).toEqual([]);
    }
    for (const folder of files.filter(({ name }) => name === 'CURRENT')) {
      const { traces, rows } = await search.inDatabase(folder.parentPath);
      expect(traces).toEqual([]);
      expect(rows).toBeGreaterThanOrEqual(0);
    }
  }
  const opened: string[] = [];
  for (const [name, path] of [
    ['people', paths.people],
    ['outbox', paths.outbox],
    ['clinical data', paths.clinical],
    ['access', paths.access],
    ['mails', paths.mail],
  ] as const) {
    const database = new LocalDatabase({ path, name, key: storageKey });
    await database.open();
    for await (const [key, value] of database.range({ prefix: new Uint8Array(0) })) {
      for (const search of [kept, passing]) expect([...search.in(key, name), ...search.in(value, name)]).toEqual([]);
      if (planted.in(value, name).length > 0) opened.push(name);
    }
    await database.close();
  }
  expect(opened).toContain('people');
  const sealed = await readdir(paths.people);
  for (const file of sealed) expect(planted.in(await readFile(join(paths.people, file)), file)).toEqual([]);
});
