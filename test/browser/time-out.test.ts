// Sessions that are short: the question before their end, and staying.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { axeFindings, useBrowser } from './helpers/browser.ts';
import { type ClinicPages, startClinic } from './helpers/clinic.ts';
import { enrol, enter } from './helpers/people.ts';

const visit = useBrowser();
let clinic: ClinicPages;
beforeAll(async () => {
  clinic = await startClinic({ 'session-lifetime': '60' });
});
afterAll(() => clinic.net.remove());

test('asks "Still there?" before the session ends, stays when told so, and covers the page when not', async () => {
  const { page } = await visit.open();
  const hana = { name: 'hana', given: 'Hana', family: 'Kim' };
  await enrol(clinic, hana, ['nurse']);
  await enter(page, clinic.url, hana);
  await page.goto(`${clinic.url}/account`);
  const dialog = page.getByRole('dialog', { name: 'Still there?' });
  await dialog.waitFor();
  await dialog.getByText('You will be signed out in 1 minute.').waitFor();
  // At once: the looks come with the next one, which nobody answers.
  await page.keyboard.press('Enter');
  await expect.poll(() => dialog.count()).toBe(0);
  expect(await page.getByRole('heading', { level: 1, name: 'Your profile' }).isVisible()).toBe(true);
  await dialog.waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('heading', { level: 1, name: 'You are signed out' }).waitFor();
  expect(await dialog.count()).toBe(0);
});
