// What people ask for and administrators decide, and what each role may see, in the pages of a real clinic.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROLES, type Role } from '../../consensus/ledger/accounts/types.ts';
import { settled, useBrowser } from './helpers/browser.ts';
import { type ClinicPages, startClinic } from './helpers/clinic.ts';
import { arrive, enrol, enter, enterAsAdministrator, gravely } from './helpers/people.ts';

/** One pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const JPEG = Buffer.from('ffd8ffe000104a46494600010100000100010000ffd9', 'hex');

const visit = useBrowser();
let clinic: ClinicPages;
beforeAll(async () => {
  clinic = await startClinic({ 'photo-types': 'png' });
});
afterAll(() => clinic.net.remove());

const profile = (page: Page) => page.getByRole('link', { name: 'Your profile' }).first().click();

/** An administrator decides about everything that waits; gives what it was called. */
async function decide(page: Page, codes: string[], decision: 'Approve' | 'Refuse'): Promise<string[]> {
  const decided: string[] = [];
  const waiting = page.getByRole('link', { name: /^Decide about / });
  for (;;) {
    await page.goto(`${clinic.url}/admin/approvals`);
    await waiting
      .or(page.getByRole('heading', { name: 'Nothing waits' }))
      .first()
      .waitFor();
    if ((await waiting.count()) === 0) return decided;
    decided.push(String(await waiting.first().getAttribute('aria-label')));
    await waiting.first().click();
    await page.getByLabel('Reason').fill('Looked at the passport');
    const done = page.getByRole('heading', { name: decision === 'Approve' ? 'Approved' : 'Refused' });
    await gravely(page, page.getByRole('button', { name: decision, exact: true }), codes, done);
  }
}

test('names and a photo wait for an administrator, are there when approved, and leave no trace when refused', async () => {
  const { page, complaints } = await visit.open();
  const admin = await visit.open();
  const codes = await enterAsAdministrator(admin.page, clinic, { name: 'anna', given: 'Anna', family: 'Hall' });
  const lea = { name: 'lea', given: 'Lea', family: 'Brandt' };
  await arrive(page, clinic, lea);
  await profile(page);
  await page.getByLabel('Family name').fill('Brandt-Osei');
  await page.getByLabel('Name as shown').fill('Lea Brandt-Osei');
  await page.getByLabel('Telephone (if you like)').fill('555 0177');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page
    .getByText('Saved what counts at once. Names, date of birth and photo wait for an administrator.')
    .waitFor();
  await page.getByText('Family name: from Brandt to Brandt-Osei').waitFor();
  expect(await page.getByLabel('Telephone (if you like)').inputValue()).toBe('555 0177');

  const file = page.locator('input[type=file]');
  await page.getByText('PNG, at most 256 KiB.').waitFor();
  await file.setInputFiles({ name: 'me.jpg', mimeType: 'image/jpeg', buffer: JPEG });
  await page.getByText('Choose a picture of type PNG', { exact: true }).waitFor();
  await file.setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
  await page.getByText('This picture cannot be read').waitFor();
  await file.setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: PNG });
  await page.getByText('Sent. An administrator looks at it.').waitFor();
  expect(await page.getByAltText('Your photo').count()).toBe(0);

  await page.getByRole('link', { name: /things? waits? for you|Nothing waits/ }).click();
  await page.getByRole('link', { name: 'A change of your profile waits for an administrator' }).waitFor();
  // Oldest first.
  expect(await decide(admin.page, codes, 'Approve')).toEqual([
    expect.stringMatching(/^Decide about Lea Brandt: .*Family name: from Brandt to Brandt-Osei/),
    expect.stringMatching(/: New photo$/),
  ]);
  await page.goto(`${clinic.url}/account`);
  await page.getByAltText('Your photo').waitFor();
  const drawn = () => page.getByAltText('Your photo').evaluate((image: HTMLImageElement) => image.naturalWidth);
  await expect.poll(drawn).toBe(1);
  expect(await page.getByLabel('Family name').inputValue()).toBe('Brandt-Osei');
  expect(await page.getByText('Waiting for an administrator').count()).toBe(0);
  await page.getByRole('button', { name: /Lea Brandt-Osei/ }).waitFor();

  await page.getByLabel('Day').fill('3');
  await page.getByLabel('Month').fill('4');
  await page.getByLabel('Year').fill('1980');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.getByText('Date of birth: from Not known to').waitFor();
  expect(await decide(admin.page, codes, 'Refuse')).toHaveLength(1);
  await page.reload();
  await page.getByLabel('Day').waitFor();
  expect(await page.getByLabel('Day').inputValue()).toBe('');
  expect(await page.getByText('Waiting for an administrator').count()).toBe(0);
  expect(complaints).toEqual([]);
});

const ADMINISTRATORS: readonly Role[] = ['admin'];
const OVERSEERS: readonly Role[] = ['admin', 'auditor', 'privacy-officer'];
const OFFICERS: readonly Role[] = ['admin', 'privacy-officer'];
/** Pages that are not for everybody; whoever adds one says here for whom it is. */
const ROLE_PAGES: Readonly<Record<string, readonly Role[]>> = {
  admin: ADMINISTRATORS,
  'admin/approvals': ADMINISTRATORS,
  'admin/approvals/$approval': ADMINISTRATORS,
  'admin/users': ADMINISTRATORS,
  'admin/users/$user': ADMINISTRATORS,
  'admin/users/$user/suspend': ADMINISTRATORS,
  'admin/users/$user/erase': ADMINISTRATORS,
  'admin/invitations': ADMINISTRATORS,
  'admin/access-log': OVERSEERS,
  'admin/security': ['admin', 'auditor'],
  'admin/security/address': ['admin', 'auditor'],
  'admin/security/log': ['admin', 'auditor'],
  'admin/access': OVERSEERS,
  'admin/emergencies': OVERSEERS,
  'admin/emergencies/$emergency': OVERSEERS,
  'admin/erasures': OVERSEERS,
  'admin/erasures/$erasure': OVERSEERS,
  'admin/erasures/wishes/$wish': OFFICERS,
  'admin/take-overs': OFFICERS,
  'admin/take-overs/$takeOver': OFFICERS,
  'admin/api-keys': ADMINISTRATORS,
  'admin/api-keys/$key': ADMINISTRATORS,
  'admin/system': ADMINISTRATORS,
};
const ANY_ID = '0'.repeat(32);

test('the table of pages for some roles names every such page', () => {
  const router = readFileSync(fileURLToPath(new URL('../../web/router.tsx', import.meta.url)), 'utf8');
  const paths = [...router.matchAll(/path: '(admin[^']*)'/g)].map(([, path]) => path);
  expect(paths.sort()).toEqual(Object.keys(ROLE_PAGES).sort());
});

test.each(ROLES)('as %s sees the pages of that role, and of others the reason why not and no data', async (role) => {
  const { page, complaints } = await visit.open();
  const person = { name: `role-${role}`, given: 'Robin', family: 'Vance' };
  await enrol(clinic, person, [role]);
  await enter(page, clinic.url, person);
  const asked: string[] = [];
  page.on('request', (request) => {
    const calls = (request.postData() ?? '').matchAll(/"method":"((?:admin|apikey)_\w+)"/g);
    for (const [, method] of calls) asked.push(String(method));
  });
  await page.goto(clinic.url);
  const acting = page.getByRole('banner').getByRole('button').last();
  await expect.poll(() => acting.innerText(), { timeout: 240_000 }).toMatch(/Robin Vance\s+\S/);
  for (const [path, roles] of Object.entries(ROLE_PAGES)) {
    asked.length = 0;
    await page.evaluate(
      (to) => {
        history.pushState({}, '', to);
        window.dispatchEvent(new PopStateEvent('popstate'));
      },
      `/${path.replace(/\$\w+/g, ANY_ID)}`,
    );
    const refused = page.getByRole('heading', { level: 1, name: 'You may not see this page' });
    if (roles.includes(role)) {
      await expect
        .poll(() => page.locator('h1:visible').innerText(), { message: path })
        .not.toMatch(/^Welcome|may not/);
      await settled(page);
      expect(await refused.count(), path).toBe(0);
      continue;
    }
    await refused.waitFor();
    await page.getByText(/^It is for: .*Administrator/).waitFor();
    expect(asked, path).toEqual([]);
    await page.goBack();
    await refused.waitFor({ state: 'detached' });
  }
  expect(complaints.filter((one) => !/40[0-9]/.test(one))).toEqual([]);
});
