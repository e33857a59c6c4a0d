// A real clinic with its pages, and what a person does in them again and again: register by the first link, sign in.
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Role } from '../../../consensus/ledger/accounts/types.ts';
import { writeFirstAdministratorToken } from '../../../node/people/first-administrator.ts';
import { TestNodes, type TestNodesOptions } from '../../helpers/nodes.ts';

const WEB_ROOT = fileURLToPath(new URL('../../../dist/web', import.meta.url));

export const PASSWORD = 'ferry-lantern-cobalt-9';

export interface ClinicPages {
  readonly net: TestNodes;
  /** Of clinic 1, by a host name: passkeys need one. */
  readonly url: string;
  readonly urls: readonly string[];
  /** Of the link for the first administrator. */
  readonly token: string;
}

/** Where there are several clinics the first one mines, unless `options` say otherwise. */
export async function startClinic(
  flags: Readonly<Record<string, string>> = {},
  options: TestNodesOptions = {},
): Promise<ClinicPages> {
  const net = await TestNodes.found({ clinics: 1, miners: [1], ...options, webRoot: WEB_ROOT });
  const clinic = net.clinic(1);
  const token = await writeFirstAdministratorToken(clinic.paths.firstAdministrator);
  for (const number of net.numbers) await net.start(number, flags);
  await net.connected();
  const urls = net.numbers.map((number) => `http://localhost:${net.clinic(number).httpPort}`);
  return { net, url: urls[0], urls, token };
}

export interface Registrant {
  readonly name: string;
  readonly given: string;
  readonly family: string;
  readonly email?: string;
}

/** Fills the three steps of /register by its labels; the page has come to the result when it resolves. Gives the words. */
export async function registerIn(page: Page, { name, given, family, email }: Registrant): Promise<string> {
  await page.getByLabel('Given name').fill(given);
  await page.getByLabel('Family name').fill(family);
  if (email !== undefined) await page.getByLabel('E-mail address (if you like)').fill(email);
  await page.getByLabel('User name', { exact: true }).fill(name);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByText('Strength: strong').waitFor();
  await page.getByRole('button', { name: 'Continue' }).click();
  return keepWords(page);
}

/** Reads the 24 words, types the two that are asked back, and finishes. */
export async function keepWords(page: Page): Promise<string> {
  const list = page.getByRole('listitem').filter({ hasText: /^[a-z]+$/ });
  await expect.poll(() => list.count()).toBe(24);
  const words = await list.allInnerTexts();
  const asked = page.getByLabel(/^Word \d+$/);
  for (const field of await asked.all()) {
    const label = await page.locator(`label[for="${await field.getAttribute('id')}"]`).innerText();
    await field.fill(words[Number(label.replace(/\D/g, '')) - 1] as string);
  }
  await page.getByLabel('I have kept the words').check();
  await page.getByRole('button', { name: 'Finish' }).click();
  return words.join(' ');
}

export async function signIn(page: Page, url: string, name: string, password = PASSWORD): Promise<void> {
  await page.goto(`${url}/sign-in`);
  await page.getByLabel('User name', { exact: true }).fill(name);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** An invitation for staff, as the clinic's operator gives one. */
export async function invite({ net }: ClinicPages, roles: readonly Role[] = ['doctor']): Promise<string> {
  const until = Date.now() + 86_400_000;
  const { token } = await net.client(1).call('admin_invite', { kind: 'staff', roles: [...roles], until });
  return token;
}

/** Registers somebody invited and signs them in: the page is home when it resolves. Gives the recovery words. */
export async function newcomer(page: Page, clinic: ClinicPages, registrant: Registrant): Promise<string> {
  await page.goto(`${clinic.url}/register#${await invite(clinic)}`);
  await page.getByText('You were invited to this clinic.').waitFor();
  const words = await registerIn(page, registrant);
  await page.getByRole('heading', { level: 1, name: 'You are registered' }).waitFor();
  await signIn(page, clinic.url, registrant.name);
  await welcome(page, registrant);
  return words;
}

export async function welcome(page: Page, { given, family }: Pick<Registrant, 'given' | 'family'>): Promise<void> {
  await page.getByRole('heading', { level: 1, name: `Welcome, ${given} ${family}` }).waitFor();
}

export async function signOut(page: Page, { given, family }: Pick<Registrant, 'given' | 'family'>): Promise<void> {
  await page.getByRole('button', { name: new RegExp(`${given} ${family}`) }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('link', { name: 'Sign in' }).first().waitFor();
}
