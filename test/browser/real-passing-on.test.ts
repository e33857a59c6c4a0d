// A doctor passes on to a colleague what another clinic let her read, in the pages of real clinics: found by the name that the
// colleague signs in with and no part of it, allowed by the clinic that keeps the record, read by the colleague; and refused to him
// with her, once what she was given is taken back.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestNodes } from '../helpers/nodes.ts';
import { axeFindings, useBrowser, type Watched } from './helpers/browser.ts';
import { type ClinicPages, startClinic } from './helpers/clinic.ts';
import {
  ALLERGY,
  button,
  findRecords,
  heading,
  LONG,
  MINUTE,
  openAt,
  patient,
  register,
  tab,
  until,
} from './helpers/journey.ts';
import { type Employed, employ } from './helpers/staff.ts';

const DAY = 86_400_000;
const PASSED_ON = 'Passed on by whom this clinic let read';

const visit = useBrowser();
let clinic: ClinicPages;
let net: TestNodes;
let anna: Employed;
let chloe: Employed;
let carl: Employed;

async function atPatient(number: number, person: Employed): Promise<Watched> {
  const watched = await openAt(visit, clinic.urls[number - 1], person, '/patients');
  await findRecords(watched.page);
  return watched;
}

/** No form of the page waits for an answer. */
const answered = (page: Page) => expect.poll(() => page.locator('form[aria-busy=true]').count()).toBe(0);

beforeAll(async () => {
  clinic = await startClinic({}, { clinics: 2, apart: true });
  net = clinic.net;
  await register(net);
  const people = await Promise.all([
    employ(net, 1, 'anna', 'doctor'),
    employ(net, 2, 'chloe', 'doctor'),
    employ(net, 2, 'carl', 'nurse'),
    employ(net, 2, 'rob', 'reception'),
  ]);
  [anna, chloe, carl] = people;
  const { records } = await anna.door.call('record_write', { ...patient, records: [{ resource: ALLERGY }] });
  await net.applied(1, records[0].statement);
  const { account } = await chloe.door.call('account_me');
  const given = await anna.door.call('consent_grant', {
    ...{ ...patient, to: { account: String(account) }, categories: ['medications'], until: Date.now() + 90 * DAY },
  });
  await net.applied(1, given.statement);
}, 8 * MINUTE);
afterAll(() => net?.remove(), MINUTE);

test(
  'by the whole name of somebody who treats patients, until what she was given is taken back',
  async () => {
    const giver = await atPatient(2, chloe);
    const { page } = giver;
    await tab(page, 'Sharing');
    const user = page.getByLabel('Account name of the colleague');
    // A part of a name, who treats nobody, oneself, somebody of another organisation: nobody is named.
    for (const nobody of ['car', 'rob', 'chloe', 'anna']) {
      await user.fill(nobody);
      await button(page, 'Find the colleague').click(LONG);
      // The words of the one before stand there until then, and a form that waits is sent no second time.
      await answered(page);
      await page.getByRole('alert').getByText('Nobody else who treats patients here').waitFor(LONG);
      expect(await page.getByLabel('What the colleague may read').count()).toBe(0);
    }
    await user.fill('carl');
    await button(page, 'Find the colleague').click();
    await answered(page);
    await page
      .getByRole('status')
      .filter({ hasText: /carl.*Nurse/i })
      .waitFor(LONG);
    await button(page, 'Pass on').click();
    await page.getByRole('alert').getByText('Choose what the colleague may read').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    const form = page.getByRole('form', { name: 'Pass on to a colleague' });
    await form.getByLabel('Medicines').check();
    await form.getByLabel('Why the colleague needs it').fill('Night shift');
    await button(page, 'Pass on').click();
    await page.getByText('Sent. The colleague reads once that clinic has said yes').waitFor(LONG);

    const colleague = await atPatient(2, carl);
    await tab(page, 'Timeline');
    const reads: [Page, string][] = [];
    for (const reader of [page, colleague.page]) {
      const record = reader.getByRole('link', { name: 'Penicillin' });
      await until(reader, record);
      await record.first().click();
      await heading(reader, 'Record').waitFor(LONG);
      await until(reader, reader.getByText('Penicillin'));
      reads.push([reader, reader.url()]);
    }

    const custodian = await atPatient(1, anna);
    await tab(custodian.page, 'Sharing');
    // The colleague's came out of hers: it is hers that is stopped.
    const given = custodian.page.getByRole('row').filter({ hasText: 'One person' });
    await given.filter({ hasText: PASSED_ON }).waitFor(LONG);
    const hers = given.filter({ hasNotText: PASSED_ON });
    await hers.getByRole('button', { name: 'Stop', exact: true }).click(LONG);
    await custodian.page.getByText('Stopped. Nothing new can be read.').waitFor(LONG);

    for (const [reader, read] of reads) {
      await reader.goto(read);
      await until(reader, heading(reader, 'You may not read this', 2));
    }
    // What browsers say of an answer with a status of 400 on is no fault of the page.
    for (const { complaints, foreign } of [giver, colleague, custodian]) {
      expect(complaints.filter((one) => !/40[0-9]/.test(one))).toEqual([]);
      expect(foreign).toEqual([]);
    }
  },
  20 * MINUTE,
);
