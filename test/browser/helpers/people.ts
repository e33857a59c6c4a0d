// People who register and sign in through a clinic's doors with vaults and keys as a page would make them: for tests whose
// pages begin where somebody is known already.
import { Secret, TOTP } from 'otpauth';
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { randomBytes } from '#crypto';
import { fromHex, toHex } from '../../../common/bytes.ts';
import type { Role } from '../../../consensus/ledger/accounts/types.ts';
import { decodeStatement } from '../../../consensus/ledger/statement.ts';
import { createAccount } from '../../../identity/vault/account.ts';
import { exportVaultFile, parseVaultFile } from '../../../identity/vault/file.ts';
import { authOf, DEFAULT_KDF, passwordBytes, stretch } from '../../../identity/vault/kdf.ts';
import { createVault, type OpenVault, openVault } from '../../../identity/vault/vault.ts';
import { newWords, recoveryKeyOf } from '../../../identity/vault/words.ts';
import { Portal } from '../../helpers/portal.ts';
import { waitFor } from '../../helpers/wait-for.ts';
import { type ClinicPages, PASSWORD, type Registrant, signIn, welcome } from './clinic.ts';

export interface Member extends Registrant {
  readonly words: string;
  readonly account: string;
  readonly vault: OpenVault;
}

const YEAR_MS = 365 * 86_400_000;
/** All share a password, and here also what became of it: stretching is slow on purpose. */
const SALT = randomBytes(16);
let stretched: Promise<Uint8Array> | undefined;
const masterKey = () => (stretched ??= stretch(passwordBytes(PASSWORD), SALT, DEFAULT_KDF));

/** Registers at a clinic, by an invitation of it. */
export async function enrol(clinic: ClinicPages, who: Registrant, roles: readonly Role[], number = 1): Promise<Member> {
  const { name, given, family, email } = who;
  const door = new Portal(clinic.urls[number - 1]);
  const kind: 'patient' | 'staff' = roles.includes('patient') ? 'patient' : 'staff';
  const invitation = { kind, roles: [...roles], until: Date.now() + YEAR_MS };
  const { token } = await clinic.net.client(number).call('admin_invite', invitation);
  const words = newWords();
  const master = await masterKey();
  const vault = await createVault([
    { kind: 'password', salt: SALT, kdf: DEFAULT_KDF, master },
    { kind: 'words', words },
  ]);
  const recovery = recoveryKeyOf(words);
  const profile = {
    ...{ displayName: `${given} ${family}`, familyName: family, givenName: given, language: 'en' },
    ...(email === undefined ? {} : { email }),
  };
  const { genesis, now } = await door.call('node_health');
  const about = { genesisId: fromHex(genesis), issued: now, profile: JSON.stringify(profile) };
  const statement = createAccount(vault, { ...about, recoveryKey: recovery.publicKey });
  const { state } = await door.call('account_register', {
    ...{ token, name, profile, salt: toHex(SALT), auth: toHex(authOf(master)), vault: exportVaultFile(vault.file) },
    ...{ recovery: { publicKey: toHex(recovery.publicKey) }, statement: toHex(statement), asked: { kind, roles: [] } },
  });
  expect(state).toBe('active');
  return { ...who, words, account: toHex(decodeStatement(statement).object), vault };
}

/** Signs in through the door with the password that everybody has here. */
export async function entered(url: string, name: string): Promise<{ door: Portal; vault: string }> {
  const door = new Portal(url);
  const { salt, kdf } = await door.call('session_start', { name });
  const master = await stretch(passwordBytes(PASSWORD), fromHex(salt), kdf);
  const answer = await door.call('session_signIn', { name, auth: toHex(authOf(master)) });
  if (answer.step !== 'signed-in' || answer.vault === null) throw new Error(`${name} is not signed in`);
  return { door, vault: answer.vault };
}

/** What somebody who registered in a page has in their vault. */
export async function vaultOf(
  url: string,
  name: string,
  words: string,
): Promise<{ account: string; vault: OpenVault }> {
  const { door, vault } = await entered(url, name);
  const { account } = await door.call('account_me');
  return { account: account as string, vault: await openVault(parseVaultFile(vault), { kind: 'words', words }) };
}

/** Registers at the door and signs in in the page: home and with an open vault when it resolves. */
export async function arrive(page: Page, clinic: ClinicPages, who: Registrant): Promise<Member> {
  const member = await enrol(clinic, who, ['doctor']);
  await signIn(page, clinic.url, who.name);
  await welcome(page, who);
  return member;
}

/** Gives the page the session of somebody who signed in elsewhere in the same browser: the vault is closed. */
export async function enter(page: Page, url: string, { name }: Pick<Registrant, 'name'>): Promise<void> {
  await bring(page, (await entered(url, name)).door);
}

/** Registers an administrator, waits for the role, and gives the page the session. Codes to show as second factor. */
export async function enterAsAdministrator(page: Page, clinic: ClinicPages, who: Registrant): Promise<string[]> {
  await enrol(clinic, who, ['admin']);
  const { door } = await entered(clinic.url, who.name);
  const inRole = async () => (await door.call('session_current')).session?.roles.includes('admin');
  await waitFor(inRole, { timeoutMs: 240_000, intervalMs: 500, what: 'the role of the administrator' });
  return withFactor(door, page);
}

/** Sets up an authenticator; gives the page the session, or without one shows the factor afresh. Codes to show later. */
export async function withFactor(door: Portal, page?: Page): Promise<string[]> {
  const { secret } = await door.call('account_totpStart');
  const app = new TOTP({ secret: Secret.fromBase32(secret) });
  const { recoveryCodes } = await door.call('account_totpFinish', { code: app.generate() });
  if (page === undefined) {
    await door.call('session_confirm', { method: 'recovery-code', code: String(recoveryCodes.pop()) });
  } else await bring(page, door);
  return recoveryCodes;
}

/** Does a grave act: shows the second factor where the page asks for it, and waits for what says that it is done. */
export async function gravely(page: Page, submit: Locator, codes: string[], done: Locator): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Confirm that it is you' });
  await submit.click();
  await dialog.or(done).first().waitFor();
  if (await dialog.isVisible()) {
    await dialog.getByRole('textbox').fill(codes.pop() as string);
    await dialog.getByRole('button', { name: 'Confirm', exact: true }).click();
  }
  await done.waitFor();
}

async function bring(page: Page, { cookies, url }: Portal): Promise<void> {
  const kept = [...cookies].map(([name, value]) => ({ name, value, url, sameSite: 'Strict' as const }));
  await page.context().addCookies(kept);
}
