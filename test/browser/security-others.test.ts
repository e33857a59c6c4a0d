// The security page between two organisations: an administrator disputes what the other one reports, confirms its signature and
// retires it, and closes a safety switch of a gateway; every state of these parts, in both schemes, by axe, and on a phone.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { ParamsIn } from '../../rpc/schema/methods.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { axeFindings, overflow, settled, smallTargets, useBrowser } from './helpers/browser.ts';
import { type ClinicPages, startClinic } from './helpers/clinic.ts';
import { enterAsAdministrator, gravely } from './helpers/people.ts';

const MINUTE = 60_000;
const ADDRESS = '203.0.113.7';
const BREAKER = { breaker: 'refusals', cause: 'refused-share', hit: 412, of: 1_530, waiting: 0 } as const;
const LIST = { breaker: 'list', cause: 'known-addresses', hit: 12, of: 240, waiting: 31 } as const;

const visit = useBrowser();
let clinic: ClinicPages;
beforeAll(async () => {
  clinic = await startClinic({}, { clinics: 3 });
}, 6 * MINUTE);
afterAll(() => clinic.net.remove());

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
/** Clinic 3 is another organisation's. */
const stranger = () => clinic.net.client(3);

async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.WARDMESH_PICTURES;
  if (folder !== undefined) await page.screenshot({ path: `${folder}/security-${name}.png`, fullPage: true });
}

const told = (breakers: ParamsIn<'threat_ingest'>['breakers']) =>
  clinic.net.client(1).call('threat_ingest', { gateway: 'front', entries: [], breakers });

/** As it stands, in both schemes and on a phone. */
async function fits(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await settled(page);
    expect(await axeFindings(page)).toEqual([]);
    await picture(page, `${name}-${colorScheme}`);
    for (const [width, height] of [
      [360, 740],
      [320, 256],
    ]) {
      await page.setViewportSize({ width, height });
      expect(await overflow(page)).toBeLessThanOrEqual(0);
    }
    await page.setViewportSize({ width: 360, height: 740 });
    expect(await smallTargets(page)).toEqual([]);
    await picture(page, `${name}-phone-${colorScheme}`);
    await page.setViewportSize({ width: 1280, height: 800 });
  }
  await page.emulateMedia({ colorScheme: 'light' });
}

test(
  'an officer disputes, confirms and retires, and closes a safety switch',
  async () => {
    const { page, complaints, foreign } = await visit.open();
    const codes = await enterAsAdministrator(page, clinic, { name: 'anna', given: 'Anna', family: 'Hall' });
    await page.goto(`${clinic.url}/admin/security`);
    await page.getByText('None is open: what is refused is refused.').waitFor();
    await page.getByText('Nothing is disputed.').waitFor();
    await page.getByText('No clinic shares a pattern.').waitFor();

    // Safety switches: one that softens refusals, one that holds the list back.
    const since = Date.now() - 5 * MINUTE;
    const open = [
      { ...BREAKER, since },
      { ...LIST, since: since + MINUTE },
    ];
    expect(await told(open)).toMatchObject({ release: [] });
    // A gateway that says nothing for three minutes is gone: this one goes on, however long the looks take.
    const saying = setInterval(() => void told(open).catch(() => undefined), MINUTE / 2);
    onTestFinished(() => clearInterval(saying));
    await stranger().call('threat_block', { address: ADDRESS, reason: 'bruteforce' });
    const { signature } = await stranger().call('threat_signaturePropose', {
      ...{ name: 'made-up-probe', category: 'probe', severity: 'medium', points: 20 },
      conditions: [{ fields: ['path'], view: 'text', pattern: '^/made-up-probe*.php' }],
      ...{ sources: 60, requests: 900 },
    });
    const known = async () => {
      const { signatures } = await clinic.net.client(1).call('threat_signatureList', {});
      const { reports } = await clinic.net.client(1).call('threat_check', { address: ADDRESS });
      return signatures.some(({ id }) => id === signature) && reports.some(({ status }) => status !== 'pending');
    };
    await waitFor(known, { timeoutMs: 4 * MINUTE, what: 'what the other organisation said' });
    await page.reload();
    await page.getByRole('heading', { level: 3, name: 'Visitors are checked instead of refused' }).waitFor();
    await page.getByText('In one minute 412 of 1,530 requests would have been refused, from many visitors.').waitFor();
    await page.getByText('31 new blocks wait: visitors from there are checked instead.').waitFor();
    await page.getByRole('table', { name: 'Patterns of attacks that clinics share' }).waitFor();
    await fits(page, 'others');

    await button(page, 'Close this switch').first().click();
    await page.getByRole('heading', { level: 1, name: 'Close a safety switch' }).waitFor();
    await fits(page, 'release');
    clearInterval(saying);
    await told(open);
    await gravely(
      page,
      button(page, 'Close the switch'),
      codes,
      page.getByRole('heading', { name: 'The safety switch is closed' }),
    );
    expect(await told([{ ...BREAKER, since }])).toMatchObject({ release: ['refusals'] });
    expect(await told([])).toMatchObject({ release: [] });
    await button(page, 'Back to attacks and blocks').click();
    await page.getByText('None is open: what is refused is refused.').waitFor();

    // A signature of the other organisation: confirmed, then spoken against.
    await button(page, 'made-up-probe').click();
    await page.getByRole('heading', { level: 1, name: 'Attack signature made-up-probe' }).waitFor();
    await page.getByText('It does nothing until enough organisations confirm it.').waitFor();
    await fits(page, 'signature');
    await button(page, 'Confirm this signature').click();
    await gravely(
      page,
      button(page, 'Confirm'),
      codes,
      page.getByRole('heading', { name: 'made-up-probe is confirmed by this organisation' }),
    );
    const stateOf = async () => {
      const { signatures } = await clinic.net.client(1).call('threat_signatureList', {});
      return signatures.find(({ id }) => id === signature)?.state;
    };
    await waitFor(async () => (await stateOf()) === 'shadow', { timeoutMs: 4 * MINUTE, what: 'the confirmation' });
    await button(page, 'Back to attacks and blocks').click();
    await page.getByRole('row', { name: /made-up-probe.*Confirmed, on trial/ }).waitFor({ timeout: 4 * MINUTE });
    await stranger().call('threat_signatureRetire', { signature, reason: 'outdated' });
    await waitFor(async () => (await stateOf()) === 'retired', { timeoutMs: 4 * MINUTE, what: 'the end' });
    await page.getByRole('row', { name: /made-up-probe.*Retired/ }).waitFor({ timeout: 4 * MINUTE });

    // A report of the other organisation: no unblock, but a dispute.
    await page
      .getByRole('button', { name: `Why? ${ADDRESS}` })
      .first()
      .click();
    await page.getByRole('heading', { level: 2, name: `${ADDRESS}: Checked first` }).waitFor();
    expect(await button(page, 'Unblock this address').count()).toBe(0);
    await button(page, 'Dispute what others report').click();
    await button(page, 'Dispute').click();
    await page.getByRole('alert').getByRole('link', { name: 'Choose a reason' }).waitFor();
    await fits(page, 'dispute');
    await page.getByLabel('Reason').selectOption('Many people share it');
    await gravely(
      page,
      button(page, 'Dispute'),
      codes,
      page.getByRole('heading', { name: `What others report of ${ADDRESS} is disputed` }),
    );
    await button(page, 'Why is this address blocked?').click();
    await page.getByRole('heading', { level: 2, name: `${ADDRESS}: Let through` }).waitFor();
    await page.getByText('Without effect here').waitFor();
    expect(await button(page, 'Dispute what others report').count()).toBe(0);
    await page.getByRole('link', { name: 'Back to attacks and blocks' }).click();
    const disputes = page.getByRole('table', { name: 'Reports that somebody says are wrong' });
    await expect
      .poll(() => disputes.innerText(), { timeout: 4 * MINUTE })
      .toMatch(/Organisation 1: Many people share it/);
    await fits(page, 'disputed');
    expect(complaints).toEqual([]);
    expect(foreign).toEqual([]);
  },
  20 * MINUTE,
);

test('what cannot be read is said, part by part, and is read again', async () => {
  const { page } = await visit.open();
  await enterAsAdministrator(page, clinic, { name: 'otto', given: 'Otto', family: 'Lind' });
  const refused = ['threat_breakers', 'threat_signatureList'];
  let broken = true;
  await page.route('**/rpc', async (route) => {
    const body = route.request().postData() ?? '';
    if (broken && refused.some((method) => body.includes(`"${method}"`)))
      await route.fulfill({ status: 500, body: '' });
    else await route.continue();
  });
  await page.goto(`${clinic.url}/admin/security`);
  const again = page.getByRole('button', { name: 'Try again' });
  await expect.poll(() => again.count(), { timeout: 4 * MINUTE }).toBe(refused.length);
  await page.getByText('No address stood out in the last 24 hours.').waitFor();
  await settled(page);
  expect(await axeFindings(page)).toEqual([]);
  await picture(page, 'failed');
  broken = false;
  await again.first().click();
  await expect.poll(() => again.count()).toBe(refused.length - 1);
});
