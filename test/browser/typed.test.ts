// What stands in a page when whom or what it is about changes under it: drafts, contents and lists of a made-up patient.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { settled, useBrowser } from './helpers/browser.ts';
import { idOf } from './helpers/demo-chain.ts';
import { asDoctor, EMERGENCY, JOAN } from './helpers/demo-doctor.ts';
import { DemoNode } from './helpers/demo-node.ts';
import { answerCalls, asPatient, RECORDS, SHARES } from './helpers/demo-patient.ts';

const visit = useBrowser();
let node: DemoNode;
beforeAll(async () => {
  node = await new DemoNode().start();
});
afterAll(() => node.stop());

const A = 'ref.a';
const B = 'ref.b';
const CARDS = [A, B].map((ref) => ({ ...JOAN, ref, handle: idOf(ref), family: ref.toUpperCase() }));

/** By links and the history alone: a page that loads anew forgets by itself. */
async function fromPatientToPatient(page: Page, tab: string, type: () => Promise<void>): Promise<void> {
  const toTab = () =>
    page
      .getByRole('navigation', { name: 'Pages about this patient' })
      .getByRole('link', { name: tab, exact: true })
      .click();
  await page.goto(`${node.url}/patients/${B}`);
  await toTab();
  await page.getByRole('heading', { level: 1, name: tab, exact: true }).waitFor();
  const there = await page.evaluate(() => history.length);
  await page.getByRole('link', { name: 'Patients', exact: true }).first().click();
  await page.getByLabel('Name', { exact: true }).fill('hall');
  await page.locator('main').getByRole('button', { name: 'Search', exact: true }).click();
  await page
    .getByRole('table', { name: 'Patients found' })
    .getByRole('link', { name: /REF\.A/ })
    .click();
  await toTab();
  await page.getByRole('heading', { level: 1, name: tab, exact: true }).waitFor();
  await type();
  await page.evaluate((place) => history.go(place - history.length), there);
  await page.waitForURL(`${node.url}/patients/${B}/**`);
  await page.getByRole('region', { name: 'Patient', exact: true }).getByText('REF.B').waitFor();
  await settled(page);
}

test('what is typed about one patient is not there for another, whom the history goes to', async () => {
  const { page } = await visit.open();
  await asDoctor(page);
  await answerCalls(page, {
    patient_card: ({ patient }: { patient: string }) => CARDS.find(({ ref }) => ref === patient),
    patient_search: () => ({ patients: CARDS, more: false, silent: [] }),
  });
  for (const [tab, field] of [
    ['Notes', '#note-text'],
    ['Sharing', '#ask-reason'],
    ['Emergency access', '#emergency-text'],
  ] as const) {
    await fromPatientToPatient(page, tab, () => page.locator(field).fill('Only for A'));
    expect(await page.locator(field).inputValue(), tab).toBe('');
  }
});

test('the draft of an amendment stays when an emergency begins and when it ends', async () => {
  const { page } = await visit.open();
  const state = { open: false };
  await asDoctor(page);
  await answerCalls(page, {
    emergency_list: () => ({ emergencies: state.open ? [EMERGENCY] : [], openMs: 7_200_000, reviewMs: 259_200_000 }),
    emergency_close: () => {
      state.open = false;
      return EMERGENCY;
    },
  });
  await page.goto(`${node.url}/patients/${JOAN.ref}/records/1/${idOf('note')}`);
  const draft = page.locator('#amend-text');
  await draft.fill('Slept badly');
  state.open = true;
  const banner = page.getByRole('region', { name: 'Emergency access is open' });
  await banner.waitFor();
  await settled(page);
  expect(await draft.inputValue()).toBe('Slept badly');
  await banner.getByRole('button', { name: 'End now' }).click();
  await expect.poll(() => banner.count()).toBe(0);
  await settled(page);
  expect(await draft.inputValue()).toBe('Slept badly');
});

test('a record shows its own content, whatever the history showed before', async () => {
  const { page } = await visit.open();
  const [, letter] = RECORDS;
  if (letter === undefined) throw new Error('no letter');
  const records = ['first', 'second'].map((name) => ({ ...letter, record: idOf(name), title: name }));
  await asPatient(page);
  await answerCalls(page, {
    me_records: () => ({ records, sealed: 0, branches: [] }),
    me_recordRead: ({ record: id }: { record: string }) => {
      const record = records.find((one) => one.record === id);
      return { record, history: [record], resource: null, bytes: btoa(`Content of ${record?.title}`) };
    },
  });
  await page.goto(`${node.url}/me/records/${idOf('first')}`);
  await page.getByText('Content of first').waitFor();
  await page.getByRole('navigation').getByRole('link', { name: 'My records', exact: true }).first().click();
  await page.getByRole('table').getByRole('link', { name: 'second' }).click();
  await page.getByText('Content of second').waitFor();
  await page.evaluate(() => history.go(-2));
  await page.waitForURL(`**/${idOf('first')}`);
  await page.getByText('Content of first').waitFor();
});

test('accesses about one patient are not shown while those about another load', async () => {
  const { page } = await visit.open();
  await asPatient(page, { roles: ['privacy-officer'] });
  await page.route('**/rpc', (route) => {
    const { method, params } = route.request().postDataJSON() as { method: string; params: { patient?: string } };
    return method === 'audit_events' && params.patient === 'B' ? undefined : route.fallback();
  });
  await page.goto(`${node.url}/admin/access`);
  const table = page.getByRole('table', { name: 'Access to records, newest first' });
  await table.waitFor();
  await page.locator('#access-patient').fill('B');
  await page.locator('#access-patient').press('Enter');
  await page.getByText('Patient: B', { exact: true }).first().waitFor();
  expect(await table.count()).toBe(0);
});

test('who is shut out is no sharing to stop, and is let in again by whoever took over', async () => {
  const { page } = await visit.open();
  await asPatient(page);
  const denied = SHARES.find(({ effect }) => effect === 'deny');
  const permitted = SHARES.filter(({ effect, state }) => effect === 'permit' && state === 'active');
  for (const takenOver of [false, true]) {
    await answerCalls(page, { me_sharing: () => ({ shares: SHARES, branches: true, takenOver }) });
    await page.goto(`${node.url}/me/sharing`);
    await page.getByRole('table').first().waitFor();
    expect(await page.locator('a[href$="/stop"]').count()).toBe(permitted.length + (takenOver ? 1 : 0));
    await page.goto(`${node.url}/me/sharing/${denied?.share}/stop`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await settled(page);
    expect(await page.getByRole('button', { name: 'Stop sharing' }).count()).toBe(0);
    const again = page.locator('main').getByRole('button', { name: 'Let them read again' });
    expect(await again.count()).toBe(takenOver ? 1 : 0);
  }
});
