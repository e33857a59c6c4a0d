// The portal where things are not as one would like: slow answers, no connection, a wrong clock of the device, names of any
// script and length, people who want less motion or more contrast. What the node says is real; only the way to it is bad.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { axeFindings, overflow, settled, useBrowser } from './helpers/browser.ts';
import { type ClinicPages, keepWords, PASSWORD, startClinic, welcome } from './helpers/clinic.ts';
import { arrive, enrol, enter } from './helpers/people.ts';

const BANNER = /No connection to this clinic's node. What you see is as of \d\d:\d\d:\d\d/;
const SIGNED_IN = ['/', '/account', '/account/security', '/outbox', '/notifications'];

const visit = useBrowser();
let clinic: ClinicPages;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.net.remove());

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const asks = (body: string | null, method: string) => body?.includes(`"${method}"`) === true;

/** Holds every call of a method until told; gives how many came. */
async function hold(page: Page, method: string): Promise<{ count(): number; release(): void }> {
  let count = 0;
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route('**/rpc', async (route) => {
    if (asks(route.request().postData(), method)) {
      count++;
      await held;
    }
    await route.continue();
  });
  return { count: () => count, release };
}

describe('slow answers', () => {
  test('are waited for with a word after a moment, and the page comes whole', async () => {
    const { page } = await visit.open();
    const una = { name: 'una', given: 'Una', family: 'Falk' };
    await enrol(clinic, una, ['nurse']);
    await enter(page, clinic.url, una);
    const me = await hold(page, 'account_me');
    await page.goto(`${clinic.url}/account`);
    await page.getByRole('status').getByText('Loading').waitFor({ state: 'attached' });
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('status').getByText('Still working').waitFor({ state: 'attached' });
    me.release();
    await settled(page);
    expect(await page.getByLabel('Family name').inputValue()).toBe('Falk');
  });

  test('make nothing happen twice: a form that is sent again while it waits is sent once', async () => {
    const { page } = await visit.open();
    const vic = { name: 'vic', given: 'Vic', family: 'Lund' };
    await enrol(clinic, vic, ['nurse']);
    await page.goto(`${clinic.url}/sign-in`);
    const start = await hold(page, 'session_signIn');
    await page.getByLabel('User name', { exact: true }).fill(vic.name);
    const password = page.getByLabel('Password', { exact: true });
    await password.fill(PASSWORD);
    await password.press('Enter');
    await password.press('Enter');
    await expect.poll(start.count).toBe(1);
    await password.press('Enter');
    await page.locator('form[aria-busy=true]').waitFor();
    start.release();
    await welcome(page, vic);
    expect(start.count()).toBe(1);
  });
});

test('what could not be loaded says so and is there when tried again', async () => {
  const { page } = await visit.open();
  const tea = { name: 'tea', given: 'Tea', family: 'Holm' };
  await enrol(clinic, tea, ['nurse']);
  await enter(page, clinic.url, tea);
  let away = true;
  await page.route('**/rpc', (route) =>
    away && asks(route.request().postData(), 'outbox_list') ? route.abort() : route.continue(),
  );
  await page.goto(`${clinic.url}/outbox`);
  await page.getByRole('status').getByText('This could not be loaded').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  away = false;
  await button(page, 'Try again').click();
  await page
    .getByRole('heading', { name: 'Nothing yet' })
    .or(page.getByRole('table', { name: 'Outbox' }))
    .waitFor();
  expect(await axeFindings(page)).toEqual([]);
});

test('without a connection says so, keeps what was typed, and what is sent afterwards goes from the disk to final', async () => {
  const { page } = await visit.open();
  const wim = { name: 'wim', given: 'Wim', family: 'Aker' };
  await arrive(page, clinic, wim);
  await page.getByRole('link', { name: 'Your profile' }).first().click();
  await page.getByLabel('Telephone (if you like)').fill('555 0123');
  await page.context().setOffline(true);
  await button(page, 'Save changes').click();
  await page.getByRole('alert').getByText("This clinic's node does not answer").waitFor();
  await page.getByText(BANNER).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  expect(await page.getByLabel('Telephone (if you like)').inputValue()).toBe('555 0123');
  await page.context().setOffline(false);
  await page.getByText('Live', { exact: true }).waitFor();
  await expect.poll(() => page.getByText(BANNER).count()).toBe(0);
  await button(page, 'Save changes').click();
  await page.getByText('Saved.', { exact: true }).waitFor();

  await page.getByRole('link', { name: 'Security' }).first().click();
  await button(page, 'Make new recovery words').click();
  await keepWords(page);
  await page.getByText('The new words count.').waitFor();
  await page.getByRole('link', { name: 'Outbox', exact: true }).first().click();
  const said = page
    .getByRole('table', { name: 'Outbox' })
    .locator('tbody tr')
    .filter({ hasText: /recovery/i });
  await said.filter({ hasText: /Queued|Pending|Applied|Final/ }).waitFor();
  await said.filter({ hasText: /Final/ }).waitFor();
  expect(await said.locator('svg').count()).toBeGreaterThan(0);
});

test.each([-10, 10])(
  'a clock of the device that is %i minutes off moves no age and ends no session',
  async (minutes) => {
    const { page } = await visit.open();
    const name = minutes < 0 ? 'yan' : 'zoe';
    const person = { name, given: name, family: 'Tide' };
    await enrol(clinic, person, ['nurse']);
    await enter(page, clinic.url, person);
    await page.clock.setSystemTime(Date.now() + minutes * 60_000);
    for (const path of ['/', '/account/security', '/outbox']) {
      await page.goto(clinic.url + path);
      await settled(page);
      const text = () => page.locator('main').innerText();
      await expect.poll(text, { message: path }).not.toMatch(/\bin \d+ (second|minute|hour)|\b(9|10|11) minutes ago/);
      expect(await page.getByRole('dialog').count(), path).toBe(0);
    }
    await page.goto(`${clinic.url}/account/security`);
    const rows = page.getByRole('table', { name: 'Where you are signed in' }).locator('tbody tr');
    await rows.filter({ hasText: /just now|\d+ seconds? ago|[1-4] minutes? ago/ }).waitFor();
  },
);

describe('names', () => {
  const people = {
    'of 200 letters': { name: 'longname', given: 'Ö'.repeat(99), family: 'W'.repeat(100) },
    'that are markup': { name: 'markup', given: '<img src=x onerror="document.title=1">', family: '<b>"&amp;' },
    'from right to left': { name: 'rtl', given: 'ليلى', family: 'حسن 24' },
  };
  test.each(Object.entries(people))('%s stay text, in order, and fit', async (_, person) => {
    const { page, complaints, foreign } = await visit.open();
    await enrol(clinic, person, ['doctor', 'nurse']);
    await enter(page, clinic.url, person);
    const full = `${person.given} ${person.family}`;
    for (const path of SIGNED_IN) {
      await page.goto(clinic.url + path);
      await settled(page);
      for (const width of [1280, 640, 320]) {
        await page.setViewportSize({ width, height: 740 });
        expect(await overflow(page), `${path} at ${width} pixels`).toBeLessThanOrEqual(0);
      }
      expect(await page.title()).not.toContain(person.family);
    }
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.goto(clinic.url);
    await page.getByRole('heading', { level: 1, name: `Welcome, ${full}`, exact: true }).waitFor();
    expect(await page.locator('h1 :not(bdi), header img').count()).toBe(0);
    // Each name is a run of its own: what stands beside it keeps its place.
    const menu = page.getByRole('banner').getByRole('button').last();
    expect(await menu.locator('bdi').innerText()).toBe(full);
    await menu.click();
    await page.getByRole('dialog').locator('bdi').first().waitFor();
    expect(await axeFindings(page)).toEqual([]);
    expect({ complaints, foreign }).toEqual({ complaints: [], foreign: [] });
  });
});

test('nothing moves for who asked for less motion, and all can be seen in forced colours and with more contrast', async () => {
  const { page } = await visit.open({ reducedMotion: 'reduce' });
  const abe = { name: 'abe', given: 'Abe', family: 'Ness' };
  await enrol(clinic, abe, ['nurse']);
  await enter(page, clinic.url, abe);
  for (const path of SIGNED_IN) {
    await page.goto(clinic.url + path);
    await settled(page);
    expect(await page.evaluate(() => document.getAnimations().length), path).toBe(0);
  }
  for (const media of [{ contrast: 'more' }, { forcedColors: 'active' }] as const) {
    await page.emulateMedia({ contrast: 'no-preference', forcedColors: 'none', ...media });
    for (const path of ['/account/security', '/']) {
      await page.goto(clinic.url + path);
      await settled(page);
      expect(await axeFindings(page), path).toEqual([]);
    }
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement as Element).outlineStyle);
    expect(outline).toBe('solid');
  }
});
