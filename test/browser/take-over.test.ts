// What people say about take-overs in the pages, and to whom a doctor passes a grant on: what is asked first, and what is sent then.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { settled, useBrowser } from './helpers/browser.ts';
import { idOf } from './helpers/demo-chain.ts';
import { asDoctor } from './helpers/demo-doctor.ts';
import { DemoNode } from './helpers/demo-node.ts';
import { asPatient, TAKE_OVERS } from './helpers/demo-patient.ts';

const LONG = { timeout: 60_000 };
const visit = useBrowser();
let node: DemoNode;
beforeAll(async () => {
  node = await new DemoNode().start();
});
afterAll(() => node.stop());

const [seen, asked, stopped] = TAKE_OVERS.map(({ takeOver }) => takeOver);
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

/** As a code is read out. */
const groups = (takeOver: string) => takeOver.slice(0, 32).replaceAll(/(.{4})(?=.)/g, '$1 ');

/** Calls of these methods, as they are sent. */
function listen(page: Page, ...methods: string[]): { method: string; params: Record<string, unknown> }[] {
  const calls: { method: string; params: Record<string, unknown> }[] = [];
  page.on('request', (request) => {
    if (!request.url().endsWith('/rpc')) return;
    calls.push(...[request.postDataJSON()].flat().filter(({ method }) => methods.includes(method)));
  });
  return calls;
}

async function visited(path: string, as: (page: Page) => Promise<void>): Promise<Page> {
  const { page } = await visit.open();
  await as(page);
  await page.goto(node.url + path);
  await settled(page);
  return page;
}

test('a patient objects to one take-over, asked twice, and begins none before her vault says which are hers', async () => {
  const page = await visited('/me/take-over', (one) => asPatient(one));
  const calls = listen(page, 'me_takeOverObject');
  expect(await button(page, 'Begin').count()).toBe(0);
  await button(page, 'Open your vault').waitFor();
  // What this clinic objects to already has no button.
  expect(await button(page, 'Object').count()).toBe(2);
  await button(page, 'Object').nth(1).click();
  const sure = page.getByRole('region', { name: 'Object to this take-over?' });
  await sure.waitFor();
  expect(calls).toEqual([]);
  await button(page, 'Cancel').click();
  await sure.waitFor({ state: 'detached' });
  await button(page, 'Object').nth(1).click();
  await sure.getByRole('button', { name: 'Object' }).click();
  await page.getByText('Objected. The take-over stops once this is in a block.').waitFor(LONG);
  // Sent, in no block yet: it is not sent again.
  expect(await button(page, 'Object').count()).toBe(1);
  expect(calls.map(({ params }) => params)).toEqual([{ takeOver: asked }]);
});

test('reception says that it saw the person after the code and the document, and of no take-over that has enough', async () => {
  const page = await visited('/desk/ref.joan/take-over', (one) => asDoctor(one, { roles: ['reception'] }));
  const calls = listen(page, 'takeover_witness');
  const alert = page.getByRole('alert');
  const find = async (code: string) => {
    await page.getByLabel('Code on the person’s page').fill(code);
    await button(page, 'Find it').click();
  };
  // The ends of a code, which are easily made again, find nothing.
  await find(seen.slice(0, 6) + seen.slice(-6));
  await alert.getByText('Type all 32 digits of the code').waitFor();
  await find(seen.slice(0, 6) + '0'.repeat(20) + seen.slice(-6));
  await page.getByText('No take-over of this patient has this code').waitFor(LONG);
  expect(await button(page, 'We saw this person').count()).toBe(0);
  await find(asked.slice(0, 32));
  await page.getByText('Nothing waits for this clinic here.').waitFor(LONG);
  await find(groups(seen).toUpperCase());
  await page.getByText(groups(seen), { exact: true }).waitFor(LONG);
  await button(page, 'We saw this person').click();
  await alert.getByText('Look at the document, and at where the code comes from').waitFor();
  expect(calls).toEqual([]);
  await page.getByLabel(/^I looked at a document with a photo/).check();
  await button(page, 'We saw this person').click();
  await page.getByText('Said. It counts once it is in a block.').waitFor(LONG);
  expect(calls.map(({ params }) => params)).toEqual([{ takeOver: seen }]);
});

test('an officer acknowledges what asks the clinic, and withdraws where it objects', async () => {
  const page = await visited('/admin/take-overs', (one) => asPatient(one, { roles: ['privacy-officer'] }));
  const calls = listen(page, 'takeover_acknowledge', 'takeover_object', 'takeover_withdraw');
  await page.getByRole('link', { name: 'Look' }).nth(1).click();
  await button(page, 'Object').waitFor(LONG);
  expect(await button(page, 'Withdraw the objection').count()).toBe(0);
  await button(page, 'Acknowledge').click();
  await page.getByText('Acknowledged. It counts once it is in a block.').waitFor(LONG);
  await page.getByRole('link', { name: 'All take-overs' }).click();
  await page.getByRole('link', { name: 'Look' }).nth(2).click();
  await button(page, 'Withdraw the objection').click(LONG);
  await page.getByText('Withdrawn. It counts once it is in a block.').waitFor(LONG);
  expect(await button(page, 'Acknowledge').count()).toBe(0);
  expect(calls.map(({ method, params }) => [method, params.takeOver])).toEqual([
    ['takeover_acknowledge', asked],
    ['takeover_withdraw', stopped],
  ]);
});

test('a doctor passes on to a colleague whom she finds by the whole name, and sends nothing before', async () => {
  const page = await visited('/patients/ref.joan/sharing', (one) => asDoctor(one));
  const calls = listen(page, 'consent_delegate');
  const form = page.getByRole('form', { name: 'Pass on to a colleague' });
  const user = form.getByLabel('Account name of the colleague');
  await user.fill('car');
  await button(page, 'Find the colleague').click();
  await page.getByRole('alert').getByText('Nobody else who treats patients here').waitFor(LONG);
  expect(await form.getByLabel('Health problems').count()).toBe(0);
  await user.fill('carl');
  await button(page, 'Find the colleague').click();
  await form.getByRole('status').filter({ hasText: 'Carl <b>Lind</b>, Nurse' }).waitFor(LONG);
  await button(page, 'Pass on').click();
  await page.getByRole('alert').getByText('Choose what the colleague may read').waitFor();
  await form.getByLabel('Health problems').check();
  await form.getByLabel('Why the colleague needs it').fill('Night shift');
  await button(page, 'Pass on').click();
  await page.getByText('Sent. The colleague reads once that clinic has said yes').waitFor(LONG);
  expect(calls.map(({ params }) => params)).toMatchObject([
    { patient: 'ref.joan', to: idOf('carl'), categories: ['problems'], reason: 'Night shift' },
  ]);
});
