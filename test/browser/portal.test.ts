// A person's way through the pages of a real clinic: from the first link to every way to sign in and back.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useBrowser } from './helpers/browser.ts';
import {
  type ClinicPages,
  invite,
  keepWords,
  PASSWORD,
  registerIn,
  signIn,
  startClinic,
  welcome,
} from './helpers/clinic.ts';
import { addWallet, WALLET } from './helpers/wallet.ts';

const visit = useBrowser();
let clinic: ClinicPages;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.net.remove());

describe('the first administrator', () => {
  test('registers by the link, signs in with the password, and is in role once the chain says so', async () => {
    const { page, complaints, foreign } = await visit.open();
    await page.goto(`${clinic.url}/register#${clinic.token}`);
    await page.getByText('You are the first administrator of this clinic.').waitFor();
    expect(page.url()).toBe(`${clinic.url}/register`);
    await registerIn(page, { name: 'anna', given: 'Anna', family: 'Hall', email: 'anna@example.org' });
    await page.getByRole('heading', { level: 1, name: 'You are registered' }).waitFor();
    await signIn(page, clinic.url, 'anna');
    await page.getByRole('heading', { level: 1, name: 'Welcome, Anna Hall' }).waitFor();
    const shown = () => page.getByRole('button', { name: /Anna Hall/ }).innerText();
    await expect.poll(shown, { timeout: 240_000 }).toContain('Administrator');
    expect({ complaints, foreign }).toEqual({ complaints: [], foreign: [] });
  });

  test('is told alike what is wrong, whichever part is', async () => {
    const { page } = await visit.open();
    const said: string[] = [];
    for (const [name, password] of [
      ['anna', 'wrong-wrong-wrong'],
      ['nobody', PASSWORD],
    ] as const) {
      await signIn(page, clinic.url, name, password);
      const summary = page.getByRole('alert');
      await summary.getByText('There is a problem').waitFor();
      said.push(await summary.innerText());
      expect(await page.title()).toMatch(/^Error: Sign in/);
      await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('alert');
    }
    expect(said[0]).toBe(said[1]);
  });
});

describe('registering', () => {
  test('without an invitation waits for an administrator, and says so when signing in too early', async () => {
    const { page } = await visit.open();
    await page.goto(`${clinic.url}/register`);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('alert').getByText('Say whether you work here or are a patient').waitFor();
    await page.getByLabel('A patient').check();
    await page.getByLabel('Day').fill('31');
    await page.getByLabel('Month').fill('2');
    await page.getByLabel('Year').fill('1980');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('alert').getByText('Enter a real date of birth, like 31 3 1980').waitFor();
    await page.getByLabel('Month').fill('3');
    await registerIn(page, { name: 'pat', given: 'Pat', family: 'Moor' });
    await page.getByRole('heading', { level: 1, name: 'Your registration waits' }).waitFor();
    await signIn(page, clinic.url, 'pat');
    await page.getByRole('alert').getByText('Your registration waits for an administrator of this clinic.').waitFor();
  });

  test('refuses weak, leaked and too short passwords in the page, before anything is sent', async () => {
    const { page } = await visit.open();
    await page.goto(`${clinic.url}/register#${await invite(clinic)}`);
    await page.getByLabel('Given name').fill('Quentin');
    await page.getByLabel('User name', { exact: true }).fill('quentin');
    await page.getByRole('button', { name: 'Continue' }).click();
    const sent: string[] = [];
    page.on('request', (request) => sent.push(request.postData() ?? ''));
    for (const [password, words] of [
      ['short', 'Use at least 10 characters'],
      ['1234567890', 'This password stands in public lists'],
      ['quentin1980', 'This password is easy to guess'],
    ] as const) {
      await page.getByLabel('Password', { exact: true }).fill(password);
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.getByRole('alert').getByText(words).waitFor();
    }
    expect(sent.join()).not.toMatch(/quentin1980|1234567890/);
  });

  test('by wallet alone: no password, a vault that a passphrase opens', async () => {
    const { page } = await visit.open();
    await addWallet(page);
    const rosa = { name: 'rosa', given: 'Rosa', family: 'Vale' };
    await page.goto(`${clinic.url}/register#${await invite(clinic)}`);
    await page.getByLabel('Given name').fill(rosa.given);
    await page.getByLabel('Family name').fill(rosa.family);
    await page.getByLabel('User name', { exact: true }).fill(rosa.name);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByLabel(`Wallet: ${WALLET}`).check();
    await page.getByLabel('Vault passphrase', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Continue' }).click();
    await keepWords(page);
    await page.getByRole('heading', { level: 1, name: 'You are registered' }).waitFor();
    await page.goto(`${clinic.url}/sign-in`);
    await page.getByRole('button', { name: WALLET }).click();
    await welcome(page, rosa);
    await page.getByRole('link', { name: 'Security' }).first().click();
    await page.getByText('It opens with: Vault passphrase, 24 recovery words.').waitFor();
    await page.getByText('You have no password. You can set one.').waitFor();
  });
});
