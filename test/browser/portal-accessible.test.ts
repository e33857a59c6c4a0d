// Every page of the portal for everybody: axe in both schemes, every width, keyboard, big enough targets, one origin.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { axeFindings, overflow, settled, useBrowser } from './helpers/browser.ts';
import { type ClinicPages, newcomer, signIn, startClinic, welcome } from './helpers/clinic.ts';

const visit = useBrowser();
const long = 'Llanfairpwll'.repeat(7);
const person = { name: 'ida', given: '<b>Ida</b>', family: `${long} عيادة` };
const SIZES = [
  [1000, 700],
  [640, 512],
  [320, 256],
  [360, 8000],
] as const;
const OPEN = ['/', '/sign-in', '/register', '/reset', '/reset#no-such-token-at-all', '/recover', '/nowhere'];
const SIGNED_IN = ['/', '/account', '/account/security', '/outbox', '/notifications'];

let clinic: ClinicPages;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.net.remove());

async function holds(page: Page, path: string): Promise<void> {
  await page.goto('about:blank');
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(clinic.url + path);
  await settled(page);
  expect(await page.locator('h1:visible').count(), path).toBe(1);
  expect(await axeFindings(page), path).toEqual([]);
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height });
    expect(await overflow(page), `${path} at ${width} pixels`).toBeLessThanOrEqual(0);
  }
  expect(await axeFindings(page), path).toEqual([]);
}

async function smallTargets(page: Page): Promise<string[]> {
  return page.locator('a, button, input, textarea, select').evaluateAll((elements) =>
    elements
      .filter((element) => element.checkVisibility() && !element.closest('[class*=skip]'))
      .map((element) => ({ text: element.outerHTML.slice(0, 120), box: element.getBoundingClientRect() }))
      .filter(({ box }) => box.width < 24 || box.height < 24)
      .map(({ text, box }) => `${Math.round(box.width)}x${Math.round(box.height)} ${text}`),
  );
}

test('everybody: axe finds nothing on any page, signed in or not, and every width fits, with long and hostile names', async () => {
  const first = await visit.open({ colorScheme: 'light' });
  await newcomer(first.page, clinic, person);
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page, complaints, foreign } = await visit.open({ colorScheme });
    for (const path of OPEN) await holds(page, path);
    await page.goto(`${clinic.url}/sign-in`);
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('alert').waitFor();
    expect(await axeFindings(page), 'mistakes').toEqual([]);
    await signIn(page, clinic.url, person.name);
    await welcome(page, person);
    expect(await page.locator('h1 b').count()).toBe(0);
    for (const path of SIGNED_IN) {
      await holds(page, path);
      expect(await smallTargets(page), path).toEqual([]);
    }
    expect({ complaints, foreign }).toEqual({ complaints: [], foreign: [] });
  }
});

describe('by keyboard alone', () => {
  test('signs in, opens the menu under the name, goes to the account and signs out', async () => {
    const { page } = await visit.open();
    await page.goto(`${clinic.url}/sign-in`);
    await settled(page);
    await page.getByLabel('User name', { exact: true }).focus();
    await page.keyboard.type('ida');
    await page.keyboard.press('Tab');
    await page.keyboard.type('wrong password');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('alert');
    await page.getByLabel('Password', { exact: true }).focus();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('ferry-lantern-cobalt-9');
    await page.keyboard.press('Enter');
    await welcome(page, person);
    await page.getByRole('banner').getByRole('button').last().focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    await page.keyboard.press('Escape');
    expect(await page.getByRole('button', { name: 'Sign out' }).count()).toBe(0);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Sign out' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Sign in' }).first().waitFor();
  });

  test('a link of the error summary leads to its field, which says the same words', async () => {
    const { page } = await visit.open();
    await page.goto(`${clinic.url}/sign-in`);
    await settled(page);
    await page.getByRole('button', { name: 'Sign in', exact: true }).press('Enter');
    const link = page.getByRole('alert').getByRole('link', { name: 'Enter your password' });
    await link.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('sign-in-password');
    expect(await page.getByText('Enter your password', { exact: true }).count()).toBe(2);
  });
});

test('pages that need a person ask to sign in, and go on to where one wanted to be', async () => {
  const { page } = await visit.open();
  for (const path of ['/account', '/account/security', '/outbox', '/notifications', '/set-up']) {
    await page.goto(clinic.url + path);
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
  }
  await page.goto(`${clinic.url}/account/security`);
  await page.getByLabel('User name', { exact: true }).fill('ida');
  await page.getByLabel('Password', { exact: true }).fill('ferry-lantern-cobalt-9');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect.poll(() => page.url()).toBe(`${clinic.url}/account/security`);
  await page.getByRole('heading', { level: 1, name: 'Sign-in and security' }).waitFor();
});

test('keeps nothing of a person in the browser: neither storage nor addresses nor titles', async () => {
  const { page } = await visit.open();
  await signIn(page, clinic.url, 'ida');
  await welcome(page, person);
  const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
  expect(kept).not.toMatch(/ida|vault|salt|master/i);
  expect(await page.evaluate(() => indexedDB.databases().then((all) => all.length))).toBe(0);
  expect(page.url()).toBe(`${clinic.url}/`);
});
