// Two branches of one organisation and a clinic of another, through their pages: who is put out at one is out at all, and
// what is said while the others cannot be reached comes through when they can.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toHex } from '../../common/bytes.ts';
import { deviceKeys } from '../../identity/vault/vault.ts';
import { recoveryKeyOf } from '../../identity/vault/words.ts';
import { send, signed } from '../helpers/persons.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { axeFindings, useBrowser } from './helpers/browser.ts';
import { type ClinicPages, keepWords, newcomer, signIn, startClinic } from './helpers/clinic.ts';
import { arrive, enterAsAdministrator, gravely, vaultOf } from './helpers/people.ts';

/** Pages ask by themselves every 15 s: whatever comes sooner, the clinic has said at once. */
const AT_ONCE_MS = 10_000;
const MINUTE = 60_000;

const visit = useBrowser();
let clinic: ClinicPages;
beforeAll(async () => {
  clinic = await startClinic({}, { clinics: 3, miners: [1, 2] });
}, 8 * MINUTE);
afterAll(() => clinic.net.remove());

test('whoever is suspended at one clinic is out at the other branch at once, and the device key counts at no clinic', async () => {
  const { net, urls } = clinic;
  const [, second = ''] = urls;
  const bert = { name: 'bert', given: 'Bert', family: 'Dale' };
  const admin = await visit.open();
  const codes = await enterAsAdministrator(admin.page, clinic, { name: 'anna', given: 'Anna', family: 'Hall' });
  const here = await visit.open();
  const words = await newcomer(here.page, clinic, bert);
  const { account, vault } = await vaultOf(clinic.url, bert.name, words);
  const there = await visit.open();
  await expect
    .poll(
      async () => {
        await signIn(there.page, second, bert.name);
        const home = there.page.getByRole('heading', { level: 1, name: 'Welcome, Bert Dale' });
        const refused = there.page.getByRole('alert');
        await home.or(refused).first().waitFor();
        return home.isVisible();
      },
      { timeout: 4 * MINUTE, interval: 500 },
    )
    .toBe(true);

  await there.page.getByRole('link', { name: 'Your profile' }).first().click();
  await there.page.getByLabel('Family name').waitFor();

  // Signed while the key still counts, and not old when it is sent.
  const { signing } = deviceKeys(vault);
  const asked = { action: 'set-recovery', account, author: toHex(signing.publicKey), recoveryKey: null } as const;
  const { statement } = await waitFor(() => signed(net.client(3), asked, signing.seed).catch(() => undefined), {
    timeoutMs: 4 * MINUTE,
    what: 'the account at the clinic of another organisation',
  });

  await admin.page.goto(`${clinic.url}/admin/users`);
  await admin.page.getByRole('link', { name: 'Bert Dale' }).click();
  await admin.page.getByRole('link', { name: 'Suspend' }).click();
  await admin.page.getByLabel('Reason').fill('Left the clinic');
  const done = admin.page.getByRole('heading', { name: 'The person is suspended' });
  await gravely(admin.page, admin.page.getByRole('button', { name: 'Suspend this person' }), codes, done);
  const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name });
  await heading(there.page, 'You are signed out').waitFor({ timeout: AT_ONCE_MS });
  await heading(here.page, 'Northside 1').waitFor({ timeout: AT_ONCE_MS });
  for (const url of [second, clinic.url]) {
    await signIn(there.page, url, bert.name);
    const words = 'Your account is suspended. Ask an administrator of this clinic.';
    await there.page.getByRole('alert').getByText(words).waitFor();
  }
  // For good: with two miners the block that it stands in may be replaced by another one first.
  const suspended = async () => (await net.client(3).call('account_get', { account })).suspended;
  const final = async () => {
    const { height } = await net.client(3).call('chain_head');
    if (!(await suspended())) return false;
    await waitFor(async () => (await net.client(3).call('chain_head')).final.height >= height, { timeoutMs: MINUTE });
    return suspended();
  };
  await waitFor(final, { timeoutMs: 4 * MINUTE, what: 'the suspension at the clinic of another organisation' });
  expect(await send(net.client(3), statement)).toMatchObject({ status: 'refused' });
});

test('whoever works at a branch that is cut off is told so, goes on, and what they do is final everywhere once it is back', async () => {
  const { net } = clinic;
  const { page, complaints } = await visit.open();
  const { account } = await arrive(page, clinic, { name: 'gwen', given: 'Gwen', family: 'Marsh' });
  const far = async () => (await net.client(3).call('account_get', { account })).recoveryKey;
  const before = await waitFor(() => far().catch(() => undefined), {
    timeoutMs: 4 * MINUTE,
    what: 'the account at the clinic of another organisation',
  });
  await net.cut([1], [2, 3]);
  const banner = page.getByRole('status').getByText(/No connection to other clinics since \d\d:\d\d:\d\d/);
  await banner.waitFor();
  await page.getByRole('link', { name: 'Security' }).first().click();
  await page.getByRole('button', { name: 'Make new recovery words' }).click();
  const words = await keepWords(page);
  await page.getByText('The new words count.').waitFor();
  const key = toHex(recoveryKeyOf(words).publicKey);
  await page.getByRole('link', { name: 'Outbox', exact: true }).first().click();
  const said = page
    .getByRole('table', { name: 'Outbox' })
    .locator('tbody tr')
    .filter({ hasText: /recovery/i });
  const waiting = said.filter({ hasText: 'Goes to the other clinics when they can be reached' });
  await waiting.filter({ hasText: /Queued|Pending|Applied/ }).waitFor();
  expect(await said.count()).toBe(1);
  // The branch makes blocks of its own, which nobody certifies.
  await waiting.filter({ hasText: 'Applied' }).waitFor();
  expect(await far()).toBe(before);
  expect(await axeFindings(page)).toEqual([]);

  await net.heal();
  await expect.poll(() => banner.count(), { timeout: 4 * MINUTE }).toBe(0);
  await said.filter({ hasText: 'Final' }).waitFor({ timeout: 4 * MINUTE });
  await expect.poll(far, { timeout: 4 * MINUTE, interval: 500 }).toBe(key);
  expect(complaints).toEqual([]);
});
