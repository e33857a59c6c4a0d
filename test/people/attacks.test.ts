// What attackers do with signing in, at a real clinic over HTTP: ask who there is by answer and by work, spray, plant and
// replay, show proofs made for other pages, write markup into every field, flood. docs/THREATS.md says which test has which.
import { Secret, TOTP } from 'otpauth';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createLogger } from '../../common/logger.ts';
import { SPRAYING } from '../../identity/sign-in/lockout.ts';
import { MAX_WAITING_CHECKS } from '../../identity/sign-in/password.ts';
import { writeFirstAdministratorToken } from '../../node/people/first-administrator.ts';
import { TestNodes } from '../helpers/nodes.ts';
import { type MadeUp, madeUp, Portal, registration, signIn } from '../helpers/portal.ts';
import {
  type AssertionRequest,
  type CreationRequest,
  SoftwareAuthenticator,
} from '../helpers/software-authenticator.ts';
import { waitFor } from '../helpers/wait-for.ts';
import { partsOf, type SmtpFixture, startSmtpServer } from '../mail/smtp.ts';

const MINUTE = 60_000;
const WRONG = '00'.repeat(32);
const EVIL = 'http://evil.example';
const log: string[] = [];
let net: TestNodes;
let smtp: SmtpFixture;
let url: string;
let anna: MadeUp;
let networks = 0;

const people = () => net.node(1).people;
/** An address in a network where nobody was before. */
const elsewhere = () => `10.${networks >> 8}.${networks++ & 255}.9`;
const browser = (address = elsewhere()) => new Portal(url, { 'x-forwarded-for': address });

/** The whole answer, but for what is of the moment. */
async function raw(method: string, params: unknown, address: string): Promise<string> {
  const response = await fetch(`${url}/rpc`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url, 'x-forwarded-for': address },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const headers = [...response.headers].filter(([name]) => name !== 'date' && name !== 'content-length');
  const text = (await response.text()).replace(/"retryAfterMs":[\d.]+/, '').replace(/again in \d+ s/, '');
  return JSON.stringify([
    response.status,
    headers.map(([name, value]) => (name === 'retry-after' ? name : value)),
    text,
  ]);
}

async function invited(name: string, email?: string): Promise<MadeUp> {
  const person = madeUp(net.founded.bundle.genesis, name, email);
  const until = Date.now() + 86_400_000;
  const { token } = await people().users.invite({ kind: 'staff', roles: [], until, by: null });
  await browser().call('account_register', registration(person, { token }));
  return person;
}

/** One of each kind of names, known and unknown: nothing may tell them apart. */
const NAMES = ['anna', 'waldo', 'susan', 'nobody', 'constructor', '__proto__', 'no such name', '<b>', 'é'.repeat(40)];

beforeAll(async () => {
  const destination = { write: (line: string) => void log.push(line) };
  net = await TestNodes.found({ clinics: 1, logger: createLogger({ level: 'trace', destination }) });
  smtp = await startSmtpServer();
  const token = await writeFirstAdministratorToken(net.clinic(1).paths.firstAdministrator);
  // Nothing is applied without a miner, and nothing here needs a block.
  await net.start(1, {
    ...{ 'mining-threads': '0', 'http-trusted-proxies': '127.0.0.1', 'mail-from': 'portal@clinic.example' },
    ...{ 'mail-host': '127.0.0.1', 'mail-port': String(smtp.port), 'mail-security': 'none' },
  });
  // How dear a hash is has tests of its own; here it is how many.
  const { passwords } = people().signIn['modules'];
  const cheap = { N: 2, r: 1, p: 1 };
  Object.assign(passwords, { scrypt: cheap, nobody: { ...passwords['nobody'], ...cheap } });
  // By its name: passkeys know no numbers.
  url = net.clinic(1).url.replace('127.0.0.1', 'localhost');
  anna = madeUp(net.founded.bundle.genesis, 'anna', 'anna@clinic.example');
  await browser().call('account_register', registration(anna, { token }));
  const waldo = madeUp(net.founded.bundle.genesis, 'waldo');
  await browser().call('account_register', registration(waldo, { kind: 'patient' }));
  await invited('susan');
  await people().users.suspend(String(people().index.byName('susan')?.user), '', null);
}, 4 * MINUTE);
afterAll(async () => {
  await net?.remove();
  await smtp?.stop();
}, MINUTE);

describe('who there is', { timeout: MINUTE }, () => {
  it('is in no answer: a wrong password, a salt, a reset answer alike for every name, to the last byte', async () => {
    for (const [method, params] of [
      ['session_signIn', (name: string) => ({ name, auth: WRONG })],
      ['account_resetStart', (nameOrMail: string) => ({ nameOrMail })],
    ] as const) {
      const answers = await Promise.all(NAMES.map((name) => raw(method, params(name), elsewhere())));
      expect(new Set(answers).size, answers.join('\n')).toBe(1);
    }
    const salts = await Promise.all(NAMES.map((name) => raw('session_start', { name }, elsewhere())));
    expect(new Set(salts.map((text) => text.replace(/[0-9a-f]{32}/, ''))).size, salts.join('\n')).toBe(1);
    expect(new Set(salts).size).toBe(NAMES.length);
    expect(await Promise.all(NAMES.map((name) => raw('session_start', { name }, elsewhere())))).toEqual(salts);
  });

  it('is not in how often one may guess, from a strange network or from one where somebody signed in', async () => {
    const home = elsewhere();
    await signIn(browser(home), anna);
    for (const here of [elsewhere(), home]) {
      const codes = await Promise.all(
        ['anna', 'nobody'].map(async (name) => {
          const said: string[] = [];
          for (let guess = 0; guess < 12; guess++) said.push(await raw('session_signIn', { name, auth: WRONG }, here));
          return said;
        }),
      );
      expect(codes[1]).toEqual(codes[0]);
      expect(codes[0][0]).toContain('session.refused');
      expect(codes[0][11]).toContain('rpc.rate-limited');
    }
  });

  it('is not in the time it takes: as many costly hashes and reads of the database for every name', async () => {
    const { signIn: steps } = people();
    const hashes = vi.spyOn(steps['modules'].passwords['lane'], 'run');
    const reads = vi.spyOn(people()['modules'].database, 'get');
    const scans = vi.spyOn(people()['modules'].database, 'range');
    const writes = vi.spyOn(people()['modules'].database, 'batch');
    const work = async (method: string, params: unknown) => {
      for (const spy of [hashes, reads, scans, writes]) spy.mockClear();
      await raw(method, params, elsewhere());
      return [hashes, reads, scans, writes].map(({ mock }) => mock.calls.length);
    };
    try {
      for (const name of NAMES) {
        expect(await work('session_signIn', { name, auth: WRONG }), name).toEqual([1, 2, 0, 0]);
        expect(await work('session_start', { name }), name).toEqual([0, 0, 0, 0]);
      }
    } finally {
      for (const spy of [hashes, reads, scans, writes]) spy.mockRestore();
    }
  });
});

describe('guessing', { timeout: MINUTE }, () => {
  it('one password at many names is slowed down for the network that does it, and for nobody else', async () => {
    const home = browser();
    await signIn(home, anna);
    // Addresses of one network: the doors count each by itself.
    const network = elsewhere().replace(/\d+$/, '');
    const { stranger } = SPRAYING;
    const said: string[] = [];
    for (let at = 0; at < stranger.burst + 10; at += 10) {
      const tries = Array.from({ length: 10 }, (_, n) => ({ name: `victim${at + n}`, auth: WRONG }));
      said.push(...(await Promise.all(tries.map((params, n) => raw('session_signIn', params, network + n)))));
    }
    const looked = said.filter((answer) => answer.includes('session.refused')).length;
    expect(looked).toBeGreaterThanOrEqual(stranger.burst);
    expect(looked).toBeLessThan(stranger.burst + 5);
    expect(said.filter((answer) => answer.includes('rpc.rate-limited')).length).toBe(said.length - looked);
    // The right one does not come through either, as the next of the names.
    expect(await raw('session_signIn', { name: 'anna', auth: anna.auth }, `${network}77`)).toContain(
      'rpc.rate-limited',
    );
    await signIn(home, anna);
    await signIn(browser(), anna);
  });

  it('all at once costs two hashes at a time, keeps a bounded crowd waiting, and leaves the clinic open to others', async () => {
    const lane = people().signIn['modules'].passwords['lane'];
    const run = lane.run.bind(lane);
    let [running, most] = [0, 0];
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const spy = vi.spyOn(lane, 'run').mockImplementation((task) =>
      run(async (scrypt) => {
        most = Math.max(most, ++running);
        await held;
        return task(scrypt).finally(() => running--);
      }),
    );
    let busy = 0;
    const crowd = Array.from({ length: MAX_WAITING_CHECKS + 12 }, async (_, at) => {
      const answer = await raw('session_signIn', { name: `crowd${at}`, auth: WRONG }, elsewhere());
      if (answer.includes('session.busy')) busy++;
      return answer;
    });
    try {
      await waitFor(() => busy >= 10, { what: 'those for whom there is no room' });
      expect([running, most, busy]).toEqual([2, 2, 10]);
      expect(await raw('session_start', { name: 'anna' }, elsewhere())).toContain('argon2id');
      expect(await raw('chain_head', {}, elsewhere())).toContain('stateRoot');
    } finally {
      release();
    }
    const answers = await Promise.all(crowd).finally(() => spy.mockRestore());
    expect(most).toBe(2);
    expect(answers.filter((answer) => answer.includes('session.refused')).length).toBe(MAX_WAITING_CHECKS + 2);
  });
});

describe('what was planted or shown before', { timeout: MINUTE }, () => {
  it('is no session: signing in gives another secret, each time, and a step that began elsewhere does not go on here', async () => {
    const planted = 'p'.repeat(43);
    const victim = browser();
    await signIn(victim, anna);
    const [[cookie]] = [...victim.cookies].filter(([name]) => !name.includes('device'));
    const first = victim.session;
    const other = browser();
    other.cookies.set(cookie, planted);
    await signIn(other, anna);
    expect([planted, first]).not.toContain(other.session);
    await signIn(victim, anna);
    expect(victim.session).not.toBe(first);
    const attacker = browser();
    attacker.cookies.set(cookie, planted);
    expect((await attacker.call('session_current')).session).toBeNull();

    const wallet = privateKeyToAccount(generatePrivateKey());
    const { ticket, message } = await attacker.call('session_walletStart', { address: wallet.address, chainId: 1 });
    const signature = await wallet.signMessage({ message });
    expect(await victim.refusal('session_walletFinish', { ticket, signature })).toBe('session.ticket');
  });

  it('does not work again: a session after signing out, a code after its use, a step after its end or under another password', async () => {
    const ben = await invited('ben');
    const at = browser();
    await signIn(at, ben);
    const { secret } = await at.call('account_totpStart');
    const totp = new TOTP({ secret: Secret.fromBase32(secret) });
    const code = totp.generate();
    const { recoveryCodes } = await at.call('account_totpFinish', { code });
    expect(await at.refusal('session_confirm', { method: 'totp', code })).toBe('session.refused');
    const begin = async (door: Portal) => {
      const answer = await door.call('session_signIn', { name: 'ben', auth: ben.auth });
      if (answer.step !== 'second-factor') throw new Error('no second factor was asked for');
      return answer.ticket;
    };
    const next = browser();
    const ticket = await begin(next);
    expect(await next.refusal('session_factor', { ticket, method: 'totp', code })).toBe('session.refused');
    const good = { ticket, method: 'recovery-code', code: recoveryCodes[0] } as const;
    // Without the browser that began it, it is worth nothing.
    expect(await browser().refusal('session_factor', good)).toBe('session.ticket');
    expect((await next.call('session_factor', good)).step).toBe('signed-in');
    expect(await next.refusal('session_factor', good)).toBe('session.ticket');
    expect(await next.refusal('session_factor', { ...good, ticket: await begin(next) })).toBe('session.refused');
    const halfIn = browser();
    const early = { ticket: await begin(halfIn), method: 'recovery-code', code: recoveryCodes[1] } as const;
    const newAuth = '11'.repeat(32);
    const password = { auth: ben.auth, newSalt: ben.salt, newAuth, vault: ben.vault };
    await next.call('account_changePassword', password);
    expect(await halfIn.refusal('session_factor', early)).toBe('session.refused');
    expect(halfIn.session).toBeUndefined();
    const kept = new Map(next.cookies);
    await next.call('session_signOut');
    for (const [name, value] of kept) next.cookies.set(name, value);
    expect(await next.refusal('account_me')).toBe('rpc.unauthorized');
  });
});

describe('proofs that were made for another page', { timeout: MINUTE }, () => {
  it('sign nobody in: a passkey of another origin or host name, asked for by this clinic', async () => {
    const cara = await invited('cara');
    const at = browser();
    await signIn(at, cara);
    const device = new SoftwareAuthenticator({ origin: url });
    const wrong = [
      { origin: EVIL },
      { origin: url.replace('http:', 'https:') },
      { rpId: 'evil.example' },
      { crossOrigin: true },
    ];
    for (const deviation of wrong) {
      const { ticket, options } = await at.call('account_passkeyStart');
      const response = device.create(options as unknown as CreationRequest, deviation);
      const made = { ticket, response, name: 'Phone', prf: false };
      expect(await at.refusal('account_passkeyFinish', made), JSON.stringify(deviation)).toBe('passkey.answer');
    }
    const { ticket, options } = await at.call('account_passkeyStart');
    const response = device.create(options as unknown as CreationRequest);
    await at.call('account_passkeyFinish', { ticket, response, name: 'Phone', prf: false });
    for (const deviation of [...wrong, {}]) {
      const door = browser();
      const asked = await door.call('session_passkeyStart', {});
      const answer = {
        ticket: asked.ticket,
        response: device.get(asked.options as unknown as AssertionRequest, deviation),
      };
      const expected = Object.keys(deviation).length === 0 ? undefined : 'session.refused';
      expect(await door.refusal('session_passkeyFinish', answer), JSON.stringify(deviation)).toBe(expected);
    }
  });

  it('sign nobody in: a wallet’s signature over another domain or nonce, or brought to another host name', async () => {
    const dan = await invited('dan');
    const wallet = privateKeyToAccount(generatePrivateKey());
    const at = browser();
    await signIn(at, dan);
    const prove = async (door: Portal, change: (message: string) => string) => {
      const { ticket, message } = await door.call('session_walletStart', { address: wallet.address, chainId: 1 });
      expect(message).toMatch(new RegExp(`^${new URL(url).host} wants you`));
      return { ticket, signature: await wallet.signMessage({ message: change(message) }) };
    };
    await at.call('account_walletLink', await prove(at, (message) => message));
    const host = new URL(url).host;
    for (const change of [
      (message: string) => message.replace(`${host} wants`, 'evil.example wants'),
      (message: string) => message.replace(/URI: .*/, `URI: ${EVIL}`),
      (message: string) => message.replace(/Nonce: ..../, 'Nonce: aaaa'),
      (message: string) => message.replace('Chain ID: 1', 'Chain ID: 10'),
    ]) {
      const door = browser();
      expect(await door.refusal('session_walletFinish', await prove(door, change))).toBe('session.refused');
    }
    // A message for `localhost`, brought to the same clinic by its number.
    const door = browser();
    const proof = await prove(door, (message) => message);
    const other = new Portal(net.clinic(1).url, { 'x-forwarded-for': elsewhere() });
    for (const [name, value] of door.cookies) other.cookies.set(name, value);
    expect(await other.refusal('session_walletFinish', proof)).toBe('session.refused');
    expect(await door.refusal('session_walletFinish', proof)).toBe(undefined);
  });

  it('come into no mail: a link leads to the clinic whatever host the request named', async () => {
    const ask = (headers: Record<string, string>) =>
      new Portal(url, { 'x-forwarded-for': elsewhere(), ...headers }).refusal('account_resetStart', {
        nameOrMail: 'anna',
      });
    const forged: Record<string, string>[] = [
      { 'x-forwarded-host': 'evil.example' },
      { 'x-forwarded-host': `evil.example, ${new URL(url).host}`, origin: EVIL },
      { origin: EVIL },
    ];
    for (const headers of forged) {
      expect(['rpc.host', 'rpc.origin'], JSON.stringify(headers)).toContain(await ask(headers));
    }
    expect(
      await ask({ forwarded: 'host=evil.example', 'x-original-host': 'evil.example', referer: EVIL }),
    ).toBeUndefined();
    const { raw: mail } = await waitFor(() => smtp.mails.find(({ to }) => to.includes('anna@clinic.example')), {
      timeoutMs: MINUTE,
      what: 'the mail',
    });
    expect(mail).not.toContain('evil');
    expect(partsOf(mail).text).toMatch(new RegExp(`http://[^/]+:${new URL(url).port}/reset#`));
  });
});

describe('what people write', { timeout: MINUTE }, () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of others
  const MARKUP = '"><script>alert(1)</script>\'`${7*7}{{7*7}}<img src=x onerror=alert(1)>';

  it('stays text in every field: in answers, mails and the log', async () => {
    const made = madeUp(net.founded.bundle.genesis, 'mallory', 'mallory@clinic.example');
    const profile = {
      ...{ displayName: MARKUP, familyName: MARKUP, givenName: MARKUP, title: MARKUP.slice(0, 40), language: 'en' },
      ...{ phone: MARKUP.slice(0, 30), email: 'mallory@clinic.example' },
    };
    const until = Date.now() + 86_400_000;
    const { token } = await people().users.invite({ kind: 'staff', roles: [], until, by: null });
    const at = new Portal(url, { 'x-forwarded-for': elsewhere(), 'user-agent': MARKUP });
    await at.call('account_register', { ...registration(made, { token }), profile });
    await signIn(at, made);
    await at.call('account_profileChange', { profile: { familyName: `${MARKUP}2` }, reason: MARKUP });
    expect((await at.call('account_me')).profile).toEqual(profile);
    expect((await at.call('session_list')).sessions[0].device).not.toMatch(/[<>]/);
    await at.call('account_resetStart', { nameOrMail: MARKUP });
    await at.call('account_resetStart', { nameOrMail: 'mallory' });
    const mail = await waitFor(() => smtp.mails.find(({ to }) => to.includes('mallory@clinic.example')), {
      timeoutMs: MINUTE,
      what: 'the mail',
    });
    expect(partsOf(mail.raw).html).not.toMatch(/<script|<img/);
    for (const line of log) expect(() => JSON.parse(line)).not.toThrow();
    for (const text of at.answers) expect(() => JSON.parse(text)).not.toThrow();
    const answer = await raw('session_signIn', { name: MARKUP, auth: WRONG }, elsewhere());
    expect(answer).not.toContain('alert');
    expect(answer).toContain('nosniff');
  });

  it('gives no object anything: names and settings that every object has are names like others', async () => {
    const eve = await invited('constructor');
    const at = browser();
    await signIn(at, eve);
    const mail = { constructor: true, 'to-string': false };
    await at.call('account_profileChange', { profile: {}, mail });
    expect((await at.call('account_me')).mail).toEqual(mail);
    const proto = { profile: {}, mail: JSON.parse('{"__proto__":true}') };
    expect(await at.refusal('account_profileChange', proto)).toBeDefined();
    const polluted = { profile: JSON.parse('{"__proto__":{"roles":["admin"]},"phone":"1"}') };
    expect(await at.refusal('account_profileChange', polluted)).toBeDefined();
    expect(({} as { roles?: unknown }).roles).toBeUndefined();
    expect((await at.call('session_current')).session?.roles).toEqual([]);
  });
});
