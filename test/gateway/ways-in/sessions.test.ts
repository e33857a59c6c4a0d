import { generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import { HeaderSessions } from '../../../gateway/ways-in/header-sessions.ts';
import { JwtSessions } from '../../../gateway/ways-in/jwt-sessions.ts';
import { type Credential, UrlSessions } from '../../../gateway/ways-in/url-sessions.ts';
import type { Visit } from '../../../gateway/ways-in/visit.ts';
import { ManualClock } from '../../helpers/manual-clock.ts';
import { Servers } from './servers.ts';

const servers = new Servers();
afterEach(() => servers.close());

const visit = (headers: Visit['headers']): Visit => ({
  method: 'GET',
  url: '/',
  headers,
  rawHeaders: [],
  peer: undefined,
  secure: false,
});

describe('sessions by a signed token', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const sign = (clock: ManualClock, claims: Record<string, unknown>, subject = 'anna') =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'EdDSA' })
      .setSubject(subject)
      .setExpirationTime(Math.floor(clock.now() / 1000) + 60)
      .sign(privateKey);

  it('valid in header or cookie, forged when it is over, of another issuer, unsigned or changed', async () => {
    const clock = new ManualClock();
    const sessions = await JwtSessions.create(
      { algorithm: 'EdDSA', key, cookie: 'jwt', issuer: 'portal', audience: undefined },
      { clock },
    );
    const token = await sign(clock, { iss: 'portal' });
    const claim = await sessions.claimOf(visit({ authorization: `Bearer ${token}` }));
    expect(claim.state).toBe('valid');
    expect(claim.subject).not.toContain('anna');
    expect((await sessions.claimOf(visit({ cookie: `a=b; jwt=${token}` }))).subject).toBe(claim.subject);
    expect(await sessions.claimOf(visit({ cookie: 'session=1' }))).toMatchObject({ state: 'none' });
    const none = `${btoa('{"alg":"none"}').replace(/=+$/, '')}.${token.split('.')[1]}.`;
    for (const bad of [await sign(clock, { iss: 'other' }), none, `${token}x`, 'x.y.z', 'a'.repeat(9_000)]) {
      expect(await sessions.claimOf(visit({ authorization: `Bearer ${bad}` }))).toEqual({
        state: 'forged',
        subject: undefined,
      });
    }
    clock.advance(71_000);
    expect((await sessions.claimOf(visit({ authorization: `Bearer ${token}` }))).state).toBe('forged');
  });
});

describe('sessions that an address vouches for', () => {
  it('asks once for a credential, remembers briefly, and counts silence as none', async () => {
    const clock = new ManualClock();
    let asked = 0;
    const at = await servers.listen((req, res) => {
      asked += 1;
      res.statusCode = req.headers.cookie === 'sid=good' ? 200 : 401;
      res.end();
    });
    const sessions = new UrlSessions({ url: `http://127.0.0.1:${at}/me`, credential: { cookie: 'sid' } }, { clock });
    const all = await Promise.all(Array.from({ length: 5 }, () => sessions.claimOf(visit({ cookie: 'sid=good' }))));
    expect(all.every(({ state }) => state === 'valid')).toBe(true);
    expect(asked).toBe(1);
    expect((await sessions.claimOf(visit({ cookie: 'sid=bad' }))).state).toBe('none');
    expect((await sessions.claimOf(visit({}))).state).toBe('none');
    expect(asked).toBe(2);
    await servers.close();
    clock.advance(10_000);
    expect((await sessions.claimOf(visit({ cookie: 'sid=good' }))).state).toBe('none');
  });
});

describe('who is signed in by an address that vouches', () => {
  async function vouched(credential: Credential) {
    const asked: unknown[] = [];
    const at = await servers.listen((req, res) => {
      asked.push([req.headers.cookie, req.headers.authorization]);
      res.end();
    });
    return {
      asked,
      sessions: new UrlSessions({ url: `http://127.0.0.1:${at}/me`, credential }, { clock: new ManualClock() }),
    };
  }

  it('is one subject, whatever else comes with the cookie', async () => {
    const { asked, sessions } = await vouched({ cookie: 'sid' });
    const claims = [];
    for (const headers of [
      { cookie: 'sid=abc' },
      { cookie: 'sid=abc; x=1' },
      { cookie: 'y=2; sid=abc; remember=zzz', authorization: 'Bearer 1' },
      { cookie: 'sid=%61bc' },
      { cookie: 'sid="ab%63"' },
    ])
      claims.push(await sessions.claimOf(visit(headers)));
    expect(new Set(claims.map(({ subject }) => subject)).size).toBe(1);
    expect(claims[0].state).toBe('valid');
    expect(asked).toEqual([['sid=abc', undefined]]);
    for (const headers of [{ cookie: 'x=1' }, { authorization: 'Bearer 1' }, { cookie: 'sid=abc; sid=abd' }])
      expect((await sessions.claimOf(visit(headers))).state).toBe('none');
    expect((await sessions.claimOf(visit({ cookie: 'sid=abd' }))).subject).not.toBe(claims[0].subject);
  });

  it('is one subject by the Authorization header alone, where that is the credential', async () => {
    const { asked, sessions } = await vouched('authorization');
    const claims = [];
    for (const authorization of ['Bearer abc', 'bearer   abc', 'Bearer abc=='])
      claims.push(await sessions.claimOf(visit({ authorization, cookie: `x=${claims.length}` })));
    expect(new Set(claims.map(({ subject }) => subject)).size).toBe(1);
    expect(asked).toEqual([[undefined, 'Bearer abc']]);
    for (const headers of [{ cookie: 'sid=abc' }, { authorization: 'Bearer a b' }, { authorization: 'Bearer' }])
      expect((await sessions.claimOf(visit(headers))).state).toBe('none');
  });
});

describe('sessions that answers tell of', () => {
  it('begin with the cookie that is set, move with it, and end', () => {
    const clock = new ManualClock();
    const sessions = new HeaderSessions({ cookie: 'sid' }, { clock });
    const state = (cookie: string) => sessions.claimOf(visit({ cookie })).state;
    sessions.answered(visit({}), { 'x-wardmesh-session': 'anna', 'set-cookie': ['theme=dark', 'sid=one; Path=/'] });
    expect([state('sid=one'), state('sid=two'), state('sid=one; sid=two')]).toEqual(['valid', 'none', 'none']);
    sessions.answered(visit({ cookie: 'sid=two' }), {});
    expect(state('sid=two')).toBe('none');
    sessions.answered(visit({ cookie: 'sid=one' }), { 'x-wardmesh-session': '' });
    expect(state('sid=one')).toBe('none');
    sessions.answered(visit({ cookie: 'sid=one' }), { 'x-wardmesh-session': 'anna' });
    clock.advance(30 * 60_000);
    expect(state('sid=one')).toBe('none');
  });
});
