// What people do about whole records, in the pages of a real clinic: reception says whose account it is, a doctor attaches a file,
// the patient takes everything along and has it erased, two people of the clinic approve.
import { createReadStream } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromHex } from '../../common/bytes.ts';
import { decryptAge } from '../../common/crypto/age.ts';
import { decodeGenesis } from '../../consensus/genesis.ts';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import { verifyTakeout } from '../../records/takeout/verify.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { axeFindings, settled, useBrowser, type Watched } from './helpers/browser.ts';
import { type ClinicPages, signIn, startClinic, welcome } from './helpers/clinic.ts';
import { button, clean, find, LONG, MINUTE, NUMBER, PIXEL, withVault } from './helpers/journey.ts';
import { enrol, enter, entered } from './helpers/people.ts';

const OTHER = '951-71-0002';
const PASSPHRASE = 'quarry-violin-meadow-4';
const ida = { name: 'ida', given: 'Ida', family: 'Berg' };
const STAFF = [
  [{ name: 'rita', given: 'Rita', family: 'Fox' }, 'reception'],
  [{ name: 'anna', given: 'Anna', family: 'Hall' }, 'doctor'],
  [{ name: 'petra', given: 'Petra', family: 'Lind' }, 'privacy-officer'],
  [{ name: 'adam', given: 'Adam', family: 'Moss' }, 'admin'],
] as const;

const visit = useBrowser();
let clinic: ClinicPages;

const heading = (page: Page, name: string, level = 2) => page.getByRole('heading', { level, name, exact: true });
const alert = (page: Page) => page.getByRole('alert');

async function inRole(name: string, role: Role): Promise<void> {
  const { door } = await entered(clinic.url, name);
  const there = async () => (await door.call('session_current')).session?.roles.includes(role);
  await waitFor(there, { timeoutMs: 4 * MINUTE, intervalMs: 500, what: `the role of ${name}` });
}

async function as(name: string, path: string): Promise<Watched> {
  const watched = await visit.open();
  await enter(watched.page, clinic.url, { name });
  await watched.page.goto(clinic.url + path);
  await settled(watched.page);
  return watched;
}

beforeAll(async () => {
  clinic = await startClinic({ 'upload-max-bytes': '4096' });
  const client = clinic.net.client(1);
  const { patients } = await client.call('patient_register', { patients: [{ number: NUMBER }, { number: OTHER }] });
  const statements = patients.map(({ statement }) => String(statement));
  await Promise.all([enrol(clinic, ida, ['patient']), ...STAFF.map(([who, role]) => enrol(clinic, who, [role]))]);
  await Promise.all([inRole('ida', 'patient'), ...STAFF.map(([{ name }, role]) => inRole(name, role))]);
  await clinic.net.applied(1, ...statements);
}, 6 * MINUTE);
afterAll(() => clinic?.net.remove(), MINUTE);

test('reception says whose account it is, sees it, ends it, and reads why one cannot be attached', async () => {
  const watched = await as('rita', '/desk');
  const { page } = watched;
  await find(page, NUMBER);
  await heading(page, 'Whose account is it?').waitFor();
  await button(page, 'Attach account').click();
  await expect
    .poll(() => alert(page).getByRole('link').allInnerTexts())
    .toEqual(['Enter the account name', 'Choose the document that you looked at']);
  await page.getByLabel('Account name').fill('nobody');
  await page.getByLabel('Passport').check();
  await button(page, 'Attach account').click();
  await alert(page).getByRole('link', { name: 'Nobody signs in here with this name.' }).waitFor();
  expect(await page.getByLabel('Passport').isChecked()).toBe(true);
  await page.getByLabel('Account name').fill('ida');
  await button(page, 'Attach account').click();
  await page.getByText('This account belongs to the patient').waitFor();
  await page.getByText('Ida Berg').waitFor();
  expect(`${page.url()} ${await page.title()}`).not.toMatch(/ida|Berg|951/i);
  expect(await axeFindings(page)).toEqual([]);
  await page.getByRole('link', { name: 'End the attachment' }).click();
  await button(page, 'End the attachment').click();
  await heading(page, 'The attachment is ended').waitFor();
  await page.getByRole('link', { name: 'Back to the patient' }).click();
  await page.getByLabel('Account name').fill('ida');
  await page.getByLabel('Identity card').check();
  await button(page, 'Attach account').click();
  await page.getByText('This account belongs to the patient').waitFor();
  await page.goto(`${clinic.url}/desk`);
  await find(page, OTHER);
  await page.getByLabel('Account name').fill('ida');
  await page.getByLabel('Passport').check();
  await button(page, 'Attach account').click();
  await alert(page).getByRole('link', { name: 'This account belongs to another patient.' }).waitFor();
  clean(watched);
});

test('a doctor attaches a file, is told what is not taken and why, and finds it among the documents', async () => {
  const watched = await as('anna', '/patients');
  const { page } = watched;
  await find(page, NUMBER);
  await heading(page, 'Timeline', 1).waitFor();
  await page.getByRole('link', { name: 'Documents', exact: true }).click();
  await heading(page, 'Attach files').waitFor();
  const choose = (name: string, bytes: Buffer) =>
    page.locator('input[type=file]').setInputFiles({ name, mimeType: 'image/png', buffer: bytes });
  const image = PIXEL;
  await choose('page.png', Buffer.from('<html>'.padEnd(200)));
  await button(page, 'Attach to the chart').click();
  await expect
    .poll(() => alert(page).getByRole('link').allInnerTexts())
    .toEqual([
      'Choose PNG, JPEG, PDF or DICOM files. page.png is none of them, whatever its name says',
      'Say what it is',
      'Choose a category',
    ]);
  await page.getByLabel('What is it?').fill('Left hand');
  await page.getByLabel('Category').selectOption('Scans and X-rays');
  await choose('large.png', Buffer.concat([image, Buffer.alloc(5000)]));
  await button(page, 'Attach to the chart').click();
  await alert(page).getByRole('link', { name: 'This clinic takes files of at most 4.1 kB' }).waitFor();
  await choose('hand.png', image);
  await button(page, 'Attach to the chart').click();
  await page.getByText('Attached and kept on this clinic’s disk').waitFor(LONG);
  await page.getByRole('link', { name: 'Left hand' }).click();
  await page.getByRole('img', { name: 'Left hand' }).waitFor(LONG);
  expect(watched.foreign).toEqual([]);
  // The browser says by itself that one was refused.
  expect(watched.complaints.filter((words) => !words.includes('413'))).toEqual([]);
});

test('the patient takes everything along in a file that opens by her passphrase and holds', async () => {
  const watched = await as('ida', '/me/takeout');
  const { page } = watched;
  await page.getByLabel('Passphrase for the file').fill('short');
  await button(page, 'Make the file').click();
  await alert(page).getByRole('link', { name: 'Enter the same passphrase twice' }).waitFor();
  await page.getByLabel('Passphrase for the file').fill(PASSPHRASE);
  await page.getByLabel('The passphrase once more').fill(PASSPHRASE);
  await button(page, 'Make the file').click();
  await heading(page, 'Your file is ready').waitFor(LONG);
  expect(await axeFindings(page)).toEqual([]);
  const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Save the file').click()]);
  expect(download.suggestedFilename()).toBe('wardmesh-takeout.tar.age');
  const { genesis } = await clinic.net.client(1).call('chain_getGenesis', {});
  const file = createReadStream(await download.path());
  const opened = decryptAge({ type: 'passphrase', passphrase: PASSPHRASE }, file);
  const { records } = await verifyTakeout(decodeGenesis(fromHex(genesis)), opened);
  expect(records.map(({ manifest }) => manifest.title)).toContain('Left hand');
  clean(watched);
});

test('she asks to be erased, takes it back, asks again; two people approve, each clinic answers, and it is done', async () => {
  const hers = await visit.open();
  await signIn(hers.page, clinic.url, 'ida');
  await welcome(hers.page, ida);
  await hers.page.goto(`${clinic.url}/me/erase`);
  await button(hers.page, 'Ask to erase my records').click();
  await alert(hers.page).getByRole('link', { name: 'Say that you understand what it means' }).waitFor();
  const ask = async () => {
    await hers.page.getByLabel('I understand that nobody can bring the records back').check();
    await button(hers.page, 'Ask to erase my records').click();
    await hers.page.getByText('Nobody of the clinic has answered yet').waitFor();
  };
  await hers.page.getByLabel('Your words to the clinic').fill('I have moved away');
  await ask();
  await button(hers.page, 'Take it back').click();
  await heading(hers.page, 'What it means').waitFor();
  await ask();

  const officer = await as('petra', '/admin/erasures');
  const { page } = officer;
  await page.getByRole('link', { name: 'Answer', exact: true }).click();
  await button(page, 'Answer').click();
  await alert(page).getByRole('link', { name: 'Choose an answer' }).waitFor();
  await page.getByLabel('Take it up').check();
  await button(page, 'Answer').click();
  const approve = async (of: Page) => {
    await of.getByLabel('I have looked at the reason').check(LONG);
    await button(of, 'Approve the erasure').click();
    const done = of.getByText(/You have approved it|your approval is on its way|Every clinic has said/i);
    await withVault(of, done);
  };
  await approve(page);
  await page.getByText('1 of 2 people').waitFor(LONG);
  await page.getByText('You have approved it. Somebody else must').waitFor();
  const address = new URL(page.url()).pathname;
  expect(await axeFindings(page)).toEqual([]);

  const second = await as('adam', address);
  await approve(second.page);
  await second.page.getByText('Every clinic has said that it destroyed its keys.').waitFor(LONG);
  const [download] = await Promise.all([
    second.page.waitForEvent('download'),
    button(second.page, 'Save the certificate').click(),
  ]);
  expect(download.suggestedFilename()).toBe('wardmesh-erasure.json');

  await hers.page.reload();
  await hers.page.getByText('Your records at this clinic are erased.').waitFor(LONG);
  expect(await hers.page.getByText('Has not answered').count()).toBe(0);
  for (const watched of [hers, officer, second]) clean(watched);
});
