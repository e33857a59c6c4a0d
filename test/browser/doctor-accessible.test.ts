// Every page of doctors and nurses for everybody: axe in both schemes and every state, every width, big enough targets, names in
// any script, no word of the patient in addresses and titles.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { axeFindingsInBothSchemes, overflow, settled, smallTargets, useBrowser } from './helpers/browser.ts';
import { asDoctor, DESK_PAGES, doctorPages } from './helpers/demo-doctor.ts';
import { DemoNode } from './helpers/demo-node.ts';

const visit = useBrowser();
let node: DemoNode;
beforeAll(async () => {
  node = await new DemoNode().start();
});
afterAll(() => node.stop());

const SIZES = [
  [1280, 800],
  [640, 512],
  [320, 256],
] as const;

async function holds(page: Page, path: string, state: string): Promise<void> {
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(node.url + path);
  await settled(page);
  expect(await page.locator('h1:visible').count(), `${path} ${state}`).toBe(1);
  expect(await axeFindingsInBothSchemes(page), `${path} ${state}`).toEqual([]);
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height });
    expect(await overflow(page), `${path} ${state} at ${width} pixels`).toBeLessThanOrEqual(0);
  }
  await page.setViewportSize({ width: 360, height: 8000 });
  expect(await overflow(page), `${path} ${state} on a phone`).toBeLessThanOrEqual(0);
  expect(await smallTargets(page), `${path} ${state}`).toEqual([]);
  expect(`${page.url()} ${await page.title()}`).not.toMatch(/Müller|Joan|951/);
}

test.each([
  ['full', { closed: true, emergency: true }],
  ['empty', { empty: true }],
] as const)(
  'every page holds when it is %s',
  async (state, options) => {
    const { page, complaints, foreign } = await visit.open({ hasTouch: true });
    await asDoctor(page, options);
    for (const path of doctorPages()) await holds(page, path, state);
    await page.unrouteAll();
    await asDoctor(page, { ...options, roles: ['reception'] });
    for (const path of DESK_PAGES) await holds(page, path, state);
    expect(await page.locator('main :is(b, i)').count()).toBe(0);
    expect({ complaints, foreign }).toEqual({ complaints: [], foreign: [] });
  },
  600_000,
);

test('the list of patients, mistakes and the two screens of an emergency hold too', async () => {
  const { page, complaints } = await visit.open();
  await asDoctor(page, { closed: true });
  await page.goto(`${node.url}/patients`);
  await page.getByLabel('Name', { exact: true }).fill('hall');
  await page.getByRole('button', { name: 'Search', exact: true }).last().click();
  await page.getByRole('table', { name: 'Patients found' }).waitFor();
  expect(await axeFindingsInBothSchemes(page)).toEqual([]);
  await page.setViewportSize({ width: 360, height: 8000 });
  expect(await overflow(page)).toBeLessThanOrEqual(0);
  await page.setViewportSize({ width: 1280, height: 800 });
  for (const [path, submit] of [
    ['/sharing', 'Send request'],
    ['/notes', 'Save note'],
    ['/emergency', 'Continue'],
  ] as const) {
    await page.goto(`${node.url}/patients/ref.joan${path}`);
    await page.getByRole('button', { name: submit, exact: true }).click();
    await page.getByRole('alert').waitFor();
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('alert');
    expect(await axeFindingsInBothSchemes(page), path).toEqual([]);
  }
  await page.getByLabel('The patient was unconscious').check();
  await page.getByLabel('What happened').fill('Found in the street');
  await page.getByRole('button', { name: 'Continue', exact: true }).click();
  await page.getByRole('heading', { level: 2, name: 'Open the records of this patient now?' }).waitFor();
  expect(await axeFindingsInBothSchemes(page)).toEqual([]);
  expect(complaints).toEqual([]);
});
