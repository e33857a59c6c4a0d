// Back into an account with the help of trusted people, in the pages of a real clinic: chosen, asked, helped, finished; and
// stopped by who has a session. The three days pass by moving the beginning of the request back.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fromHex, toHex } from '../../common/bytes.ts';
import { releaseShare } from '../../identity/vault/recovery-guardians.ts';
import { deviceKeys } from '../../identity/vault/vault.ts';
import { recoveryKeyOf } from '../../identity/vault/words.ts';
import { RECOVERY_VETO_MS } from '../../node/people/recovery-guardians/recovery-index.ts';
import { FAST } from '../helpers/devnet.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { axeFindings, overflow, useBrowser } from './helpers/browser.ts';
import { type ClinicPages, keepWords, PASSWORD, signIn, startClinic, welcome } from './helpers/clinic.ts';
import { enrol, entered, gravely, type Member, withFactor } from './helpers/people.ts';

const NEW_PASSWORD = 'quarry-violin-meadow-4';
const MINUTE = 60_000;

const visit = useBrowser();
let clinic: ClinicPages;
let anna: Member;
let bert: Member;
let carl: Member;
let dora: Member;
beforeAll(async () => {
  clinic = await startClinic({}, { params: FAST });
  anna = await enrol(clinic, { name: 'anna', given: 'Anna', family: 'Stone' }, ['doctor']);
  bert = await enrol(clinic, { name: 'bert', given: 'Bert', family: 'Field' }, ['nurse']);
  carl = await enrol(clinic, { name: 'carl', given: 'Carl', family: 'Brook' }, ['nurse']);
  dora = await enrol(clinic, { name: 'dora', given: 'Dora', family: 'Marsh' }, ['doctor']);
  for (const { name } of [anna, bert, carl, dora]) {
    const { door } = await entered(clinic.url, name);
    const known = async () => (await door.call('account_me')).keys.some(({ current }) => current);
    await waitFor(known, { timeoutMs: 240_000, intervalMs: 500, what: `the account of ${name}` });
  }
}, 5 * MINUTE);
afterAll(() => clinic.net.remove());

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });
const people = () => clinic.net.node(1).people;
const checkWords = (page: Page) => page.locator('p[translate="no"]').innerText();

/** For everybody to use, and as narrow as a phone. */
async function fits(page: Page): Promise<void> {
  expect(await axeFindings(page)).toEqual([]);
  const size = page.viewportSize();
  await page.setViewportSize({ width: 360, height: 740 });
  expect(await overflow(page)).toBeLessThanOrEqual(0);
  if (size !== null) await page.setViewportSize(size);
}

async function choose(page: Page, names: readonly string[]): Promise<void> {
  for (const name of names) {
    await page.getByLabel('User name of somebody whom you trust').fill(name);
    await button(page, 'Add this person').click();
    await button(page, `Remove ${name}`).waitFor();
  }
  await button(page, 'Keep these people').click();
  await page.getByText(`Any 2 of these ${names.length} people together can help you back`).waitFor();
}

async function ask(page: Page, owner: Member): Promise<string> {
  await page.goto(`${clinic.url}/recover`);
  await page.getByLabel('User name', { exact: true }).fill(owner.name);
  await button(page, 'Ask my people for help').click();
  await page.getByText(`The people of ${owner.name} are asked, if there are any`).waitFor();
  const known = () => people().recovery.index.request(userOf(owner))?.state === 'waiting';
  await waitFor(known, { what: 'the request' });
  return checkWords(page);
}

const userOf = ({ name }: Member) => String(people().index.byName(name)?.user);

/** As his page would, without one. */
async function carlHelps(): Promise<void> {
  const { door } = await entered(clinic.url, 'carl');
  await withFactor(door);
  const { held } = await door.call('recovery_guardians');
  const [one] = held;
  if (one?.asked == null) throw new Error('nobody asks');
  const { asked, threshold, user } = one;
  const { genesis } = await door.call('node_health');
  const of = { genesisId: fromHex(genesis), account: fromHex(asked.account), version: asked.version, threshold };
  const { secretKey } = deviceKeys(carl.vault).encryption;
  const sealed = await releaseShare(
    { ...of, hashes: asked.hashes.map(fromHex) },
    { index: asked.index, sealed: fromHex(asked.sealed), secretKey },
    { id: fromHex(asked.id), key: fromHex(asked.key) },
  );
  expect(await door.call('recovery_release', { user, request: asked.id, sealed: toHex(sealed) })).toEqual({
    released: 2,
  });
}

test(
  'a person who lost everything is helped back in by two people after three days, and old ways in end',
  async () => {
    const owner = (await visit.open()).page;
    await signIn(owner, clinic.url, 'anna');
    await welcome(owner, anna);
    await owner.getByRole('link', { name: 'Security' }).first().click();
    await button(owner, 'Keep these people').click();
    await owner.getByRole('alert').getByText('Add at least 2 people').waitFor();
    await owner.getByLabel('User name of somebody whom you trust').fill('nobody-at-all');
    await button(owner, 'Add this person').click();
    await owner.getByRole('alert').getByText('Nobody whom you can choose').waitFor();
    await choose(owner, ['bert', 'carl']);
    await owner.getByText('It opens with: Password, 24 recovery words, people whom you trust.').waitFor();

    const lost = (await visit.open()).page;
    const words = await ask(lost, anna);
    await fits(lost);
    expect(words).toMatch(/^([a-z]+ ){5}[a-z]+$/);

    // She still has a session here; and it is she.
    await owner.reload();
    await owner.getByText('Somebody asks to get into your account').first().waitFor();
    await fits(owner);

    const helper = (await visit.open()).page;
    const { door } = await entered(clinic.url, 'bert');
    const codes = await withFactor(door, helper);
    await helper.goto(`${clinic.url}/notifications`);
    await helper.getByRole('heading', { name: 'Somebody needs your help' }).waitFor();
    await fits(helper);
    expect(await checkWords(helper)).toBe(words);
    await button(helper, 'Help Anna Stone').click();
    await helper.getByRole('alert').getByText('Talk to Anna Stone first').waitFor();
    await helper.getByLabel('I talked to Anna Stone').check();
    await button(helper, 'Help Anna Stone').click();
    await helper.locator('#unlock').fill(PASSWORD);
    const done = helper.getByText('1 of the 2 people that it takes have', { exact: false });
    await gravely(helper, button(helper, 'Open'), codes, done);
    await carlHelps();

    await button(lost, 'Look whether it is ready').click();
    await lost.getByText('Not yet:').waitFor();
    const request = people().recovery.index.request(userOf(anna));
    if (request === undefined) throw new Error('there is no request');
    const began = request.began - RECOVERY_VETO_MS;
    await people().store.write([{ user: userOf(anna), name: 'recovery-request', value: { ...request, began } }]);
    // Also after a reload: the key stayed in this browser.
    await lost.reload();
    await button(lost, 'Look whether it is ready').click();
    await lost.locator('#new-password').waitFor();
    await fits(lost);
    await lost.locator('#new-password').fill(NEW_PASSWORD);
    await button(lost, 'Go on to the recovery words').click();
    const fresh = await keepWords(lost);
    await lost.getByRole('heading', { name: 'You are back' }).waitFor();
    await owner.getByRole('heading', { level: 1, name: 'You are signed out' }).waitFor();
    expect(await lost.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain('wardmesh-recovery');

    await lost.getByRole('link', { name: 'Go to your security settings' }).click();
    await lost.getByText('the one in your vault').waitFor();
    await lost
      .getByText('people whom you trust can help you back into your account, together', { exact: false })
      .waitFor();
    // Not by bert's: his page renewed the cookie.
    const other = (await entered(clinic.url, 'dora')).door;
    const recoveryKey = async () => (await other.call('account_get', { account: anna.account })).recoveryKey;
    const expected = toHex(recoveryKeyOf(fresh).publicKey);
    await waitFor(async () => (await recoveryKey()) === expected, {
      timeoutMs: 4 * MINUTE,
      what: 'the new words on the chain',
    });
    await signIn(owner, clinic.url, 'anna', NEW_PASSWORD);
    await welcome(owner, anna);
  },
  15 * MINUTE,
);

test(
  'whoever has a session stops it with one click, and who asked learns nothing of it',
  async () => {
    const owner = (await visit.open()).page;
    await signIn(owner, clinic.url, 'dora');
    await welcome(owner, dora);
    await owner.getByRole('link', { name: 'Security' }).first().click();
    await choose(owner, ['anna', 'bert', 'carl']);
    const stranger = (await visit.open()).page;
    await ask(stranger, dora);
    await owner.reload();
    await button(owner, 'Stop it').click();
    await owner.getByText('Stopped. Nobody gets in by this.', { exact: false }).waitFor();
    await expect.poll(() => people().recovery.index.request(userOf(dora))?.state).toBe('stopped');
    await button(stranger, 'Look whether it is ready').click();
    await stranger.getByText('Not yet:').waitFor();
  },
  10 * MINUTE,
);
