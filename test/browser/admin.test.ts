// What administrators do, in the pages of a real clinic: decide, invite, give roles, suspend, make keys, read the access log;
// who else gets to see which of it; and every page for everybody, in both schemes and at every width.
import { readFile } from 'node:fs/promises';
import { Secret, TOTP } from 'otpauth';
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import { madeUp, Portal, registration } from '../helpers/portal.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { axeFindings, overflow, settled, useBrowser, type Watched } from './helpers/browser.ts';
import { type ClinicPages, PASSWORD, startClinic } from './helpers/clinic.ts';
import { enrol, entered } from './helpers/people.ts';

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const NOBODY = '0'.repeat(32);
const LISTS = ['approvals', 'users', 'invitations', 'api-keys', 'system'].map((name) => `/admin/${name}`);
const ADMINISTRATORS = [
  ...['/admin', ...LISTS, `/admin/approvals/${NOBODY}`, `/admin/users/${NOBODY}`],
  ...[`/admin/users/${NOBODY}/suspend`, `/admin/users/${NOBODY}/erase`, '/admin/api-keys/0123456789abcdef'],
];
const LOG = '/admin/access-log';

const visit = useBrowser();
let clinic: ClinicPages;
/** Her session, as the browser has it: showing the second factor gives it a new secret. */
let anna: NonNullable<BrowserContextOptions['storageState']>;
let noor: Portal;
let ines: Portal;
const codes: string[] = [];

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const cookiesOf = ({ cookies }: Portal) =>
  [...cookies].map(([name, value]) => ({ name, value, url: clinic.url, sameSite: 'Strict' as const }));

async function inRole(door: Portal, role: Role): Promise<void> {
  const there = async () => (await door.call('session_current')).session?.roles.includes(role);
  await waitFor(there, { timeoutMs: 240_000, intervalMs: 500, what: `the role ${role}` });
}

async function joined(name: string, given: string, family: string, role: Role): Promise<Portal> {
  await enrol(clinic, { name, given, family }, [role]);
  const { door } = await entered(clinic.url, name);
  await inRole(door, role);
  return door;
}

beforeAll(async () => {
  clinic = await startClinic();
  const door = await joined('anna', 'Anna', 'Hall', 'admin');
  [noor, ines] = await Promise.all([
    joined('noor', 'Noor', 'Haddad', 'nurse'),
    joined('ines', 'Ines', 'Costa', 'auditor'),
  ]);
  const { secret } = await door.call('account_totpStart');
  const app = new TOTP({ secret: Secret.fromBase32(secret) });
  codes.push(...(await door.call('account_totpFinish', { code: app.generate() })).recoveryCodes);
  const cookies = cookiesOf(door).map(({ url: _, ...cookie }) => {
    return { ...cookie, domain: 'localhost', path: '/', expires: -1, httpOnly: true, secure: false };
  });
  anna = { cookies, origins: [] };
});
afterAll(() => clinic.net.remove());

async function asAnna(path: string, options: BrowserContextOptions = {}): Promise<Watched> {
  const watched = await visit.open({ ...options, storageState: anna });
  await watched.page.goto(clinic.url + path);
  await settled(watched.page);
  return watched;
}

/** Does a grave act: shows the second factor where the node asks for it, and waits for what says that it is done. */
async function gravely(page: Page, click: () => Promise<void>, done: Locator): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Confirm that it is you' });
  await click();
  await dialog.or(done).first().waitFor();
  if (await dialog.isVisible()) {
    await dialog.getByRole('textbox').fill(codes.pop() as string);
    await button(page, 'Confirm').click();
  }
  await done.waitFor();
  anna = await page.context().storageState();
}

/** Methods that a page calls from now on. */
function calls(page: Page): string[] {
  const methods: string[] = [];
  page.on('request', (request) => {
    for (const [, method] of (request.postData() ?? '').matchAll(/"method":"(\w+)"/g)) methods.push(method as string);
  });
  return methods;
}

describe('who is no administrator', () => {
  async function refusedAt(page: Page, path: string): Promise<void> {
    await page.goto(clinic.url + path);
    await page.getByRole('heading', { level: 1, name: 'You may not see this page' }).waitFor();
    await page.getByText('It is for: Administrator').waitFor();
  }

  test('sees a refusal at each address, with a way out, and nothing is asked of the node', async () => {
    const { page } = await visit.open();
    await page.context().addCookies(cookiesOf(noor));
    const asked = calls(page);
    for (const path of [...ADMINISTRATORS, LOG]) await refusedAt(page, path);
    expect(asked).toContain('session_current');
    expect(asked.filter((method) => /^(admin|apikey)_/.test(method))).toEqual([]);
    expect(await axeFindings(page)).toEqual([]);
    expect(await page.getByRole('link', { name: 'People' }).count()).toBe(0);
  });

  test('reads the access log as auditor, with a refused call in it, sees that it is whole, and is covered without a session', async () => {
    expect(await noor.refusal('admin_users', {})).toBe('rpc.forbidden');
    const { page } = await visit.open();
    await page.context().addCookies(cookiesOf(ines));
    await refusedAt(page, '/admin/users');
    await page.getByRole('link', { name: 'Access log' }).first().click();
    const rows = page.getByRole('table', { name: 'Access log, newest first' }).locator('tbody tr');
    await rows.first().waitFor();
    await page.getByLabel('Outcome').selectOption('Refused');
    await expect.poll(() => new URL(page.url()).search).toBe('?outcome=refused');
    const refused = rows.filter({ hasText: 'admin_users' }).first();
    await refused.waitFor();
    expect((await refused.innerText()).split(/\s+/)).toEqual(
      expect.arrayContaining(['noor', 'Nurse', 'Refused', 'rpc.forbidden', '127.0.0.1']),
    );
    await expect.poll(() => rows.filter({ hasText: 'Permitted' }).count()).toBe(0);
    await page.getByLabel('Action').fill('no_such_method');
    await button(page, 'Show').click();
    await page.getByRole('heading', { name: 'No match' }).waitFor();
    await button(page, 'Remove filter: Action: no_such_method').click();
    await refused.waitFor();
    await button(page, 'Check now').click();
    await page.getByText('Every entry and every signature holds').waitFor();

    // The session ends meanwhile: the page is covered, not given up.
    await page.getByLabel('Action').fill('half typ');
    await page.context().clearCookies();
    await button(page, 'Check now').click();
    await page.getByRole('heading', { level: 1, name: 'You are signed out' }).waitFor();
    expect(await page.getByRole('link', { name: 'Access log' }).count()).toBe(0);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await button(page, 'Sign in').click();
    await expect.poll(() => page.getByLabel('Action').isVisible()).toBe(true);
    expect(await page.getByLabel('Action').inputValue()).toBe('half typ');
  });
});

describe('an administrator', () => {
  test('finds people, and admits somebody with another role than was asked for, with the second factor', async () => {
    const carl = madeUp(clinic.net.founded.bundle.genesis, 'carl');
    const asked = registration(carl, { kind: 'staff', roles: ['admin'] });
    await new Portal(clinic.url).call('account_register', asked);
    const { page, complaints } = await asAnna('/');
    await page.getByRole('link', { name: '1 registration or change waits for your decision' }).click();
    await page.getByRole('link', { name: 'Decide about Carl Example: Registration as Administrator' }).click();
    await page.getByRole('heading', { level: 1, name: 'Registration' }).waitFor();
    await page.getByLabel('Administrator').uncheck();
    await button(page, 'Approve').click();
    await page.getByRole('alert').getByRole('link', { name: 'Choose at least one role' }).click();
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('first-role');
    expect(await axeFindings(page)).toEqual([]);
    await page.getByLabel('Reception').check();
    const done = page.getByRole('heading', { name: 'Approved' });
    await gravely(page, () => button(page, 'Approve').click(), done);
    expect(codes).toHaveLength(9);

    await page.getByRole('link', { name: 'People' }).first().click();
    const rows = page.getByRole('table', { name: /people$/ }).locator('tbody tr');
    await expect.poll(() => rows.count()).toBe(4);
    await page.getByLabel('Name or e-mail').fill('carl');
    await page.getByLabel('Name or e-mail').press('Enter');
    await expect.poll(() => rows.count()).toBe(0);
    const found = page.getByRole('table', { name: '1 person' }).locator('tbody tr');
    await found.filter({ hasText: 'Active' }).waitFor();
    await found.filter({ hasText: 'Reception' }).waitFor();
    // A name is not for addresses.
    expect(page.url()).toBe(`${clinic.url}/admin/users`);
    await page.getByLabel('Role').selectOption('Doctor');
    await page.getByRole('heading', { name: 'No match' }).waitFor();
    await button(page, 'Clear filters').click();
    await expect.poll(() => rows.count()).toBe(4);
    expect(complaints).toEqual([]);
  });

  test('sees the photo that waits, and refuses it only with a reason', async () => {
    await noor.call('account_photoPut', { type: 'image/png', bytes: PNG });
    const { page } = await asAnna('/admin/approvals');
    await page.getByRole('link', { name: 'Decide about Noor Haddad: New photo' }).click();
    const image = page.getByRole('img', { name: 'Photo of Noor Haddad' });
    await image.waitFor();
    expect(await image.getAttribute('src')).toBe(`data:image/png;base64,${PNG}`);
    await button(page, 'Refuse').click();
    await page.getByRole('alert').getByText('Say why you refuse; the person is told').waitFor();
    expect(await page.title()).toMatch(/^Error: /);
    await page.getByLabel('Reason').fill('Nobody is on it');
    await gravely(page, () => button(page, 'Refuse').click(), page.getByRole('heading', { name: 'Refused' }));
    await page.getByRole('link', { name: 'Go to what waits' }).click();
    await page.getByRole('heading', { name: 'Nothing waits' }).waitFor();
    const me = await noor.call('account_me');
    expect({ photo: me.photo, changes: me.changes }).toEqual({ photo: false, changes: [] });
  });

  test('invites by a link that is shown once, and revokes it', async () => {
    const { page } = await asAnna('/admin/invitations');
    await page.getByLabel('Doctor').check();
    await page.getByLabel('Name (if you like)').fill('Maria Lopez');
    const made = page.getByRole('region', { name: 'The invitation is made' });
    await gravely(page, () => button(page, 'Make the invitation').click(), made);
    const link = /http:\S+\/register#[\w-]+/.exec(await made.innerText())?.[0] ?? '';
    await page.getByRole('img', { name: 'QR code of the link' }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    const guest = await visit.open();
    await guest.page.goto(link);
    await guest.page.getByText('You were invited to this clinic.').waitFor();
    await button(page, 'I have kept it').click();
    expect(await page.locator('main').innerText()).not.toContain('/register#');
    await button(page, 'Revoke the invitation for Maria Lopez').click();
    await page.getByText('Revoked. The link opens nothing any more.').waitFor();
    await page.getByText('No invitation is open.').waitFor();
    const token = link.split('#')[1] as string;
    expect(await new Portal(clinic.url).refusal('account_invitation', { token })).toBe('account.bad-link');
  });

  test('makes a key that applications use over REST as far as its scopes go, and ends it', async () => {
    const { page } = await asAnna('/admin/api-keys');
    await page.getByText('There is no key yet.').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('Ward board');
    await page.getByLabel('node:read').check();
    const made = page.getByRole('region', { name: 'Key for Ward board' });
    await gravely(page, () => button(page, 'Make the key').click(), made);
    const secret = /wmk_[\w-]+/.exec(await made.innerText())?.[0] ?? '';
    const headers = { authorization: `Bearer ${secret}` };
    const statusOf = async (path: string) => (await fetch(`${clinic.url}/api/v1/${path}`, { headers })).status;
    expect([await statusOf('admin/stats'), await statusOf('admin/approvals')]).toEqual([200, 403]);
    await page.reload();
    await settled(page);
    expect(await page.content()).not.toContain(secret);
    const row = page.getByRole('table', { name: 'API keys' }).locator('tbody tr');
    await row.filter({ hasText: '127.0.0.1' }).waitFor();
    await page.getByRole('link', { name: 'End key Ward board' }).click();
    const over = page.getByRole('heading', { name: 'The key is ended' });
    await gravely(page, () => button(page, 'End this key').click(), over);
    expect(await statusOf('admin/stats')).toBe(401);
  });

  test('gives a role, and suspends: signed out at once, and told so at the next sign-in', async () => {
    const { page } = await asAnna('/admin/users');
    const theirs = await visit.open();
    await theirs.page.context().addCookies(cookiesOf(noor));
    await theirs.page.goto(`${clinic.url}/account`);
    await theirs.page.getByRole('heading', { level: 1, name: 'Your profile' }).waitFor();

    await page.getByRole('link', { name: 'Noor Haddad' }).click();
    await page.getByRole('heading', { level: 1, name: 'Person' }).waitFor();
    expect(await page.title()).not.toContain('Noor');
    const select = page.getByRole('combobox', { name: 'Role' });
    await select.selectOption('Researcher');
    await page.getByLabel('Reason').fill('Helps with the study');
    const sent = page.getByText(/^Sent to all clinics\. Status: (Queued|Pending|Applied|Final)\.$/);
    await gravely(page, () => button(page, 'Give role').click(), sent);
    // Without another visit: the page follows the statement to the chain.
    const roles = page.getByRole('table', { name: 'Roles' }).locator('tbody tr');
    await roles.filter({ hasText: 'Researcher' }).waitFor();

    await page.getByRole('link', { name: 'Suspend' }).click();
    await button(page, 'Suspend this person').click();
    await page.getByRole('alert').getByText('Say why').waitFor();
    await page.getByLabel('Reason').fill('Left the clinic');
    const done = page.getByRole('heading', { name: 'The person is suspended' });
    await gravely(page, () => button(page, 'Suspend this person').click(), done);
    await theirs.page.getByRole('heading', { level: 1, name: 'You are signed out' }).waitFor();
    await page.getByRole('link', { name: 'Go to all people' }).click();
    const row = page.getByRole('table', { name: /people$/ }).locator('tbody tr');
    await row.filter({ hasText: 'Noor' }).filter({ hasText: 'Suspended' }).waitFor();
    await expect(entered(clinic.url, 'noor')).rejects.toMatchObject({ code: 'session.suspended' });
  });

  test('saves every row of a list as a file, not of the page alone, in which nothing calculates', async () => {
    await enrol(clinic, { name: 'rex', given: '=1+1,', family: '"two"' }, ['nurse']);
    const { users, total } = await clinic.net.client(1).call('admin_users', { limit: 1 });
    const { page, complaints } = await asAnna(`/admin/users?after=${users[0]?.user}`);
    const rows = page.getByRole('table', { name: /people$/ }).locator('tbody tr');
    await expect.poll(() => rows.count()).toBe(total - 1);
    const download = page.waitForEvent('download');
    await button(page, 'Save all rows as CSV').click();
    const file = await download;
    await page.getByText(`Saved ${total} rows.`).waitFor();
    expect(file.suggestedFilename()).toBe('people.csv');
    const lines = (await readFile(await file.path(), 'utf8')).split('\r\n');
    expect(lines[0]).toContain('Last sign-in here (UTC)');
    expect(lines).toHaveLength(total + 2);
    expect(lines.filter((line) => line.startsWith(`"'=1+1, ""two""",rex,`))).toHaveLength(1);
    expect(complaints).toEqual([]);
  });
});

describe('every page of the administrators', () => {
  const long = 'Llanfairpwll'.repeat(7);
  let pages: readonly string[];
  beforeAll(async () => {
    const operator = clinic.net.client(1);
    await enrol(clinic, { name: 'dora', given: '<b>Dora</b>', family: `${long} عيادة` }, ['doctor']);
    const pat = madeUp(clinic.net.founded.bundle.genesis, 'pat', 'pat@example.org');
    await new Portal(clinic.url).call('account_register', registration(pat, { kind: 'patient' }));
    const until = Date.now() + 86_400_000;
    await operator.call('admin_invite', { kind: 'staff', roles: ['doctor', 'auditor'], until, name: long });
    const { user } = (await operator.call('admin_users', { search: 'dora' })).users[0] ?? { user: '' };
    const { id } = (await operator.call('admin_approvals', {})).approvals[0] ?? { id: '' };
    pages = [
      ...[...LISTS, LOG, `/admin/approvals/${id}`, `/admin/users/${user}`, `/admin/users/${user}/erase`],
      ...[`/admin/users/${NOBODY}`, '/admin/users?state=refused', '/admin/api-keys/0123456789abcdef'],
    ];
  });

  test.each([
    ['light', 1280],
    ['dark', 320],
  ] as const)('everybody: axe finds nothing, and the width is enough: %s, %i pixels', async (colorScheme, width) => {
    // High enough for the bar at the foot to lie over nothing.
    const { page, complaints, foreign } = await asAnna('/', { colorScheme, viewport: { width, height: 3000 } });
    for (const path of pages) {
      await page.goto(clinic.url + path);
      await settled(page);
      expect(await page.locator('h1:visible').count(), path).toBe(1);
      expect(await page.locator('main b').count(), path).toBe(0);
      expect(await axeFindings(page), path).toEqual([]);
      expect(await overflow(page), path).toBeLessThanOrEqual(0);
    }
    expect({ complaints, foreign }).toEqual({ complaints: [], foreign: [] });
  });
});
