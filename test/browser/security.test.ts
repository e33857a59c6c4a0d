// The security page at two branches of one organisation: an officer sees what comes, looks an address up, blocks it at one
// clinic and sees it refused at the other, and takes that back; in both schemes, by axe, and on a phone.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitFor } from '../helpers/wait-for.ts';
import { axeFindings, overflow, settled, smallTargets, useBrowser } from './helpers/browser.ts';
import { type ClinicPages, startClinic } from './helpers/clinic.ts';
import { enterAsAdministrator, gravely } from './helpers/people.ts';

const MINUTE = 60_000;
const ADDRESS = '203.0.113.7';
const VISITOR = '198.51.100.20';

const visit = useBrowser();
let clinic: ClinicPages;
beforeAll(async () => {
  clinic = await startClinic({}, { clinics: 2 });
}, 4 * MINUTE);
afterAll(() => clinic.net.remove());

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

/** As a gateway in front of the clinic brings it: a scanner, a visitor. */
async function bring(sequence: number, address: string, score: number): Promise<void> {
  const refused = score >= 60;
  await clinic.net.client(1).call('threat_ingest', {
    gateway: 'front',
    entries: [
      {
        ...{ sequence, at: Date.now(), address, rule: 'score', score, endpoint: '/probe/:id' },
        ...{ action: refused ? 'refuse' : 'allow', judged: refused ? 'refuse' : 'allow' },
        level: refused ? 'block' : 'allow',
        factors: score === 0 ? [] : [{ name: 'errors', points: score, measured: '90 %' }],
        ...{ signatures: [], reference: `ref${sequence}`, status: refused ? null : 200, retryAfterMs: null },
      },
    ],
  });
}

const verdictAt = async (number: number) =>
  (await clinic.net.client(number).call('threat_check', { address: ADDRESS })).verdict;

/** For whoever looks at the pages: a folder for pictures. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.WARDMESH_PICTURES;
  if (folder !== undefined) await page.screenshot({ path: `${folder}/security-${name}.png`, fullPage: true });
}

test('an officer sees a scanner, blocks it at one clinic, sees it refused at the other, and takes it back', async () => {
  const { page, complaints, foreign } = await visit.open();
  const codes = await enterAsAdministrator(page, clinic, { name: 'anna', given: 'Anna', family: 'Hall' });
  for (let sequence = 1; sequence <= 30; sequence++) {
    await bring(sequence, sequence % 3 === 0 ? VISITOR : ADDRESS, sequence % 3 === 0 ? 0 : sequence > 5 ? 72 : 10);
  }
  await page.goto(clinic.url);
  await page.getByRole('link', { name: 'Attacks and blocks', exact: true }).first().click();
  await page.getByRole('heading', { level: 1, name: 'Attacks and blocks' }).waitFor();
  await page.getByText(/\d+ requests in 24 hours, 16 not let through/).waitFor();
  await page.getByText('Requests in the last minute').waitFor();
  const top = page.getByRole('table', { name: /^Addresses that stood out/ }).locator('tbody tr');
  await expect.poll(() => top.count()).toBe(1);
  expect((await top.innerText()).split(/\s+/)).toEqual(expect.arrayContaining([ADDRESS, '72', '16', 'Refused']));
  await page.getByText('Nothing is reported.').waitFor();
  await page.getByText('Show as table').click();
  await page.getByRole('table', { name: 'Requests in each hour' }).waitFor();
  await settled(page);
  expect(await axeFindings(page)).toEqual([]);
  await picture(page, 'overview');

  await page.getByLabel('Address', { exact: true }).fill('no address');
  await button(page, 'Look it up').click();
  await page.getByText('This is no address. Enter one like').waitFor();
  await button(page, 'Look up another address').click();
  await page.getByLabel('Address', { exact: true }).fill(ADDRESS);
  await button(page, 'Look it up').click();
  await page.getByRole('heading', { level: 2, name: `${ADDRESS}: Let through` }).waitFor();
  await expect.poll(() => page.getByRole('table').locator('tbody tr').count()).toBe(20);
  // Personal data stands in no link and in no title.
  expect(page.url()).toBe(`${clinic.url}/admin/security/address`);
  expect(await page.title()).not.toContain(ADDRESS);
  await settled(page);
  expect(await axeFindings(page)).toEqual([]);
  await picture(page, 'address');

  await button(page, 'Block this address').click();
  await button(page, 'Block').click();
  await page.getByRole('alert').getByRole('link', { name: 'Choose a reason' }).waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await picture(page, 'block');
  await page.getByLabel('Reason').selectOption('Scan for weak spots');
  await page.getByLabel('For how long').selectOption('24 hours');
  await gravely(page, button(page, 'Block'), codes, page.getByRole('heading', { name: `${ADDRESS} is blocked` }));
  await waitFor(async () => (await verdictAt(2)) === 'block', { timeoutMs: MINUTE, what: 'the block at clinic 2' });
  expect(await verdictAt(1)).toBe('block');

  await button(page, 'Why is this address blocked?').click();
  await page.getByRole('heading', { level: 2, name: `${ADDRESS}: Blocked` }).waitFor();
  await page.getByText(/\(our organisation\) reported it by hand: scan/).waitFor();
  await expect(clinic.net.client(2).call('threat_explain', { address: ADDRESS })).resolves.toMatchObject({
    verdict: 'block',
    reports: [{ clinic: 1, mode: 'manual', reason: 'scan' }],
  });
  await settled(page);
  await picture(page, 'blocked');

  await page.getByRole('link', { name: 'Back to attacks and blocks' }).click();
  const blocks = page.getByRole('table', { name: /^Reports in effect/ }).locator('tbody tr');
  await expect.poll(() => blocks.count()).toBe(1);
  await expect
    .poll(() => blocks.innerText(), { timeout: MINUTE })
    .toMatch(/Blocked[\s\S]*Northside[\s\S]*(Applied|Final)/);
  await picture(page, 'blocks');

  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await settled(page);
    expect(await axeFindings(page)).toEqual([]);
    for (const [width, height] of [
      [360, 740],
      [320, 256],
    ]) {
      await page.setViewportSize({ width, height });
      expect(await overflow(page)).toBeLessThanOrEqual(0);
    }
    expect(await smallTargets(page)).toEqual([]);
    await page.setViewportSize({ width: 360, height: 740 });
    await picture(page, `phone-${colorScheme}`);
    await page.setViewportSize({ width: 1280, height: 800 });
  }
  await page.emulateMedia({ colorScheme: 'light' });

  await blocks.getByRole('button', { name: `Why? ${ADDRESS}` }).click();
  await button(page, 'Unblock this address').click();
  const done = page.getByRole('heading', { name: `${ADDRESS} is no longer blocked by this organisation` });
  await gravely(page, button(page, 'Unblock'), codes, done);
  await waitFor(async () => (await verdictAt(2)) === 'allow', { timeoutMs: MINUTE, what: 'the end at clinic 2' });
  expect(await verdictAt(1)).toBe('allow');
  // What was asked of a refused address is the one complaint.
  expect(complaints.filter((line) => !/422/.test(line))).toEqual([]);
  expect(foreign).toEqual([]);
});
