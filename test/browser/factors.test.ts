// Every way to sign in beside the password, and what ends a session, in the pages of a real clinic.
import { Secret, TOTP } from 'otpauth';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useBrowser } from './helpers/browser.ts';
import { type ClinicPages, PASSWORD, signIn, signOut, startClinic, welcome } from './helpers/clinic.ts';
import { arrive, enter } from './helpers/people.ts';
import { addWallet, WALLET } from './helpers/wallet.ts';

const visit = useBrowser();
let clinic: ClinicPages;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.net.remove());

const alert = (page: Page) => page.getByRole('alert').getByText('There is a problem');

test('signs in with the code of an app, and once with each recovery code', async () => {
  const { page } = await visit.open();
  const bea = { name: 'bea', given: 'Bea', family: 'Lind' };
  await arrive(page, clinic, bea);
  await page.goto(`${clinic.url}/account/security`);
  await page.getByRole('button', { name: 'Set up a code app' }).click();
  await page.getByRole('img', { name: 'QR code for your code app' }).waitFor();
  const secret = Secret.fromBase32((await page.locator('code').innerText()).replace(/\s/g, ''));
  const app = new TOTP({ secret });
  const codeAt = (steps: number) => app.generate({ timestamp: Date.now() + steps * 30_000 });
  await page.getByLabel('Code of your app').fill(codeAt(0));
  await page.getByRole('button', { name: 'Turn on' }).click();
  const shown = page.locator('main ol').getByRole('listitem');
  await expect.poll(() => shown.count()).toBe(10);
  const codes = await shown.allInnerTexts();
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await signOut(page, bea);

  await signIn(page, clinic.url, bea.name);
  await page.getByLabel('Code of your app').fill('000000');
  await page.getByRole('button', { name: 'Confirm' }).click();
  await alert(page).waitFor();
  await page.getByLabel('Code of your app').fill(codeAt(1));
  await page.getByRole('button', { name: 'Confirm' }).click();
  await welcome(page, bea);
  await signOut(page, bea);

  for (const works of [true, false]) {
    await signIn(page, clinic.url, bea.name);
    await page.getByRole('button', { name: 'Use a recovery code instead' }).click();
    await page.getByLabel('Recovery code').fill(codes[0] as string);
    await page.getByRole('button', { name: 'Confirm' }).click();
    if (!works) await alert(page).waitFor();
    else {
      await welcome(page, bea);
      await signOut(page, bea);
    }
  }
});

test('signs in with a passkey alone, which opens the vault too', async () => {
  const { page, complaints } = await visit.open();
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      ...{ protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', automaticPresenceSimulation: true },
      ...{ hasResidentKey: true, hasUserVerification: true, isUserVerified: true, hasPrf: true },
    },
  });
  const cleo = { name: 'cleo', given: 'Cleo', family: 'Okoro' };
  await arrive(page, clinic, cleo);
  await page.goto(`${clinic.url}/account/security`);
  await page.getByLabel('Name of the passkey').fill('Work laptop');
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  // The page was loaded anew, so the vault is closed.
  await page.getByRole('dialog').getByLabel('Password', { exact: true }).last().fill(PASSWORD);
  await page.getByRole('dialog').getByRole('button', { name: 'Open' }).click();
  await page.getByText('The passkey is added.').waitFor();
  await page.getByText('opens your vault', { exact: false }).first().waitFor();
  await page.getByText('It opens with: Password, Passkey, 24 recovery words.').waitFor();
  await signOut(page, cleo);

  await page.goto(`${clinic.url}/sign-in`);
  const sent: string[] = [];
  page.on('request', (request) => sent.push(request.postData() ?? ''));
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await welcome(page, cleo);
  expect(sent.some((body) => body.includes('session_passkeyFinish'))).toBe(true);
  expect(sent.join()).not.toMatch(/"prf"[^}]*"(results|first)"/);
  // The vault is open: the key in it is known to be the one in force, without another question.
  await page.getByRole('link', { name: 'Security' }).first().click();
  await page.getByText('the one in your vault').waitFor();
  // As it was before the passkey, for who finds it spoilt.
  await page.getByRole('button', { name: 'Put the vault back as it was' }).click();
  await page.getByText('Your vault is as it was.', { exact: false }).waitFor();
  await page.getByText('It opens with: Password, 24 recovery words.').waitFor();
  expect(complaints).toEqual([]);
});

test('signs in with a linked wallet that signs the text of the clinic', async () => {
  const { page } = await visit.open();
  const signed = await addWallet(page);
  const dana = { name: 'dana', given: 'Dana', family: 'Roy' };
  await arrive(page, clinic, dana);
  await page.goto(`${clinic.url}/account/security`);
  await page.getByRole('button', { name: WALLET }).click();
  await page.getByText('The wallet is linked.').waitFor();
  await signOut(page, dana);
  await page.goto(`${clinic.url}/sign-in`);
  await page.getByRole('button', { name: WALLET }).click();
  await welcome(page, dana);
  expect(signed).toHaveLength(2);
  expect(signed[1]).toContain(new URL(clinic.url).host);
});

test('sees where it is signed in, ends one session and then all others', async () => {
  const eve = { name: 'eve', given: 'Eve', family: 'Moss' };
  const here = await visit.open();
  await arrive(here.page, clinic, eve);
  const others = [await visit.open(), await visit.open()];
  for (const { page } of others) {
    await enter(page, clinic.url, eve);
    await page.goto(clinic.url);
    await welcome(page, eve);
  }
  await here.page.goto(`${clinic.url}/account/security`);
  const rows = here.page.getByRole('table', { name: 'Where you are signed in' }).locator('tbody tr');
  await expect.poll(() => rows.count()).toBe(3);
  await here.page
    .getByRole('button', { name: /^End the session/ })
    .first()
    .click();
  await expect.poll(() => rows.count()).toBe(2);
  await here.page.getByRole('button', { name: 'End all others' }).click();
  await expect.poll(() => rows.count()).toBe(1);
  for (const { page } of others) {
    await page.goto(`${clinic.url}/account`);
    await page.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
  }
});
