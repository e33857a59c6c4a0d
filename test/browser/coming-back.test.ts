// Coming back: after the session ended in the middle of a form, with another password, after a forgotten one, after
// everything but the recovery words was lost; and other words when those are not safe any more.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toHex } from '../../common/bytes.ts';
import { parseVaultFile } from '../../identity/vault/file.ts';
import { deviceKeys, openVault } from '../../identity/vault/vault.ts';
import { recoveryKeyOf } from '../../identity/vault/words.ts';
import { FAST } from '../helpers/devnet.ts';
import { send, signed } from '../helpers/persons.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { type SmtpFixture, startSmtpServer } from '../mail/smtp.ts';
import { useBrowser } from './helpers/browser.ts';
import { type ClinicPages, keepWords, PASSWORD, signIn, startClinic, welcome } from './helpers/clinic.ts';
import { arrive, enrol, entered } from './helpers/people.ts';
import { mailFlags, resetByMail, typeNewPassword } from './helpers/reset.ts';

/** Long enough to be seen, short enough to wait for. */
const RECOVERY_DELAY_MS = 2_000;
const NEW_PASSWORD = 'quarry-violin-meadow-4';

const visit = useBrowser();
let clinic: ClinicPages;
let smtp: SmtpFixture;
beforeAll(async () => {
  smtp = await startSmtpServer();
  clinic = await startClinic(mailFlags(smtp), { params: { ...FAST, recoveryDelay: RECOVERY_DELAY_MS } });
});
afterAll(async () => {
  await clinic.net.remove();
  await smtp.stop();
});

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name });
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const toSecurity = (page: Page) => page.getByRole('link', { name: 'Security' }).first().click();

/** Sets the new password by the link, which does nothing when it is followed again. */
async function resetOnce(page: Page, email: string): Promise<void> {
  const link = await resetByMail(page, clinic.url, smtp, { email, password: NEW_PASSWORD });
  await typeNewPassword(page, link, NEW_PASSWORD);
  await page.getByRole('alert').getByText('The link was used already').waitFor();
}

test('covers a page whose session ended, and gives back what was typed after signing in over it', async () => {
  const { page } = await visit.open();
  await enrol(clinic, { name: 'gil', given: 'Gil', family: 'Sand' }, ['doctor']);
  await signIn(page, clinic.url, 'gil');
  await page.getByRole('link', { name: 'Your profile' }).first().click();
  await page.getByLabel('Telephone (if you like)').fill('555 0100');
  await page.context().clearCookies();
  await button(page, 'Save changes').click();
  await heading(page, 'You are signed out').waitFor();
  expect(await page.getByLabel('Telephone (if you like)').isVisible()).toBe(false);
  expect(await page.locator('h1:visible').count()).toBe(1);
  expect(await page.getByLabel('User name', { exact: true }).inputValue()).toBe('gil');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await button(page, 'Sign in').click();
  await expect.poll(() => page.getByLabel('Telephone (if you like)').isVisible()).toBe(true);
  expect(await page.getByLabel('Telephone (if you like)').inputValue()).toBe('555 0100');
  await button(page, 'Save changes').click();
  await page.getByText('Saved.', { exact: true }).waitFor();
});

test('changes the password: the old one opens nothing any more, and all other sessions end', async () => {
  const nora = { name: 'nora', given: 'Nora', family: 'Beck' };
  await enrol(clinic, nora, ['nurse']);
  const [here, other] = [await visit.open(), await visit.open()];
  for (const { page } of [here, other]) {
    await signIn(page, clinic.url, nora.name);
    await welcome(page, nora);
    await toSecurity(page);
  }
  const { page } = here;
  await page.getByLabel('Password now', { exact: true }).fill('not-my-password');
  await page.locator('#new-password').fill(NEW_PASSWORD);
  await button(page, 'Change password').click();
  await page.getByRole('alert').getByText('This is not your password').waitFor();
  await page.getByLabel('Password now', { exact: true }).fill(PASSWORD);
  await button(page, 'Change password').click();
  await page.getByText('Your password is changed. 1 other session was ended.').waitFor();
  await heading(other.page, 'You are signed out').waitFor();

  await signIn(other.page, clinic.url, nora.name, PASSWORD);
  await other.page.getByRole('alert').getByText('There is a problem').waitFor();
  await signIn(other.page, clinic.url, nora.name, NEW_PASSWORD);
  await welcome(other.page, nora);
  await toSecurity(other.page);
  await other.page.getByText('the one in your vault').waitFor();
});

test('sets a new password by a link in the mail that works once, and opens the old vault with the recovery words', async () => {
  const { page } = await visit.open();
  const finn = { name: 'finn', given: 'Finn', family: 'Berg', email: 'finn@example.org' };
  const { words } = await enrol(clinic, finn, ['doctor']);
  await resetOnce(page, finn.email);
  await signIn(page, clinic.url, finn.name, NEW_PASSWORD);
  await heading(page, 'Your vault').waitFor();
  await page.locator('textarea').fill(words.replace(/^\w+/, 'zebra'));
  await button(page, 'Open').click();
  await page.getByRole('alert').waitFor();
  await page.locator('textarea').fill(words);
  await button(page, 'Open').click();
  await welcome(page, finn);
  await toSecurity(page);
  await page.getByText('the one in your vault').waitFor();
  // From now on the new password opens it.
  await page.context().clearCookies();
  await signIn(page, clinic.url, finn.name, NEW_PASSWORD);
  await welcome(page, finn);
  await toSecurity(page);
  await page.getByText('the one in your vault').waitFor();
});

test('brings the account back with the recovery words after the vault was lost, and the lost key counts no more', async () => {
  const { page } = await visit.open();
  const olga = { name: 'olga', given: 'Olga', family: 'Wirth', email: 'olga@example.org' };
  const { words, vault, account } = await enrol(clinic, olga, ['doctor']);
  // Signed by the key that is lost, while it still counts.
  const operator = clinic.net.client(1);
  const { signing } = deviceKeys(vault);
  const asked = { action: 'set-recovery', account, author: toHex(signing.publicKey), recoveryKey: null } as const;
  const { statement } = await waitFor(() => signed(operator, asked, signing.seed).catch(() => undefined), {
    timeoutMs: 240_000,
    what: 'the account on the chain',
  });
  await resetOnce(page, olga.email);
  await signIn(page, clinic.url, olga.name, NEW_PASSWORD);
  await heading(page, 'Your vault').waitFor();
  await button(page, 'Make a new vault').click();
  await keepWords(page);
  await heading(page, 'Sign-in and security').waitFor();
  await page.locator('#recovery-words').fill(words);
  await button(page, 'Ask for the new key').click();
  await page.getByRole('heading', { name: 'New keys are on their way' }).waitFor();
  await button(page, 'Take the new keys into use').click();
  // Whoever else is signed in as this person is out; so is the person, once.
  await heading(page, 'You are signed out').waitFor();
  await page.locator('#sign-in-password').fill(NEW_PASSWORD);
  await button(page, 'Sign in').click();
  const keys = page.getByRole('region', { name: 'Device keys' }).getByRole('listitem');
  await keys.filter({ hasText: 'In force, the one in your vault' }).waitFor();
  await expect.poll(() => keys.count()).toBe(1);
  expect(await send(operator, statement)).toMatchObject({ status: 'refused' });
});

test('makes new recovery words, which open the vault and count on the chain in the place of the old ones', async () => {
  const { page, complaints } = await visit.open();
  const wilma = { name: 'wilma', given: 'Wilma', family: 'Ott' };
  const before = await arrive(page, clinic, wilma);
  await toSecurity(page);
  await page.getByText('the one in your vault').waitFor();
  await button(page, 'Make new recovery words').click();
  const words = await keepWords(page);
  await page.getByText('The new words count. Destroy the old list.').waitFor();
  expect(words).not.toBe(before.words);
  const operator = clinic.net.client(1);
  await expect
    .poll(async () => (await operator.call('account_get', { account: before.account })).recoveryKey)
    .toBe(toHex(recoveryKeyOf(words).publicKey));
  const kept = parseVaultFile((await entered(clinic.url, wilma.name)).vault);
  await expect(openVault(kept, { kind: 'words', words: before.words })).rejects.toMatchObject({ code: 'vault.secret' });
  const { contents } = await openVault(kept, { kind: 'words', words });
  expect(contents.device).toEqual(before.vault.contents.device);
  expect(complaints).toEqual([]);
});
