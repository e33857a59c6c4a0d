// A doctor passes on to a colleague what another clinic let her read, in the pages of real clinics: found by the name that the
// colleague signs in with and no part of it, allowed by the clinic that keeps the record, read by the colleague.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestNodes } from '../helpers/nodes.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { axeFindings, settled, useBrowser, type Watched } from './helpers/browser.ts';
import { type ClinicPages, startClinic } from './helpers/clinic.ts';
import { type Employed, employ } from './helpers/staff.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const LONG = { timeout: 3 * MINUTE };
const slow = { timeoutMs: 4 * MINUTE, intervalMs: 500 };
const NUMBER = '951-71-0001';
const patient = { patient: NUMBER, country: 'US', type: 'ssn' };
const ALLERGY = JSON.stringify({ resourceType: 'AllergyIntolerance', id: 'penicillin', code: { text: 'Penicillin' } });

const visit = useBrowser();
let clinic: ClinicPages;
let net: TestNodes;
let chloe: Employed;
let carl: Employed;

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

async function applied(number: number, statement: string): Promise<void> {
  const asked = { statements: [statement], until: 'applied' as const, timeoutMs: MINUTE };
  const reached = async () => (await net.client(number).call('tx_wait', asked)).reached;
  await waitFor(reached, { ...slow, what: 'the statement in a block' });
}

async function atPatient(person: Employed): Promise<Watched> {
  const watched = await visit.open();
  const { page } = watched;
  await person.enter(page);
  await page.goto(`${clinic.urls[1]}/patients`);
  await settled(page);
  await page.getByLabel('Identity number or patient identifier').fill(NUMBER);
  await page.locator('main').getByRole('button', { name: 'Search', exact: true }).click();
  await page.getByRole('table', { name: 'Patients found' }).getByRole('link').click(LONG);
  await page.getByRole('heading', { level: 1, name: 'Timeline' }).waitFor(LONG);
  return watched;
}

beforeAll(async () => {
  clinic = await startClinic({}, { clinics: 2, apart: true });
  net = clinic.net;
  const { patients } = await net.client(1).call('patient_register', { patients: [{ number: NUMBER }] });
  await applied(1, String(patients[0].statement));
  const [anna, ...others] = await Promise.all([
    employ(net, 1, 'anna', 'doctor'),
    employ(net, 2, 'chloe', 'doctor'),
    employ(net, 2, 'carl', 'nurse'),
    employ(net, 2, 'rob', 'reception'),
  ]);
  [chloe, carl] = others;
  const { records } = await anna.door.call('record_write', { ...patient, records: [{ resource: ALLERGY }] });
  await applied(1, records[0].statement);
  const { account } = await chloe.door.call('account_me');
  const given = await anna.door.call('consent_grant', {
    ...{ ...patient, to: { account: String(account) }, categories: ['problems'], until: Date.now() + 90 * DAY },
  });
  await applied(1, given.statement);
}, 12 * MINUTE);
afterAll(() => net?.remove(), MINUTE);

test(
  'by the whole name of somebody who treats patients, once the clinic that keeps the record says yes',
  async () => {
    const { page, complaints } = await atPatient(chloe);
    const tabs = page.getByRole('navigation', { name: 'Pages about this patient' });
    await tabs.getByRole('link', { name: 'Sharing', exact: true }).click();
    const user = page.getByLabel('Account name of the colleague');
    // A part of a name, who treats nobody, oneself: nobody is named.
    for (const nobody of ['car', 'rob', 'chloe', 'anna']) {
      await user.fill(nobody);
      await button(page, 'Find the colleague').click(LONG);
      await page.getByRole('alert').getByText('Nobody else who treats patients here').waitFor(LONG);
      expect(await page.getByLabel('What the colleague may read').count()).toBe(0);
    }
    await user.fill('carl');
    await button(page, 'Find the colleague').click();
    await page
      .getByRole('status')
      .filter({ hasText: /carl.*Nurse/i })
      .waitFor(LONG);
    await button(page, 'Pass on').click();
    await page.getByRole('alert').getByText('Choose what the colleague may read').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    const form = page.getByRole('form', { name: 'Pass on to a colleague' });
    await form.getByLabel('Health problems').check();
    await form.getByLabel('Why the colleague needs it').fill('Night shift');
    await button(page, 'Pass on').click();
    await page.getByText('Sent. The colleague reads once that clinic has said yes').waitFor(LONG);

    const colleague = await atPatient(carl);
    const record = colleague.page.getByRole('link', { name: 'Penicillin' });
    const there = async () => {
      await colleague.page.reload();
      await settled(colleague.page);
      return record.isVisible();
    };
    await expect.poll(there, { timeout: 4 * MINUTE, interval: 1000 }).toBe(true);
    expect(complaints.filter((one) => !/40[0-9]/.test(one))).toEqual([]);
    expect(colleague.complaints).toEqual([]);
  },
  20 * MINUTE,
);
