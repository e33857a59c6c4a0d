// A person's way through the pages of a real clinic: from the first link to every way to sign in and back.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useBrowser } from './helpers/browser.ts';
import { type ClinicPages, PASSWORD, registerIn, signIn, startClinic } from './helpers/clinic.ts';

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
    await expect.poll(() => page.getByRole('button', { name: /Anna Hall/ }).innerText()).toContain('Administrator');
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
      expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('alert');
    }
    expect(said[0]).toBe(said[1]);
  });
});
