import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { toHex } from '../../../common/bytes.ts';
import { MAX_WAITING_CHECKS, Passwords } from '../../../identity/sign-in/password.ts';
import { Salts } from '../../../identity/sign-in/salts.ts';
import { Slots } from '../../../identity/slots.ts';
import { DEFAULT_KDF } from '../../../identity/vault/kdf.ts';

const CHEAP = { N: 2, r: 1, p: 1 };
const passwords = (scrypt = CHEAP) => new Passwords({ scrypt }, { slots: new Slots({ limit: 2 }) });

describe('passwords', () => {
  it('take what they were made from and nothing else', async () => {
    const checked = passwords();
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        async (auth, other) => {
          const verifier = await checked.verifierOf(auth);
          expect(await checked.check(auth, verifier)).toBe(true);
          expect(await checked.check(other, verifier)).toBe(toHex(auth) === toHex(other));
          expect(await checked.check(auth, undefined)).toBe(false);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('are kept under a salt of their own: the same one twice looks different, and what is kept does not sign in', async () => {
    const checked = passwords();
    const auth = randomBytes(32);
    const [a, b] = [await checked.verifierOf(auth), await checked.verifierOf(auth)];
    expect(a.hash).not.toBe(b.hash);
    expect(await checked.check(Buffer.from(a.hash, 'hex'), a)).toBe(false);
    expect(checked.isDated(a)).toBe(false);
    expect(passwords({ N: 4, r: 1, p: 1 }).isDated(a)).toBe(true);
  });

  it('cost the same work for a name that nobody has', async () => {
    const checked = passwords({ N: 2 ** 13, r: 8, p: 1 });
    const auth = randomBytes(32);
    const verifier = await checked.verifierOf(auth);
    const least = async (known: typeof verifier | undefined) => {
      const times: number[] = [];
      for (let i = 0; i < 7; i++) {
        const before = process.cpuUsage();
        await checked.check(auth, known);
        const { user, system } = process.cpuUsage(before);
        times.push(user + system);
      }
      return Math.min(...times);
    };
    const [known, unknown] = [await least(verifier), await least(undefined)];
    // Without the work it would be a hundredth.
    expect(unknown / known).toBeGreaterThan(0.5);
    expect(unknown / known).toBeLessThan(2);
  });

  it('refuse a crowd at once instead of keeping it waiting without end', async () => {
    const checked = passwords();
    const auth = randomBytes(32);
    const crowd = await Promise.allSettled(
      Array.from({ length: MAX_WAITING_CHECKS + 12 }, () => checked.check(auth, undefined)),
    );
    const busy = crowd.filter((result) => result.status === 'rejected');
    expect(busy.length).toBe(10);
    for (const { reason } of busy) expect(reason).toMatchObject({ code: 'session.busy' });
  });

  it('refuse what is no proof', async () => {
    for (const length of [0, 31, 33, 64]) {
      await expect(passwords().check(new Uint8Array(length), undefined)).rejects.toMatchObject({
        code: 'session.refused',
      });
    }
  });
});

describe('salts', () => {
  const organisationSecret = new Uint8Array(32).fill(7);
  const password = { salt: 'ab'.repeat(16), kdf: DEFAULT_KDF };
  const inUse = [{ kdf: DEFAULT_KDF, count: 3 }];

  it('for unknown names are always the same at every clinic of the organisation, and look like real ones', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (name, other) => {
        const answer = new Salts({ organisationSecret }).answer(name, undefined, inUse);
        const elsewhere = new Salts({ organisationSecret: organisationSecret.slice() });
        expect(elsewhere.answer(name, undefined, inUse)).toEqual(answer);
        const real = new Salts({ organisationSecret }).answer(name, password, inUse);
        expect(Object.keys(answer)).toEqual(Object.keys(real));
        expect(answer.salt).toMatch(/^[0-9a-f]{32}$/);
        expect(answer.kdf).toEqual(real.kdf);
        if (name !== other) expect(elsewhere.answer(other, undefined, inUse)).not.toEqual(answer);
      }),
    );
  });

  it('cannot be told from random ones: each bit is as often set, and another secret gives others', () => {
    const salts = new Salts({ organisationSecret });
    const ones = new Array<number>(128).fill(0);
    const count = 4000;
    for (let i = 0; i < count; i++) {
      const bytes = Buffer.from(salts.answer(`name${i}`, undefined, inUse).salt, 'hex');
      for (let bit = 0; bit < 128; bit++) if ((bytes[bit >> 3] >> (bit & 7)) & 1) ones[bit]++;
    }
    // Six standard deviations.
    for (const one of ones) expect(Math.abs(one - count / 2)).toBeLessThan(6 * Math.sqrt(count / 4));
    const others = new Salts({ organisationSecret: new Uint8Array(32).fill(8) });
    expect(others.answer('name1', undefined, inUse)).not.toEqual(salts.answer('name1', undefined, inUse));
  });

  it('come with costs as often as persons have them, and follow persons to a dearer one, never back', () => {
    const salts = new Salts({ organisationSecret });
    const dear = { ...DEFAULT_KDF, passes: 5 };
    const names = Array.from({ length: 600 }, (_, i) => `name${i}`);
    let before = new Set<string>();
    for (const moved of [0, 10, 25, 40]) {
      // In whatever order they are counted.
      const counts = [
        { kdf: dear, count: moved },
        { kdf: DEFAULT_KDF, count: 40 - moved },
      ];
      const now = new Set(names.filter((name) => salts.answer(name, undefined, counts).kdf.passes === dear.passes));
      expect(Math.abs(now.size / names.length - moved / 40)).toBeLessThan(0.1);
      expect([...before].filter((name) => !now.has(name))).toEqual([]);
      before = now;
    }
    expect(salts.answer('name1', undefined, []).kdf).toEqual(DEFAULT_KDF);
  });
});
