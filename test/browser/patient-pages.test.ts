// The pages of patients and of those who watch over access, with a made-up patient's data: axe in both schemes, every width, big
// enough targets, hostile names as text, what is said to whom is not known at reception, and mistakes.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  axeFindings,
  axeFindingsInBothSchemes,
  overflow,
  settled,
  smallTargets,
  useBrowser,
} from './helpers/browser.ts';
import { DemoNode } from './helpers/demo-node.ts';
import {
  ASKING,
  asPatient,
  type DemoPatientOptions,
  EMERGENCIES,
  ERASURES,
  RECORDS,
  REPRESENTATIVES,
  REQUESTS,
  SHARES,
  TAKE_OVERS,
} from './helpers/demo-patient.ts';

const visit = useBrowser();
let node: DemoNode;
beforeAll(async () => {
  node = await new DemoNode().start();
});
afterAll(() => node.stop());

/** By their addresses as the router has them; whoever adds one says here what to look at. */
const MINE: Readonly<Record<string, string>> = {
  me: '/me',
  'me/records': '/me/records',
  'me/records/$record': `/me/records/${RECORDS[0]?.record}`,
  'me/upload': '/me/upload',
  'me/requests': '/me/requests',
  'me/requests/$request': `/me/requests/${REQUESTS[0]?.request}`,
  'me/sharing': '/me/sharing',
  'me/sharing/new': '/me/sharing/new?category=labs',
  'me/sharing/$share/stop': `/me/sharing/${SHARES[0]?.share}/stop`,
  'me/people': '/me/people',
  'me/people/$representative/end': `/me/people/${REPRESENTATIVES[0]?.representative}/end`,
  'me/access': '/me/access',
  'me/access/$event': '/me/access/8',
  'me/emergency': '/me/emergency',
  'me/takeout': '/me/takeout',
  'me/erase': '/me/erase',
  'me/take-over': '/me/take-over',
};
const OFFICER: DemoPatientOptions = { roles: ['privacy-officer'] };
type View = readonly [path: string, options?: DemoPatientOptions];
const PAGES: readonly View[] = Object.values(MINE).map((path) => [path]);
/** The same pages with nothing on them or for other records, and what overseers see. */
const STATES: readonly View[] = [
  [`/me/records/${RECORDS[1]?.record}`],
  [`/me/records/${RECORDS[2]?.record}`],
  [`/me/requests/${REQUESTS[1]?.request}`],
  ['/notifications'],
  ['/me/take-over', { empty: true }],
  ['/me', { empty: true }],
  ['/me/emergency', { empty: true }],
  ['/me/records', { empty: true }],
  ['/me/sharing', { empty: true }],
  ['/me/people', { empty: true }],
  [`/me/people/${REPRESENTATIVES[1]?.representative}/end`],
  ['/me', { acting: true }],
  ['/me', { attached: false }],
  ['/me/erase', { empty: true }],
  ['/me/erase', { attached: false, empty: true }],
  ['/admin/erasures', OFFICER],
  ['/admin/erasures', { ...OFFICER, empty: true }],
  ...ERASURES.map(({ erasure }): View => [`/admin/erasures/${erasure}`, OFFICER]),
  [`/admin/erasures/wishes/${ASKING}`, OFFICER],
  ['/admin/take-overs', OFFICER],
  ['/admin/take-overs', { ...OFFICER, empty: true }],
  ...TAKE_OVERS.map(({ takeOver }): View => [`/admin/take-overs/${takeOver}`, OFFICER]),
  [`/admin/take-overs/${ASKING}`, OFFICER],
  ['/admin/access', OFFICER],
  ['/admin/access', { ...OFFICER, empty: true }],
  ['/admin/emergencies', OFFICER],
  [`/admin/emergencies/${EMERGENCIES[1]?.emergency}`, OFFICER],
];
/** 640 and 320 are zooms of 200 and 400 %. */
const SIZES = [
  [1000, 700],
  [640, 512],
  [320, 256],
] as const;
/** So high that the bar lies over nothing. */
const PHONE = { width: 360, height: 8000 };

async function opened(page: Page, path: string, options: DemoPatientOptions = {}): Promise<void> {
  await page.unrouteAll();
  await asPatient(page, options);
  await page.goto('about:blank');
  await page.goto(node.url + path);
  await settled(page);
}

test('the table of patients’ pages names every such page', () => {
  const routes = readFileSync(fileURLToPath(new URL('../../web/routes/patients.ts', import.meta.url)), 'utf8');
  const paths = [...routes.matchAll(/path: '([^']*)'/g)].map(([, path]) => path);
  expect(paths.sort()).toEqual(Object.keys(MINE).sort());
});

test.each([
  ['page of a patient', PAGES],
  ['state of them and page of an overseer', STATES],
])('axe finds nothing on any %s, every width fits, every target is big enough, names stay text', async (_, views) => {
  const { page, complaints, foreign } = await visit.open({ hasTouch: true });
  for (const [path, options] of views) {
    await page.setViewportSize({ width: 1280, height: 800 });
    await opened(page, path, options);
    expect.soft(await page.locator('h1:visible').count(), path).toBe(1);
    expect.soft(await page.locator('main :is(b, img:not([src^="blob:"]))').count(), path).toBe(0);
    expect.soft(await axeFindingsInBothSchemes(page), path).toEqual([]);
    for (const [width, height] of SIZES) {
      await page.setViewportSize({ width, height });
      expect.soft(await overflow(page), `${path} at ${width} pixels`).toBeLessThanOrEqual(0);
    }
    await page.setViewportSize(PHONE);
    expect.soft(await overflow(page), `${path} on a phone`).toBeLessThanOrEqual(0);
    expect.soft(await smallTargets(page), path).toEqual([]);
  }
  expect({ complaints, foreign }).toEqual({ complaints: [], foreign: [] });
});

test('who is not known at reception reads what to do, and who is no patient why not: nothing is asked', async () => {
  const { page } = await visit.open();
  for (const path of ['/me', '/me/upload', '/me/sharing']) {
    await opened(page, path, { attached: false });
    await page.getByRole('heading', { name: 'The clinic does not know yet that this account is yours' }).waitFor();
  }
  const asked: string[] = [];
  page.on('request', (request) => {
    const calls = (request.postData() ?? '').matchAll(/"method":"(me_\w+)"/g);
    for (const [, method] of calls) asked.push(String(method));
  });
  for (const path of Object.values(MINE)) {
    await opened(page, path, { roles: ['doctor'] });
    await page.getByRole('heading', { level: 1, name: 'You may not see this page' }).waitFor();
  }
  expect(asked).toEqual([]);
});

test('a document is known by its bytes: one that only says that it is a picture is not taken, and each field says what is missing', async () => {
  const { page, complaints } = await visit.open();
  await opened(page, '/me/upload');
  await page.locator('input[type=file]').setInputFiles({
    name: 'scan.png',
    mimeType: 'image/png',
    buffer: Buffer.from('<html><script>document.title=1</script></html>'.padEnd(200)),
  });
  await page.getByRole('button', { name: 'Seal and send' }).click();
  const summary = page.getByRole('alert');
  await summary.waitFor();
  await expect
    .poll(() => summary.getByRole('link').allInnerTexts())
    .toEqual([
      'Choose a PNG, JPEG, PDF or DICOM file. This one is none of them, whatever its name says',
      'Say what it is',
      'Choose a category',
    ]);
  expect(await page.title()).toMatch(/^Error: /);
  expect(await axeFindings(page)).toEqual([]);
  await summary.getByRole('link', { name: 'Say what it is' }).click();
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('upload-title');
  expect(complaints).toEqual([]);
});

test('sharing needs a clinic, a category and a day to come; saying what looks wrong needs words, and is said once', async () => {
  const { page } = await visit.open();
  await opened(page, '/me/sharing/new');
  await page.getByLabel('Year').fill('2020');
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  await expect
    .poll(() => page.getByRole('alert').getByRole('link').allInnerTexts())
    .toEqual([
      'Choose a clinic or an application',
      'Choose at least one category',
      'Enter a day to come, like 31 3 2027',
    ]);
  await opened(page, '/me/access');
  await page.getByRole('link', { name: 'This looks wrong' }).first().click();
  await page.getByRole('button', { name: 'Tell the privacy officer' }).click();
  await page.getByRole('alert').getByRole('link', { name: 'Say what looks wrong' }).waitFor();
  await page.getByLabel('What looks wrong').fill('I was not there');
  await page.getByRole('button', { name: 'Tell the privacy officer' }).click();
  await page.getByRole('heading', { name: 'You told us' }).waitFor();
});

test('a visit of the list of accesses is one reading, which is listed itself, and times say their zone', async () => {
  const { page } = await visit.open();
  let readings = 0;
  page.on('request', (request) => {
    readings += request.postData()?.match(/"me_access"/g)?.length ?? 0;
  });
  page.on('websocket', (socket) =>
    socket.on('framesent', ({ payload }) => {
      readings += String(payload).match(/"me_access"/g)?.length ?? 0;
    }),
  );
  await opened(page, '/me/access');
  await page.getByRole('table').waitFor();
  await page.getByRole('link', { name: 'This looks wrong' }).first().waitFor();
  expect(await page.getByRole('table').getByRole('time').first().innerText()).toMatch(/(am|pm) UTC/);
  await page.waitForLoadState('networkidle');
  expect(readings).toBe(1);
});
