// The security page at two branches of one organisation: an officer sees what comes, looks an address up, blocks it at one
// clinic and sees it refused by a gateway at the other, and takes that back; in both schemes, by axe, and on a phone.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { gatewaySettings } from '../../cli/gateway/settings.ts';
import { type StandAlone, startGateway } from '../../cli/gateway/stand-alone.ts';
import { systemClock } from '../../common/clock.ts';
import { createLogger } from '../../common/logger.ts';
import { ask, Servers } from '../gateway/ways-in/servers.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { axeFindings, overflow, settled, smallTargets, useBrowser } from './helpers/browser.ts';
import { type ClinicPages, startClinic } from './helpers/clinic.ts';
import { enrol, enter, enterAsAdministrator, entered, gravely } from './helpers/people.ts';

const MINUTE = 60_000;
const ADDRESS = '203.0.113.7';
const VISITOR = '198.51.100.20';

const visit = useBrowser();
let clinic: ClinicPages;
/** Before an application of clinic 2, behind a proxy that says who comes. */
let gateway: StandAlone;
let reached = 0;
const servers = new Servers();
const directory = mkdtempSync(join(tmpdir(), 'wardmesh-security-'));

beforeAll(async () => {
  clinic = await startClinic({}, { clinics: 2 });
  const application = await servers.listen((_, response) => {
    reached++;
    response.end('application');
  });
  const keyFile = join(directory, 'key');
  const key = { name: 'front', scopes: ['threat:gateway', 'threat:report'] as const, until: Date.now() + 86_400_000 };
  const { secret } = await clinic.net.client(2).call('apikey_create', { ...key, scopes: [...key.scopes] });
  writeFileSync(keyFile, secret);
  const raw = {
    ...{ upstream: `http://127.0.0.1:${application}`, listen: '127.0.0.1:0', mode: 'enforce', name: 'front' },
    ...{ node: clinic.urls[1], keyFile, trustedProxies: ['127.0.0.0/8'], data: join(directory, 'data') },
  };
  const modules = { clock: systemClock, logger: createLogger({ level: 'silent' }) };
  gateway = await startGateway(gatewaySettings(raw, directory), modules);
}, 6 * MINUTE);

afterAll(async () => {
  await gateway?.stop();
  await servers.close();
  await clinic.net.remove();
  rmSync(directory, { recursive: true, force: true });
});

/** As the proxy before the gateway of clinic 2 hands a visitor on. */
const visitFrom = async (address: string) =>
  (await ask(gateway.address.port, { headers: { 'x-forwarded-for': address } })).status;

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

/** As a gateway in front of the clinic brings it: a scanner, a visitor. */
async function bring(sequence: number, address: string, score: number): Promise<void> {
  const refused = score >= 60;
  await clinic.net.client(1).call('threat_ingest', {
    gateway: 'front',
    entries: [
      {
        ...{ sequence, at: Date.now(), address, rule: 'score', score, endpoint: '/probe/:id' },
        ...{ action: refused ? 'refuse' : 'allow', judged: refused ? 'refuse' : 'allow' },
        level: refused ? 'block' : 'allow',
        factors: score === 0 ? [] : [{ name: 'errors', points: score, measured: '90 %' }],
        ...{ signatures: [], reference: referenceOf(sequence), status: refused ? null : 200, retryAfterMs: null },
      },
    ],
  });
}

const verdictAt = async (number: number) =>
  (await clinic.net.client(number).call('threat_check', { address: ADDRESS })).verdict;

/** For whoever looks at the pages: a folder for pictures. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.WARDMESH_PICTURES;
  if (folder !== undefined) await page.screenshot({ path: `${folder}/security-${name}.png`, fullPage: true });
}

/** The gateway of clinic 2 refuses the address and nobody else, and an auditor there sees that in the page. */
async function refusedAtClinic2(): Promise<void> {
  await waitFor(async () => (await visitFrom(ADDRESS)) === 403, {
    timeoutMs: 3 * MINUTE,
    what: 'the refusal at clinic 2',
  });
  const before = reached;
  expect([await visitFrom(ADDRESS), reached]).toEqual([403, before]);
  expect(await visitFrom(VISITOR)).toBe(200);
  const [, url] = clinic.urls;
  const otto = { name: 'otto', given: 'Otto', family: 'Lind' };
  await enrol(clinic, otto, ['auditor'], 2);
  const { door } = await entered(url, otto.name);
  const inRole = async () => (await door.call('session_current')).session?.roles.includes('auditor');
  await waitFor(inRole, { timeoutMs: 4 * MINUTE, intervalMs: 1_000, what: 'the auditor at clinic 2' });
  const { page } = await visit.open();
  await enter(page, url, otto);
  await page.goto(`${url}/admin/security/address`);
  await page.getByLabel('Address', { exact: true }).fill(ADDRESS);
  await button(page, 'Look it up').click();
  await page.getByRole('heading', { level: 2, name: `${ADDRESS}: Blocked` }).waitFor();
  const requests = page.getByRole('table', { name: 'Its last requests here' }).locator('tbody tr');
  await expect.poll(() => requests.count(), { timeout: 3 * MINUTE }).toBeGreaterThan(1);
  expect(await requests.first().innerText()).toMatch(/Refused\s*Blocklist/);
  // Who only watches decides nothing.
  expect(await page.getByRole('button', { name: /^(?:Block|Unblock|Dispute)/ }).count()).toBe(0);
  await picture(page, 'refused-at-clinic-2');
  await page.close();
}

/** The list of judged requests: what was done, since when, whose; an address stands in no link. */
async function lookThroughLog(page: Page): Promise<void> {
  const rows = page.getByRole('table', { name: 'Judged requests, newest first' }).locator('tbody tr');
  await page.getByRole('link', { name: 'Every judged request' }).click();
  await page.getByRole('heading', { level: 1, name: 'Security log' }).waitFor();
  await rows.first().waitFor();
  await settled(page);
  expect(await axeFindings(page)).toEqual([]);
  await picture(page, 'log');
  await page.getByLabel('What was done').selectOption('Refused');
  await expect.poll(() => rows.count()).toBe(16);
  expect(await rows.first().innerText()).toMatch(/203\.0\.113\.7\s*front[\s\S]*Refused[\s\S]*72[\s\S]*Errors 72/);
  expect(page.url()).toContain('action=refuse');
  const box = page.getByLabel('Address, range or reference');
  await box.fill(VISITOR);
  await button(page, 'Show').click();
  await page.getByRole('heading', { name: 'No match' }).waitFor();
  expect(page.url()).not.toContain(VISITOR);
  await page.getByRole('button', { name: 'Remove filter: Refused' }).click();
  await expect.poll(() => rows.count()).toBe(10);
  await box.fill('198.51.100.0/24');
  await button(page, 'Show').click();
  await page.getByRole('button', { name: 'Remove filter: Of: 198.51.100.0/24' }).waitFor();
  await expect.poll(() => rows.count()).toBe(10);
  await box.fill('nobody’s');
  await button(page, 'Show').click();
  await page.getByText('This is no address. Enter one like').waitFor();
  expect(await axeFindings(page)).toEqual([]);
  await box.fill(referenceOf(29));
  await button(page, 'Show').click();
  await expect.poll(() => rows.count()).toBe(1);
  await page.getByLabel('Since').selectOption('Last hour');
  await expect.poll(() => page.url()).toContain('since=hour');
  await expect.poll(() => rows.count()).toBe(1);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await settled(page);
    expect(await axeFindings(page)).toEqual([]);
    for (const [width, height] of [
      [320, 256],
      [360, 740],
    ]) {
      await page.setViewportSize({ width, height });
      expect(await overflow(page)).toBeLessThanOrEqual(0);
    }
    expect(await smallTargets(page)).toEqual([]);
    await picture(page, `log-phone-${colorScheme}`);
    await page.setViewportSize({ width: 1280, height: 800 });
  }
  await page.emulateMedia({ colorScheme: 'light' });
  // What comes while somebody looks waits until it is asked for, and says so.
  await page.getByRole('button', { name: /^Remove filter: Of/ }).click();
  await page.getByRole('button', { name: 'Remove filter: Last hour' }).click();
  await expect.poll(() => rows.count()).toBeGreaterThan(29);
  await bring(31, '192.0.2.77', 0);
  await page.getByRole('button', { name: /^Show \d+ newer request/ }).click();
  await page.getByRole('button', { name: 'Why? 192.0.2.77' }).click();
  await page.getByRole('heading', { level: 2, name: '192.0.2.77: Let through' }).waitFor();
  // One who was checked, and was a person.
  for (const [sequence, action, rule] of [
    [32, 'challenge', 'score'],
    [33, 'allow', 'clearance'],
  ] as const) {
    const entry = {
      sequence,
      at: Date.now(),
      address: '192.0.2.88',
      rule,
      score: 45,
      endpoint: '/',
      level: 'challenge',
    };
    const factors = [{ name: 'repeats' as const, points: 35, measured: '9 times the same' }];
    const rest = { signatures: [], reference: referenceOf(sequence), status: null, retryAfterMs: null };
    await clinic.net.client(1).call('threat_ingest', {
      gateway: 'front',
      entries: [{ ...entry, level: 'challenge', action, judged: action, factors, ...rest }],
    });
  }
  await page.getByRole('link', { name: 'Back to attacks and blocks' }).click();
  const challenged = page.getByRole('table', { name: /^Visitors who were checked/ }).locator('tbody tr');
  await expect.poll(() => challenged.count()).toBe(1);
  expect((await challenged.innerText()).split(/\s*\t\s*/)).toEqual(['The same again and again', '1', '1']);
  await settled(page);
  expect(await axeFindings(page)).toEqual([]);
  await picture(page, 'challenged');
}

const referenceOf = (sequence: number) => String(sequence).padStart(12, 'r');

test(
  'an officer sees a scanner, blocks it at one clinic, sees it refused at the other, and takes it back',
  async () => {
    const { page, complaints, foreign } = await visit.open();
    const codes = await enterAsAdministrator(page, clinic, { name: 'anna', given: 'Anna', family: 'Hall' });
    expect([await visitFrom(ADDRESS), await visitFrom(VISITOR), reached]).toEqual([200, 200, 2]);
    for (let sequence = 1; sequence <= 30; sequence++) {
      await bring(sequence, sequence % 3 === 0 ? VISITOR : ADDRESS, sequence % 3 === 0 ? 0 : sequence > 5 ? 72 : 10);
    }
    await page.goto(clinic.url);
    await page.getByRole('link', { name: 'Attacks and blocks', exact: true }).first().click();
    await page.getByRole('heading', { level: 1, name: 'Attacks and blocks' }).waitFor();
    await page.getByText(/\d+ requests in 24 hours, 16 not let through/).waitFor();
    await page.getByText('Requests in the last minute').waitFor();
    const top = page.getByRole('table', { name: /^Addresses that stood out/ }).locator('tbody tr');
    await expect.poll(() => top.count()).toBe(1);
    expect((await top.innerText()).split(/\s+/)).toEqual(expect.arrayContaining([ADDRESS, '72', '16', 'Refused']));
    await page.getByText('Nothing is reported.').waitFor();
    await page.getByText('Show as table').click();
    await page.getByRole('table', { name: 'Requests in each hour' }).waitFor();
    await settled(page);
    expect(await axeFindings(page)).toEqual([]);
    await picture(page, 'overview');
    await lookThroughLog(page);

    await page.getByLabel('Address', { exact: true }).fill('no address');
    await button(page, 'Look it up').click();
    await page.getByText('This is no address. Enter one like').waitFor();
    await button(page, 'Look up another address').click();
    await page.getByLabel('Address', { exact: true }).fill('nobodysawit2');
    await button(page, 'Look it up').click();
    await page.getByText('The security log has no request with this reference').first().waitFor();
    // What a visitor reads out on the telephone leads to the address.
    await page.getByLabel('Address', { exact: true }).fill(referenceOf(29).toUpperCase());
    await button(page, 'Look it up').click();
    await page.getByRole('heading', { level: 2, name: `${ADDRESS}: Let through` }).waitFor();
    await expect.poll(() => page.getByRole('table').locator('tbody tr').count()).toBe(20);
    // Personal data stands in no link and in no title.
    expect(page.url()).toBe(`${clinic.url}/admin/security/address`);
    expect(await page.title()).not.toContain(ADDRESS);
    await settled(page);
    expect(await axeFindings(page)).toEqual([]);
    await picture(page, 'address');

    await button(page, 'Block this address').click();
    await button(page, 'Block').click();
    await page.getByRole('alert').getByRole('link', { name: 'Choose a reason' }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await picture(page, 'block');
    await page.getByLabel('Reason').selectOption('Scan for weak spots');
    await page.getByLabel('For how long').selectOption('24 hours');
    await gravely(page, button(page, 'Block'), codes, page.getByRole('heading', { name: `${ADDRESS} is blocked` }));
    await waitFor(async () => (await verdictAt(2)) === 'block', {
      timeoutMs: 3 * MINUTE,
      what: 'the block at clinic 2',
    });
    expect(await verdictAt(1)).toBe('block');
    await refusedAtClinic2();

    await button(page, 'Why is this address blocked?').click();
    await page.getByRole('heading', { level: 2, name: `${ADDRESS}: Blocked` }).waitFor();
    await page.getByText(/\(our organisation\) reported it by hand: scan/).waitFor();
    await expect(clinic.net.client(2).call('threat_explain', { address: ADDRESS })).resolves.toMatchObject({
      verdict: 'block',
      reports: [{ clinic: 1, mode: 'manual', reason: 'scan' }],
    });
    await settled(page);
    await picture(page, 'blocked');

    await page.getByRole('link', { name: 'Back to attacks and blocks' }).click();
    const blocks = page.getByRole('table', { name: /^Reports in effect/ }).locator('tbody tr');
    await expect.poll(() => blocks.count()).toBe(1);
    await expect
      .poll(() => blocks.innerText(), { timeout: 3 * MINUTE })
      .toMatch(/Blocked[\s\S]*Northside[\s\S]*(Applied|Final)/);
    await picture(page, 'blocks');

    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await settled(page);
      expect(await axeFindings(page)).toEqual([]);
      for (const [width, height] of [
        [360, 740],
        [320, 256],
      ]) {
        await page.setViewportSize({ width, height });
        expect(await overflow(page)).toBeLessThanOrEqual(0);
      }
      expect(await smallTargets(page)).toEqual([]);
      await page.setViewportSize({ width: 360, height: 740 });
      await picture(page, `phone-${colorScheme}`);
      await page.setViewportSize({ width: 1280, height: 800 });
    }
    await page.emulateMedia({ colorScheme: 'light' });

    await blocks.getByRole('button', { name: `Why? ${ADDRESS}` }).click();
    await button(page, 'Unblock this address').click();
    await page.getByLabel('Reason').selectOption('It has stopped');
    const done = page.getByRole('heading', { name: `${ADDRESS} is no longer blocked by this organisation` });
    await gravely(page, button(page, 'Unblock'), codes, done);
    await waitFor(async () => (await verdictAt(2)) === 'allow', { timeoutMs: 3 * MINUTE, what: 'the end at clinic 2' });
    expect(await verdictAt(1)).toBe('allow');
    await waitFor(async () => (await visitFrom(ADDRESS)) === 200, {
      timeoutMs: 3 * MINUTE,
      what: 'the way in at clinic 2',
    });
    // What was asked of a refused address is the one complaint.
    expect(complaints.filter((line) => !/422/.test(line))).toEqual([]);
    expect(foreign).toEqual([]);
  },
  20 * MINUTE,
);
