// A patient takes over what clinics keep, in the pages of real clinics: she begins with a key of her vault, receptions of two
// organisations see her, the clinic that is asked objects, withdraws and acknowledges, and she finishes; then somebody else begins
// one, she is told, and objects. From then on the key in her vault says who reads, and reception names nobody who acts for her.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { randomBytes, signingKeyPair } from '#crypto';
import { fromHex, toHex } from '../../common/bytes.ts';
import { signStatement } from '../../identity/vault/sign.ts';
import { FAST } from '../helpers/devnet.ts';
import type { TestNodes } from '../helpers/nodes.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { axeFindings, settled, useBrowser, type Watched } from './helpers/browser.ts';
import { type ClinicPages, startClinic } from './helpers/clinic.ts';
import {
  attach,
  button,
  clean,
  find,
  LONG,
  MINUTE,
  openAt,
  patient,
  register,
  slow,
  until,
  withVault,
} from './helpers/journey.ts';
import { enrol, enter } from './helpers/people.ts';
import { type Employed, employ } from './helpers/staff.ts';

const ida = { name: 'ida', given: 'Ida', family: 'Berg' };

const visit = useBrowser();
let clinic: ClinicPages;
let net: TestNodes;
let rita: Employed;
let rob: Employed;
let petra: Employed;

const section = (page: Page, name: string) => page.getByRole('region', { name, exact: true });

const at = (number: number, person: Employed, path: string) => openAt(visit, clinic.urls[number - 1], person, path);

/** As a code is read out. */
const groups = (takeOver: string) => takeOver.slice(0, 32).replaceAll(/(.{4})(?=.)/g, '$1 ');

const listed = async (number: number) => (await net.client(number).call('takeover_list', patient)).takeOvers;

async function sees(number: number, person: Employed, code: string): Promise<Watched> {
  // Found once the clinic has the block.
  const known = async () => (await listed(number)).some(({ takeOver }) => takeOver === code);
  await waitFor(known, { ...slow, what: `the take-over at clinic ${number}` });
  const watched = await at(number, person, '/desk');
  const { page } = watched;
  await find(page);
  await page.getByRole('link', { name: 'Take-overs of this patient' }).click();
  await page.getByLabel('Code on the person’s page').fill(groups(code));
  await button(page, 'Find it').click();
  await button(page, 'We saw this person').click(LONG);
  await page.getByText('Look at the document, and at where the code comes from').first().waitFor(LONG);
  await page.getByLabel(/^I looked at a document with a photo/).check();
  await button(page, 'We saw this person').click();
  await page.getByText('This clinic said that it saw the person.').waitFor(LONG);
  return watched;
}

beforeAll(async () => {
  clinic = await startClinic({}, { clinics: 3, params: { ...FAST, takeOverDelay: 1000 } });
  net = clinic.net;
  for (const number of [1, 2]) await register(net, number);
  [rita, rob, petra] = await Promise.all([
    employ(net, 1, 'rita', 'reception'),
    employ(net, 3, 'rob', 'reception'),
    employ(net, 2, 'petra', 'privacy-officer'),
    enrol(clinic, ida, ['patient']),
  ]);
  await attach(clinic, ida.name);
}, 8 * MINUTE);
afterAll(() => net?.remove(), MINUTE);

test(
  'she takes over with two witnesses past an objection, and objects to somebody else who tries',
  async () => {
    const her = await visit.open();
    const { page } = her;
    await enter(page, clinic.url, ida);
    await page.goto(`${clinic.url}/me`);
    await settled(page);
    await page.getByRole('link', { name: 'Decide about your records' }).click();
    await page.getByText('Nobody took over.').waitFor(LONG);
    await button(page, 'Begin').click();
    const own = section(page, 'Your take-over');
    await withVault(page, own);
    await own.getByText('Waits for clinics that see the person').waitFor(LONG);
    // The index follows the block that it is asked after.
    const begun = await waitFor(async () => (await listed(1))[0], { ...slow, what: 'the take-over' });
    const code = begun.takeOver;
    await own.getByText(groups(code)).first().waitFor(LONG);
    expect(await axeFindings(page)).toEqual([]);

    const desk = await sees(1, rita, code);
    const elsewhere = await sees(3, rob, code);
    await own.getByText('Waits for the clinics that are asked, and for its end').waitFor(LONG);
    await own.getByText('Southside').waitFor(LONG);

    const officer = await at(2, petra, '/admin/take-overs');
    const look = officer.page.getByRole('link', { name: 'Look' });
    await until(officer.page, look);
    expect(await axeFindings(officer.page)).toEqual([]);
    await look.click();
    await button(officer.page, 'Object').click();
    await own.getByText('Stopped by an objection').waitFor(LONG);
    await button(officer.page, 'Withdraw the objection').click(LONG);
    await own.getByText('Waits for the clinics that are asked, and for its end').waitFor(LONG);
    await button(officer.page, 'Acknowledge').click(LONG);
    await button(page, 'Finish').click(LONG);
    await page.getByText('You decide: the key is in your vault, since').waitFor(LONG);
    await expect.poll(() => own.count()).toBe(0);
    await officer.page.getByText('Nothing waits for this clinic here.').waitFor(LONG);

    // She shares by that key, which her page takes by itself, shuts somebody out and lets them again.
    const shares = page.getByRole('table', { name: 'Shared' });
    const share = async (what: 'Let them read' | 'Shut them out', done: string) => {
      await page.goto(`${clinic.url}/me/sharing/new`);
      await settled(page);
      await page.getByLabel('What you want').selectOption({ label: what });
      await page.locator('#share-clinic').selectOption({ index: 3 });
      await page.locator('#share-labs').check();
      await button(page, 'Share').click();
      await withVault(page, page.getByRole('heading', { name: done, exact: true }));
    };
    await share('Let them read', 'Shared');
    await page.getByRole('link', { name: 'Who can read', exact: true }).first().click();
    await shares.getByText('Said with the key of a take-over').waitFor(LONG);
    expect(await axeFindings(page)).toEqual([]);
    await share('Shut them out', 'Shut out');
    await page.goto(`${clinic.url}/me/sharing`);
    await settled(page);
    await shares.getByRole('link', { name: 'Let them read again' }).click(LONG);
    await button(page, 'Let them read again').click();
    await withVault(page, page.getByRole('heading', { name: 'Over', exact: true }));
    const named = { ...patient, user: ida.name, kind: 'guardian' as const, document: 'court-order' as const };
    const refused = await rita.door.call('patient_representativeAdd', named).catch((error) => error.code);
    expect(refused).toBe('consent.taken-over');

    // Somebody else, with the help of a reception that should have looked more closely.
    const { seed, publicKey } = madeUp();
    const prepared = await rob.door.call('takeover_prepare', {
      ...{ action: 'start', ...patient, key: toHex(publicKey) },
      ...{ encryptionKey: 'ab'.repeat(32), commitment: 'cd'.repeat(32) },
    });
    const { genesis } = await rob.door.call('node_health');
    const signed = signStatement(seed, fromHex(genesis), fromHex(prepared.statement));
    await rob.door.call('tx_submit', { statements: [{ statement: toHex(signed) }] });
    await page.goto(`${clinic.url}/notifications`);
    const told = page.getByRole('listitem').filter({ hasText: 'Somebody takes over your records' });
    await until(page, told);
    await told.getByRole('link', { name: 'Look' }).click();
    await button(page, 'Object').click(LONG);
    const sure = section(page, 'Object to this take-over?');
    expect(await axeFindings(page)).toEqual([]);
    await sure.getByRole('button', { name: 'Object' }).click();
    await page.getByText('Stopped by an objection').waitFor(LONG);
    const known = await net.client(1).call('takeover_get', { takeOver: prepared.takeOver });
    expect(known).toMatchObject({ objections: 1, objects: true, state: 'open' });
    for (const watched of [her, desk, elsewhere, officer]) clean(watched);
  },
  20 * MINUTE,
);

function madeUp() {
  const seed = randomBytes(32);
  return { seed, publicKey: signingKeyPair(seed).publicKey };
}
