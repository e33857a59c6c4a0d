// Every page of the portal for everybody: axe in both schemes, every width, keyboard, big enough targets, landmarks, one
// origin. Pages of administrators are held to the same beside what they do.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { axeFindingsInBothSchemes, overflow, settled, smallTargets, useBrowser } from './helpers/browser.ts';
import { type ClinicPages, PASSWORD, signIn, startClinic, welcome } from './helpers/clinic.ts';
import { enrol, enter } from './helpers/people.ts';

const visit = useBrowser();
const long = 'Llanfairpwll'.repeat(7);
const person = { name: 'ida', given: '<b>Ida</b>', family: `${long} عيادة` };
/** 640 and 320 are zooms of 200 and 400 %. */
const SIZES = [
  [1000, 700],
  [640, 512],
  [320, 256],
] as const;
/** So high that the bar lies over nothing. */
const PHONE = { width: 360, height: 8000 };
const DESKTOP = { width: 1280, height: 800 };
const OPEN = ['/', '/sign-in', '/register', '/reset', '/reset#no-such-token-at-all', '/recover', '/nowhere'];
const SIGNED_IN = ['/', '/account', '/account/security', '/outbox', '/notifications'];

let clinic: ClinicPages;
beforeAll(async () => {
  clinic = await startClinic();
  await enrol(clinic, person, ['doctor']);
});
afterAll(() => clinic.net.remove());

async function holds(page: Page, path: string): Promise<void> {
  await page.goto('about:blank');
  await page.setViewportSize(DESKTOP);
  await page.goto(clinic.url + path);
  await settled(page);
  expect(await page.locator('h1:visible').count(), path).toBe(1);
  expect(await axeFindingsInBothSchemes(page), path).toEqual([]);
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height });
    expect(await overflow(page), `${path} at ${width} pixels`).toBeLessThanOrEqual(0);
  }
  await page.setViewportSize(PHONE);
  expect(await overflow(page), `${path} on a phone`).toBeLessThanOrEqual(0);
  expect(await smallTargets(page), path).toEqual([]);
  expect(await axeFindingsInBothSchemes(page), `${path} on a phone`).toEqual([]);
}

test('axe finds nothing on any open page or beside mistakes, every width fits, every target is big enough', async () => {
  const { page, complaints, foreign } = await visit.open({ hasTouch: true });
  for (const path of OPEN) await holds(page, path);
  for (const [path, submit] of [
    ['/sign-in', 'Sign in'],
    ['/register', 'Continue'],
    ['/recover', 'Send the link'],
  ] as const) {
    await page.goto(clinic.url + path);
    await page.getByRole('button', { name: submit, exact: true }).click();
    await page.getByRole('alert').waitFor();
    expect(await axeFindingsInBothSchemes(page), `mistakes of ${path}`).toEqual([]);
  }
  expect({ complaints, foreign }).toEqual({ complaints: [], foreign: [] });
});

test('the same holds on every page of somebody with a long and hostile name, and in dialogs and menus', async () => {
  const { page, complaints, foreign } = await visit.open({ hasTouch: true });
  await enter(page, clinic.url, person);
  for (const path of SIGNED_IN) await holds(page, path);
  await page.goto(clinic.url);
  await welcome(page, person);
  expect(await page.locator('h1 b').count()).toBe(0);
  await page.setViewportSize(DESKTOP);
  await page.getByRole('banner').getByRole('button').last().click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  expect(await axeFindingsInBothSchemes(page), 'menu').toEqual([]);
  await page.goto(`${clinic.url}/account/security`);
  await page.getByRole('button', { name: 'Make new recovery words' }).click();
  await page.getByRole('dialog', { name: 'Open your vault' }).waitFor();
  expect(await axeFindingsInBothSchemes(page), 'dialog').toEqual([]);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Set up a code app' }).click();
  await page.getByRole('img', { name: 'QR code for your code app' }).waitFor();
  expect(await axeFindingsInBothSchemes(page), 'QR code').toEqual([]);
  expect({ complaints, foreign }).toEqual({ complaints: [], foreign: [] });
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
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('alert');
    await page.getByLabel('Password', { exact: true }).focus();
    await page.keyboard.press('Control+A');
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await welcome(page, person);
    await page.getByRole('banner').getByRole('button').last().focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('button', { name: 'Sign out' }).count()).toBe(0);
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
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('sign-in-password');
    expect(await page.getByText('Enter your password', { exact: true }).count()).toBe(2);
  });

  test.each([
    { width: 1280, height: 800 },
    { width: 360, height: 740 },
  ])('sees every stop of the tab key on a long page, covered by nothing, at $width pixels', async (viewport) => {
    const { page } = await visit.open({ viewport });
    await enter(page, clinic.url, person);
    await page.goto(`${clinic.url}/account/security`);
    await settled(page);
    let stops = 0;
    for (let press = 0; press < 80; press++) {
      await page.keyboard.press('Tab');
      const stop = await page.evaluate(() => {
        const element = document.activeElement as HTMLElement;
        if (element === document.body) return undefined;
        const { left, top, width, height } = element.getBoundingClientRect();
        const hit = document.elementFromPoint(left + width / 2, top + height / 2);
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        const shown = hit !== null && (element.contains(hit) || hit.contains(element));
        return { name: element.outerHTML.slice(0, 160), shown, outline: `${outlineStyle} ${outlineWidth}` };
      });
      if (stop === undefined) break;
      expect(stop).toMatchObject({ shown: true, outline: 'solid 3px' });
      stops++;
    }
    expect(stops).toBeGreaterThan(15);
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
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
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
  expect(await page.title()).toBe('Home – Wardmesh – Northside 1');
});

test('has landmarks, one heading of the first level, and says what changes in status regions', async () => {
  const { page } = await visit.open();
  await enter(page, clinic.url, person);
  for (const path of SIGNED_IN) {
    await page.goto(clinic.url + path);
    await settled(page);
    const tree = await page.locator('body').ariaSnapshot();
    for (const landmark of ['- banner:', '- search:', '- navigation "Main":', '- main:'])
      expect(tree).toContain(landmark);
    expect(tree.match(/heading .* \[level=1\]/g), path).toHaveLength(1);
    expect(tree, path).toContain('- status');
  }
});
