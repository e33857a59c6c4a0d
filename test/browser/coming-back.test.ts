// Coming back: after the session ended in the middle of a form, after a forgotten password, after a long while.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SmtpFixture, startSmtpServer } from '../mail/smtp.ts';
import { useBrowser } from './helpers/browser.ts';
import { type ClinicPages, newcomer, PASSWORD, signIn, startClinic, welcome } from './helpers/clinic.ts';

const visit = useBrowser();
const finn = { name: 'finn', given: 'Finn', family: 'Berg', email: 'finn@example.org' };
let clinic: ClinicPages;
let smtp: SmtpFixture;
beforeAll(async () => {
  smtp = await startSmtpServer();
  clinic = await startClinic({
    'mail-host': '127.0.0.1',
    'mail-port': String(smtp.port),
    'mail-security': 'none',
    'mail-from': 'wardmesh@northside.example',
  });
});
afterAll(async () => {
  await clinic.net.remove();
  await smtp.stop();
});

test('covers a page whose session ended, and gives back what was typed after signing in over it', async () => {
  const { page } = await visit.open();
  const gil = { name: 'gil', given: 'Gil', family: 'Sand' };
  await newcomer(page, clinic, gil);
  await page.getByRole('link', { name: 'Your profile' }).first().click();
  await page.getByLabel('Telephone (if you like)').fill('555 0100');
  await page.context().clearCookies();
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.getByRole('heading', { level: 1, name: 'You are signed out' }).waitFor();
  expect(await page.getByLabel('Telephone (if you like)').isVisible()).toBe(false);
  expect(await page.locator('h1:visible').count()).toBe(1);
  expect(await page.getByLabel('User name', { exact: true }).inputValue()).toBe('gil');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect.poll(() => page.getByLabel('Telephone (if you like)').isVisible()).toBe(true);
  expect(await page.getByLabel('Telephone (if you like)').inputValue()).toBe('555 0100');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.getByText('Saved.', { exact: true }).waitFor();
});

test('sets a new password by a link in the mail, and opens the old vault with the recovery words', async () => {
  const { page } = await visit.open();
  const words = await newcomer(page, clinic, finn);
  await page.context().clearCookies();
  await page.goto(`${clinic.url}/reset`);
  await page.getByLabel('User name or e-mail address').fill(finn.email);
  await page.getByRole('button', { name: 'Send the link' }).click();
  await page.getByRole('heading', { name: 'Look at your mail' }).waitFor();
  await expect.poll(() => smtp.mails.length).toBe(1);
  const text = (smtp.mails[0]?.raw ?? '').replace(/=\r?\n/g, '').replaceAll('=3D', '=');
  const token = /\/reset#([\w-]+)/.exec(text)?.[1];
  await page.goto(`${clinic.url}/reset#${token}`);
  const password = 'quarry-violin-meadow-4';
  await page.locator('#new-password').fill(password);
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByRole('heading', { name: 'Your password is changed' }).waitFor();

  await signIn(page, clinic.url, finn.name, password);
  await page.getByRole('heading', { level: 1, name: 'Your vault' }).waitFor();
  await page.locator('textarea').fill(words);
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  await welcome(page, finn);
  await page.getByRole('link', { name: 'Security' }).first().click();
  await page.getByText('the one in your vault').waitFor();
  // From now on the new password opens it.
  await page.context().clearCookies();
  await signIn(page, clinic.url, finn.name, password);
  await welcome(page, finn);
  await page.getByRole('link', { name: 'Security' }).first().click();
  await page.getByText('the one in your vault').waitFor();
});
