// What journeys through the pages of real clinics have in common: one patient by her number, people at their pages, acts that are
// signed in a vault, what comes with a later block.
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { TestNodes } from '../../helpers/nodes.ts';
import { waitFor } from '../../helpers/wait-for.ts';
import { settled, type Visit, type Watched } from './browser.ts';
import { type ClinicPages, PASSWORD } from './clinic.ts';
import { entered } from './people.ts';
import type { Employed } from './staff.ts';

export const MINUTE = 60_000;
/** For what waits for blocks and for other clinics. */
export const LONG = { timeout: 3 * MINUTE };
export const slow = { timeoutMs: 4 * MINUTE, intervalMs: 500 };
export const NUMBER = '951-71-0001';
export const patient = { patient: NUMBER, country: 'US', type: 'ssn' };
/** One pixel, PNG. */
export const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
export const ALLERGY = JSON.stringify({
  resourceType: 'AllergyIntolerance',
  id: 'penicillin',
  code: { text: 'Penicillin' },
});

export const button = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true });
export const heading = (page: Page, name: string, level = 1): Locator =>
  page.getByRole('heading', { level, name, exact: true });

/** The patient at a clinic. */
export async function register(net: TestNodes, number = 1): Promise<void> {
  const { patients } = await net.client(number).call('patient_register', { patients: [{ number: NUMBER }] });
  await net.applied(number, String(patients[0].statement));
}

/** Reception of clinic 1 says that it is her account, who is enrolled; known when it resolves. */
export async function attach({ net, url }: ClinicPages, user: string): Promise<void> {
  const attached = () => net.client(1).call('patient_attach', { ...patient, user, document: 'passport' });
  await waitFor(attached, { ...slow, what: 'the account of the patient' });
  const { door } = await entered(url, user);
  const isPatient = async () => {
    const { session } = await door.call('session_current');
    return session?.roles.includes('patient') && (await door.call('me_summary')).attached;
  };
  await waitFor(isPatient, { ...slow, what: 'the patient to be known' });
}

/** A page of a clinic for somebody who works there. */
export async function openAt(
  visit: Visit,
  url: string | undefined,
  person: Pick<Employed, 'enter'>,
  path: string,
): Promise<Watched> {
  const watched = await visit.open();
  await person.enter(watched.page);
  await watched.page.goto(`${url}${path}`);
  await settled(watched.page);
  return watched;
}

/** The header has a search too. */
export const search = (page: Page): Promise<void> =>
  page.locator('main').getByRole('button', { name: 'Search', exact: true }).click();

/** Searches by number and follows the only one who is found. */
export async function find(page: Page, number = NUMBER): Promise<void> {
  await page.getByLabel('Identity number or patient identifier').fill(number);
  await search(page);
  await page.getByRole('table', { name: 'Patients found' }).getByRole('link').click(LONG);
}

/** The same, to the end of what a doctor sees. */
export async function findRecords(page: Page, number = NUMBER): Promise<void> {
  await find(page, number);
  await heading(page, 'Timeline').waitFor(LONG);
}

export const tab = (page: Page, name: string): Promise<void> =>
  page.getByRole('navigation', { name: 'Pages about this patient' }).getByRole('link', { name, exact: true }).click();

/** Acts of a person are signed by a key in her vault, which opens by the password where the page asks for it. */
export async function withVault(page: Page, done: Locator): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Open your vault' });
  await dialog.or(done).first().waitFor(LONG);
  if (await dialog.isVisible()) {
    await dialog.locator('#unlock').fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Open', exact: true }).click();
  }
  await done.first().waitFor(LONG);
}

/** Loads the page again until this is on it. */
export async function until(page: Page, wanted: Locator): Promise<void> {
  const there = async () => {
    await page.reload();
    await settled(page);
    return wanted.first().isVisible();
  };
  await expect.poll(there, { timeout: 4 * MINUTE, interval: 1000 }).toBe(true);
}

export function clean({ complaints, foreign }: Watched): void {
  expect({ complaints, foreign }).toEqual({ complaints: [], foreign: [] });
}
