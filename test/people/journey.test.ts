// A person's way at one real clinic, over HTTP with cookies: from the first link to signing out, and through a restart.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeFirstAdministratorToken } from '../../node/people/first-administrator.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { type MadeUp, madeUp, Portal, registration, signIn } from '../helpers/portal.ts';
import { waitFor } from '../helpers/wait-for.ts';

const MINUTE = 60_000;
let net: TestNodes;
let anna: MadeUp;

beforeAll(async () => {
  net = await TestNodes.found({ clinics: 1 });
}, 4 * MINUTE);
afterAll(() => net.remove(), MINUTE);

const portal = () => new Portal(net.clinic(1).url);

describe('a person at one clinic', { timeout: 4 * MINUTE }, () => {
  it('becomes the first administrator by the one-time link, signs in over a restart with rights that grow, and out', async () => {
    const token = await writeFirstAdministratorToken(net.clinic(1).paths.firstAdministrator);
    // Without a miner nothing is applied: the role comes after the session.
    await net.start(1, { 'mining-threads': '0' });
    const browser = portal();
    expect((await browser.call('session_current')).registration.firstAdministrator).toBe(true);
    expect((await browser.call('account_invitation', { token })).kind).toBe('first-administrator');
    anna = madeUp(net.founded.bundle.genesis, 'anna');
    const registered = await browser.call('account_register', registration(anna, { token }));
    expect(registered.state).toBe('active');
    const again = madeUp(net.founded.bundle.genesis, 'bert');
    expect(await browser.refusal('account_register', registration(again, { token }))).toBe('account.bad-link');

    const { session, vault } = await signIn(browser, anna);
    expect(session).toMatchObject({ name: 'anna', account: anna.account, hasSecondFactor: false, mustSetUp: null });
    expect(vault).toBe(anna.vault);
    expect(session.roles).toEqual([]);
    const first = browser.session;
    await net.stop(1);
    await net.start(1);
    expect((await browser.call('session_current')).session?.name).toBe('anna');
    await waitFor(async () => (await browser.call('session_current')).session?.roles.includes('admin'), {
      timeoutMs: MINUTE,
      what: 'the role on the chain',
    });
    // More rights came: the secret in the cookie is another one, at the latest with the next answer.
    expect((await browser.call('session_current')).registration.firstAdministrator).toBe(false);
    expect(browser.session).not.toBe(first);
    const shown = String(browser.session);
    expect(await browser.call('session_signOut')).toEqual({ ended: true });
    expect(browser.session).toBeUndefined();
    const [[name]] = [...browser.cookies].filter(([one]) => one.includes('device'));
    browser.cookies.set(name.replace('-device', ''), shown);
    expect((await browser.call('session_current')).session).toBeNull();
  });
});
