// What administrators do, at one real clinic over HTTP with cookies, a second factor and a mail server: invite, decide,
// give roles, suspend, erase, read the event log. Also as the operator with the command.
import { readFileSync } from 'node:fs';
import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { run } from '../../cli/main.ts';
import { STAYS } from '../../node/services/admin-people.ts';
import { adminMethods } from '../../rpc/schema/admin.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { type MadeUp, madeUp, Portal, registration, signIn } from '../helpers/portal.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { partsOf, type SmtpFixture, startSmtpServer } from '../mail/smtp.ts';

const MINUTE = 60_000;
const DAY_MS = 86_400_000;
let net: TestNodes;
let smtp: SmtpFixture;
let admin: Portal;
let anna: MadeUp;

const portal = (): Portal => new Portal(net.clinic(1).url);
const operator = () => net.client(1);
const wayIn = ({ name, auth }: MadeUp) => ({ name, auth });
const made = (name: string, email?: string): MadeUp => madeUp(net.founded.bundle.genesis, name, email);
const textTo = (address: string): string[] =>
  smtp.mails.filter(({ to }) => to.includes(address)).map(({ raw }) => partsOf(raw).text);

async function command(...words: string[]): Promise<{ code: number; out: string; error: string }> {
  const before = process.exitCode;
  process.exitCode = 0;
  let out = '';
  let error = '';
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      out += String(text);
      return true;
    }),
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      error += String(text);
      return true;
    }),
  ];
  const { url, paths } = net.clinic(1);
  const token = readFileSync(paths.operatorToken, 'utf8').trim();
  try {
    await run([...words, '--node', url, '--token', token]);
    return { code: Number(process.exitCode), out, error };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.exitCode = before;
  }
}

beforeAll(async () => {
  net = await TestNodes.found({ clinics: 1 });
  smtp = await startSmtpServer();
  await net.start(1, {
    'mail-host': '127.0.0.1',
    'mail-port': String(smtp.port),
    'mail-security': 'none',
    'mail-from': 'wardmesh@northside.example',
  });
  const { token } = await operator().call('admin_firstAdministrator', {});
  anna = made('anna', 'anna@northside.example');
  await portal().call('account_register', registration(anna, { token }));
  admin = portal();
  await signIn(admin, anna);
  await waitFor(async () => (await admin.call('session_current')).session?.roles.includes('admin'), {
    timeoutMs: MINUTE,
    intervalMs: 200,
    what: 'the role of the first administrator',
  });
  const { secret } = await admin.call('account_totpStart');
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  const { recoveryCodes } = await admin.call('account_totpFinish', { code: totp.generate() });
  // Signed in anew with a second factor: fresh for all that follows.
  await admin.call('session_signOut');
  const step = await admin.call('session_signIn', wayIn(anna));
  if (step.step !== 'second-factor') throw new Error('no second factor was asked for');
  await admin.call('session_factor', { ticket: step.ticket, method: 'recovery-code', code: recoveryCodes[0] });
}, 2 * MINUTE);
afterAll(async () => {
  await net?.remove();
  await smtp?.stop();
}, MINUTE);

describe('an administrator', { timeout: 2 * MINUTE }, () => {
  it('comes by a one-time link that only the operator gets, and only while there is none', async () => {
    await expect(operator().call('admin_firstAdministrator', {})).rejects.toMatchObject({
      code: 'people.has-administrator',
    });
    expect(await admin.refusal('admin_firstAdministrator')).toBe('rpc.forbidden');
  });

  it('invites by a link that is mailed, good once, and carries the token behind its #', async () => {
    const until = Date.now() + DAY_MS;
    const email = 'bert@northside.example';
    const { link, token, mailed } = await admin.call('admin_invite', {
      kind: 'staff',
      roles: ['doctor'],
      until,
      email,
    });
    expect(link).toBe(`${net.clinic(1).url.replace('127.0.0.1', 'localhost')}/register#${token}`);
    expect(mailed).toBe(true);
    await waitFor(() => textTo(email).length === 1, { what: 'the mail' });
    expect(textTo(email)[0]).toContain(link);
    const bert = made('bert', email);
    expect((await portal().call('account_register', registration(bert, { token }))).state).toBe('active');
    expect(await portal().refusal('account_register', registration(made('eve'), { token }))).toBe('account.bad-link');
    await waitFor(
      async () => {
        const { users } = await admin.call('admin_users', { search: 'bert', role: 'doctor' });
        return users.length === 1 && users[0].state === 'active';
      },
      { timeoutMs: MINUTE, intervalMs: 200, what: 'the role on the chain' },
    );
    expect(await admin.refusal('admin_invite', { kind: 'staff', roles: ['doctor'], until: 1 })).toBe('people.until');

    const open = await admin.call('admin_invite', { kind: 'staff', roles: [], until, name: 'Nobody yet' });
    const { invitations } = await admin.call('admin_invitations');
    expect(invitations).toMatchObject([{ id: open.id, name: 'Nobody yet' }]);
    expect(JSON.stringify(invitations)).not.toContain(open.token);
    await admin.call('admin_inviteRevoke', { id: open.id });
    expect(await portal().refusal('account_invitation', { token: open.token })).toBe('account.bad-link');
  });

  it('approves and refuses who registered without an invitation, and both are told', async () => {
    const carl = made('carl', 'carl@example.org');
    const dora = made('dora', 'dora@example.org');
    for (const person of [carl, dora]) {
      const asked = { kind: 'staff', roles: ['nurse'] } as const;
      expect((await portal().call('account_register', registration(person, asked))).state).toBe('waiting');
    }
    expect(await portal().refusal('session_signIn', wayIn(carl))).toBe('session.waiting');
    const { approvals } = await admin.call('admin_approvals');
    expect(approvals.map(({ name, kind, asked }) => [name, kind, asked])).toEqual([
      ['carl', 'registration', ['nurse']],
      ['dora', 'registration', ['nurse']],
    ]);
    const [first, second] = approvals;
    const roles = [{ role: 'reception' as const, until: Date.now() + DAY_MS }];
    await admin.call('admin_decide', { approval: first.id, decision: 'approve', reason: '', roles });
    await admin.call('admin_decide', { approval: second.id, decision: 'refuse', reason: 'Not known here' });
    const again = { approval: first.id, decision: 'approve', reason: '' } as const;
    expect(['people.decided', 'people.unknown']).toContain(await admin.refusal('admin_decide', again));
    await signIn(portal(), carl);
    expect(await portal().refusal('session_signIn', wayIn(dora))).toBe('session.refused');
    await waitFor(() => textTo('carl@example.org').length >= 2 && textTo('dora@example.org').length >= 2, {
      what: 'the mails',
    });
    expect(textTo('dora@example.org').at(-1)).toContain('Not known here');
    const { roles: held } = (await admin.call('admin_users', { search: 'carl' })).users[0];
    await waitFor(
      async () => {
        const [user] = (await admin.call('admin_users', { search: 'carl' })).users;
        return user.roles.some(({ role }) => role === 'reception');
      },
      { timeoutMs: MINUTE, intervalMs: 200, what: `the role (${JSON.stringify(held)})` },
    );
  });

  it('suspends a person: signed out, not let in again, told by mail without the reason; never the last administrator', async () => {
    const email = 'gina@example.org';
    const { token } = await admin.call('admin_invite', {
      kind: 'staff',
      roles: ['doctor'],
      until: Date.now() + DAY_MS,
    });
    const gina = made('gina', email);
    const browser = portal();
    await portal().call('account_register', registration(gina, { token }));
    await signIn(browser, gina);
    const { user } = (await admin.call('admin_users', { search: 'gina' })).users[0];
    const listed = await admin.call('admin_sessions', { user });
    expect(listed.sessions).toMatchObject([{ user, name: 'gina', clinic: 1 }]);
    expect(await admin.call('admin_endSessions', { user, session: listed.sessions[0].id })).toEqual({ ended: 1 });
    expect((await browser.call('session_current')).session).toBeNull();
    await signIn(browser, gina);

    await admin.call('admin_suspend', { user, reason: 'left on Friday' });
    expect((await browser.call('session_current')).session).toBeNull();
    expect(await browser.refusal('session_signIn', wayIn(gina))).toBe('session.suspended');
    expect((await admin.call('admin_user', { user })).state).toBe('suspended');
    await waitFor(() => textTo(email).some((text) => text.includes('is suspended')), { what: 'the mail' });
    expect(textTo(email).join()).not.toContain('left on Friday');

    const me = (await admin.call('admin_users', { role: 'admin' })).users[0].user;
    expect(await admin.refusal('admin_suspend', { user: me, reason: 'x' })).toBe('people.own');
    await expect(operator().call('admin_suspend', { user: me, reason: 'x' })).rejects.toMatchObject({
      code: 'people.last-administrator',
    });
  });

  it('gives the own roles only while nobody else could, and finds why a role was given', async () => {
    const me = (await admin.call('admin_users', { search: 'anna' })).users[0].user;
    const until = Date.now() + DAY_MS;
    const own = { user: me, role: 'auditor', until, reason: 'Nobody else is here yet' } as const;
    expect((await admin.call('admin_setRole', own)).statement.id).toMatch(/^[0-9a-f]{64}$/);
    const { decisions } = await admin.call('admin_user', { user: me });
    expect(decisions[0]).toMatchObject({ kind: 'role', by: me, byName: 'anna', reason: own.reason });
    expect(decisions[0].change.map(({ to }) => to)).toEqual(['auditor', '1', new Date(until).toISOString()]);

    const { token } = await admin.call('admin_invite', { kind: 'staff', roles: ['admin'], until });
    await portal().call('account_register', registration(made('olga'), { token }));
    const other = async () => (await admin.call('admin_users', { search: 'olga', role: 'admin' })).users[0]?.user;
    const olga = await waitFor(other, { timeoutMs: MINUTE, intervalMs: 200, what: 'a second administrator' });
    expect(await admin.refusal('admin_setRole', { ...own, role: 'doctor' })).toBe('people.own');
    expect(await admin.refusal('admin_setRole', { ...own, until: null })).toBe('people.own');
    await operator().call('admin_setRole', { ...own, until: null, reason: 'Not needed' });
    expect((await admin.call('admin_user', { user: me })).decisions[0]).toMatchObject({
      by: null,
      reason: 'Not needed',
    });
    await admin.call('admin_setRole', { user: olga, role: 'admin', until: null, reason: 'Was needed once' });
  });

  it('needs a fresh second factor for invitations, decisions, roles, suspension and erasure', async () => {
    const frida = made('frida');
    const until = Date.now() + DAY_MS;
    const { token } = await admin.call('admin_invite', { kind: 'staff', roles: ['admin'], until });
    await portal().call('account_register', registration(frida, { token }));
    const browser = portal();
    await signIn(browser, frida);
    await waitFor(async () => (await browser.call('session_current')).session?.roles.includes('admin'), {
      timeoutMs: MINUTE,
      intervalMs: 200,
    });
    const { user } = (await admin.call('admin_users', { search: 'gina' })).users[0];
    const reason = 'test';
    const factorNeeded = 'session.factor-needed';
    expect(await browser.refusal('admin_setRole', { user, role: 'nurse', until, reason })).toBe(factorNeeded);
    expect(await browser.refusal('admin_suspend', { user, reason })).toBe(factorNeeded);
    expect(await browser.refusal('admin_invite', { kind: 'staff', roles: ['admin'], until })).toBe(factorNeeded);
    const decision = { approval: user, decision: 'approve', reason } as const;
    expect(await browser.refusal('admin_decide', decision)).toBe(factorNeeded);
    expect(await browser.refusal('admin_erase', { user, reason })).toBe(factorNeeded);
    const other = (await admin.call('admin_users', { search: 'frida' })).users[0].user;
    await admin.call('admin_setRole', { user: other, role: 'admin', until: null, reason });
    // Obeyed from receipt.
    expect(await browser.refusal('admin_users')).toBe('rpc.forbidden');
  });

  it('erases a person: nothing of the record is found again, and what stays is said', async () => {
    const email = 'henry.unusual@example.org';
    const { token } = await admin.call('admin_invite', { kind: 'staff', roles: [], until: Date.now() + DAY_MS });
    const henry = made('henry', email);
    await portal().call('account_register', registration(henry, { token }));
    const { user } = (await admin.call('admin_users', { search: 'henry' })).users[0];
    const { stays } = await admin.call('admin_erase', { user, reason: 'asked for it' });
    expect(stays).toEqual([...STAYS]);
    expect(await admin.refusal('admin_user', { user })).toBe('people.unknown');
    expect((await admin.call('admin_users', { search: 'henry' })).total).toBe(0);
    expect(await portal().refusal('session_signIn', wayIn(henry))).toBe('session.refused');
    // A name that nobody has: the salt is a made-up one.
    expect((await portal().call('session_start', { name: 'henry' })).salt).not.toBe(henry.salt);
  });

  it('pages through people and through the event log, by filter, without gap or repetition', async () => {
    const all = (await admin.call('admin_users', { limit: 200 })).users.map(({ user }) => user);
    const paged: string[] = [];
    for (let after: string | undefined; ; ) {
      const page = await admin.call('admin_users', { limit: 2, after });
      paged.push(...page.users.map(({ user }) => user));
      if (page.next === null) break;
      after = page.next;
    }
    expect(paged).toEqual(all);

    const stranger = portal();
    for (let index = 0; index < 3; index++) await stranger.refusal('admin_users');
    const refused = await admin.call('admin_accessLog', { outcome: 'refused', method: 'admin_users', limit: 50 });
    expect(refused.entries[0]).toMatchObject({ action: 'admin_users', outcome: 'refused', code: 'rpc.unauthorized' });
    const numbers: number[] = [];
    for (let after: number | undefined; ; ) {
      const page = await admin.call('admin_accessLog', { outcome: 'permitted', limit: 3, after });
      numbers.push(...page.entries.map(({ number }) => number));
      if (page.next === null) break;
      after = page.next;
    }
    expect(numbers).toEqual([...numbers].sort((a, b) => b - a));
    expect(new Set(numbers).size).toBe(numbers.length);
    const { user } = (await admin.call('admin_users', { search: 'gina' })).users[0];
    const about = await admin.call('admin_accessLog', { object: user, limit: 50 });
    expect(about.entries.map(({ action }) => action)).toContain('admin_suspend');
    expect(JSON.stringify(about)).not.toContain(user);
    const state = await admin.call('admin_accessLogCheck');
    expect(state.broken).toBeNull();
    expect(state.entries).toBeGreaterThan(10);
  });

  it('sees how the clinic is, and whether mail gets through', async () => {
    const stats = await admin.call('admin_stats');
    expect(stats.users.active).toBeGreaterThan(2);
    expect(stats.users.suspended).toBe(1);
    expect(stats.sessions).toBeGreaterThan(0);
    expect(stats.storage.map(({ name }) => name)).toEqual(expect.arrayContaining(['chain', 'people', 'outbox']));
    expect(stats.mail).toMatchObject({ configured: true });
    await admin.call('admin_mailTest', { to: 'anna@northside.example' });
    await waitFor(() =>
      textTo('anna@northside.example').some((text) => text.includes('Mail from this clinic arrives')),
    );
    expect(await admin.call('admin_mail')).toMatchObject({ configured: true, outage: null });
  });
});

describe('everybody else', { timeout: MINUTE }, () => {
  it('is refused every admin method; who watches over access reads the event log alone', async () => {
    const { token } = await admin.call('admin_invite', {
      kind: 'staff',
      roles: ['auditor'],
      until: Date.now() + DAY_MS,
    });
    const ines = made('ines');
    await portal().call('account_register', registration(ines, { token }));
    const auditor = portal();
    await signIn(auditor, ines);
    await waitFor(async () => (await auditor.call('session_current')).session?.roles.includes('auditor'), {
      timeoutMs: MINUTE,
      intervalMs: 200,
    });
    expect((await auditor.call('admin_accessLog', { limit: 1 })).entries).toHaveLength(1);
    const id = 'ab'.repeat(16);
    const until = Date.now() + DAY_MS;
    const params: { readonly [M in keyof typeof adminMethods]?: object } = {
      admin_user: { user: id },
      admin_approvalPhoto: { approval: id },
      admin_decide: { approval: id, decision: 'approve', reason: '' },
      admin_setRole: { user: id, role: 'admin', until, reason: 'x' },
      admin_suspend: { user: id, reason: 'x' },
      admin_erase: { user: id, reason: 'x' },
      admin_endSessions: { user: id },
      admin_invite: { kind: 'staff', roles: ['admin'], until },
      admin_inviteRevoke: { id },
      admin_mailTest: { to: 'x@example.org' },
    };
    for (const method of Object.keys(adminMethods) as (keyof typeof adminMethods)[]) {
      const given = (params[method] ?? {}) as never;
      expect(await portal().refusal(method, given), method).toBe('rpc.unauthorized');
      if (method.startsWith('admin_accessLog')) continue;
      expect(await auditor.refusal(method, given), method).toBe('rpc.forbidden');
    }
  });
});

describe('the command', { timeout: 2 * MINUTE }, () => {
  it('does for the operator what the pages do for administrators, as text and as JSON, and ends with its exit codes', async () => {
    const list = JSON.parse((await command('--json', 'user', 'list')).out);
    expect(list.users.map(({ name }: { name: string }) => name)).toContain('anna');
    const shown = await command('user', 'show', 'anna');
    expect(shown.out).toContain('anna@northside.example');
    expect((await command('user', 'show', 'nobody')).code).toBe(5);
    const invited = JSON.parse((await command('--json', 'user', 'invite', '--role', 'nurse', '--for', '30d')).out);
    expect(invited.link).toMatch(/\/register#/);
    expect((await command('user', 'invitations', '--revoke', invited.id)).code).toBe(0);
    expect((await command('account', 'first-admin')).code).toBe(4);
    const kurt = made('kurt');
    await portal().call('account_register', registration(kurt, { kind: 'staff', roles: ['nurse'] }));
    expect((await command('user', 'approvals')).out).toContain('Kurt Example');
    expect((await command('user', 'approve', 'kurt', '--role', 'reception', '--for', '30d')).code).toBe(0);
    expect((await command('user', 'role', 'kurt', 'nurse', '--reason', 'x')).code).toBe(2);
    const role = await command('--json', 'user', 'role', 'kurt', 'nurse', '--for', '30d', '--reason', 'helps out');
    expect(JSON.parse(role.out).statement.id).toMatch(/^[0-9a-f]{64}$/);
    await signIn(portal(), kurt);
    expect((await command('session', 'list', '--user', 'kurt')).out).toContain('Firefox');
    expect((await command('session', 'end', 'kurt')).out).toContain('1 ended');
    expect((await command('user', 'suspend', 'kurt', '--reason', 'left')).code).toBe(0);
    expect((await command('user', 'erase', 'kurt', '--reason', 'left')).code).toBe(2);
    const erased = await command('user', 'erase', 'kurt', '--reason', 'left', '--yes');
    expect(erased.out).toContain(STAYS[0]);
    expect((await command('log', 'list', '--outcome', 'permitted', '--limit', '5')).out).toContain('operator');
    expect((await command('log', 'check')).out).toContain('hold');
    expect((await command('mail', 'test', 'anna@northside.example')).code).toBe(0);
    expect((await command('mail', 'status')).out).toContain('gets through');
  });
});

describe('docs/ADMIN.md', { timeout: 2 * MINUTE }, () => {
  const page = readFileSync(new URL('../../docs/ADMIN.md', import.meta.url), 'utf8');

  it('has commands that all run as they stand there, in their order', async () => {
    for (const name of ['noor', 'sam']) {
      await portal().call('account_register', registration(made(name), { kind: 'staff', roles: ['nurse'] }));
    }
    const lines = page.split('\n').filter((line) => line.startsWith('    wardmesh '));
    expect(lines.length).toBeGreaterThan(15);
    for (const line of lines) {
      const words = [...line.trim().matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare).slice(1);
      const { code, error } = await command(...words);
      // The clinic of this test has its administrator.
      const expected = words.join(' ') === 'account first-admin' ? 4 : 0;
      expect(code, `${line}\n${error}`).toBe(expected);
    }
  });

  it('says what an erasure leaves in the words of the method', () => {
    for (const line of STAYS) expect(page).toContain(`\n- ${line}\n`);
  });
});
