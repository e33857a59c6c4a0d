import fc from 'fast-check';
import { Secret, TOTP } from 'otpauth';
import { describe, expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { fromHex, toHex } from '../../../common/bytes.ts';
import { factorId } from '../../../identity/people/factor-ids.ts';
import type { RecoveryCodesPart, TotpPart, UsesPart } from '../../../identity/people/types.ts';
import { markOf, shownCode, spentUse } from '../../../identity/sign-in/code-step.ts';
import { codesLeft, hashRecoveryCodes, newRecoveryCodes, usedCode } from '../../../identity/sign-in/recovery-codes.ts';
import { SecretBox } from '../../../identity/sign-in/secret-box.ts';
import { newTotpSecret, totpEnrolment, usedStep } from '../../../identity/sign-in/totp.ts';

const user = 'ab'.repeat(16);
const now = Date.UTC(2026, 10, 21, 9, 0, 7);
const step = Math.floor(now / 30_000);

/** The first 20 bytes of RFC 6238's seed; its vectors have 8 digits, of which apps show the last 6. */
const RFC_SECRET = new TextEncoder().encode('12345678901234567890');
const VECTORS = [
  [59, '94287082'],
  [1_111_111_109, '07081804'],
  [1_111_111_111, '14050471'],
  [1_234_567_890, '89005924'],
  [2_000_000_000, '69279037'],
  [20_000_000_000, '65353130'],
] as const;

function codeAt(secret: Uint8Array, time: number): string {
  return new TOTP({ secret: new Secret({ buffer: new Uint8Array(secret).buffer }) }).generate({ timestamp: time });
}

describe('codes of an authenticator', () => {
  it.each(VECTORS)('fit RFC 6238 at %d s', (seconds, code) => {
    expect(usedStep(RFC_SECRET, code.slice(2), seconds * 1000, -1)).toBe(Math.floor(seconds / 30));
  });

  it('count one step early and one late, and no further', () => {
    const secret = newTotpSecret();
    for (const away of [-3, -2, -1, 0, 1, 2, 3]) {
      const found = usedStep(secret, codeAt(secret, now + away * 30_000), now, -1);
      expect(found).toBe(Math.abs(away) <= 1 ? step + away : undefined);
    }
  });

  it('count once: neither the same step again nor one before it', () => {
    const secret = newTotpSecret();
    const used = usedStep(secret, codeAt(secret, now), now, -1)!;
    expect(usedStep(secret, codeAt(secret, now), now + 20_000, used)).toBeUndefined();
    expect(usedStep(secret, codeAt(secret, now - 30_000), now, used)).toBeUndefined();
    expect(usedStep(secret, codeAt(secret, now + 30_000), now, used)).toBe(used + 1);
  });

  it('may be typed with spaces; anything else is wrong, of whatever length', () => {
    const secret = newTotpSecret();
    const code = codeAt(secret, now);
    expect(usedStep(secret, ` ${code.slice(0, 3)} ${code.slice(3)}`, now, -1)).toBe(step);
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constant('1'.repeat(100_000)), fc.constant('١٢٣٤٥٦')), (typed) => {
        const wrong = typed.replace(/[\s-]/g, '') !== code;
        if (wrong && !/^[\s\d-]+$/.test(typed)) expect(usedStep(secret, typed, now, -1)).toBeUndefined();
      }),
    );
  });

  it('are set up by a URI that apps know, whatever the clinic is called', () => {
    const secret = newTotpSecret();
    const { secret: shown, uri } = totpEnrolment(secret, { issuer: 'St. Mary: Clinic & Co', name: 'anna' });
    expect(shown).toMatch(/^[A-Z2-7]{32}$/);
    const url = new URL(uri);
    expect(url.protocol).toBe('otpauth:');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({ secret: shown, digits: '6', period: '30' });
    expect(url.searchParams.get('issuer')).toBe('St. Mary  Clinic & Co');
    expect(Secret.fromBase32(shown).hex.toLowerCase()).toBe(toHex(secret));
  });
});

describe('recovery codes', () => {
  const id = factorId('codes', now, randomBytes);

  it('have 80 bits in letters that are not mistaken, and each is good at its place', () => {
    const codes = newRecoveryCodes();
    const part = { id, hashes: hashRecoveryCodes(codes, user, id) };
    expect(codes.length).toBe(10);
    for (const [index, code] of codes.entries()) {
      expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
      expect(usedCode(part, code, user, 0)).toBe(index);
      expect(usedCode(part, code.toLowerCase().replaceAll('-', ' '), user, 0)).toBe(index);
      expect(usedCode(part, code.replaceAll('1', 'l').replaceAll('0', 'o'), user, 0)).toBe(index);
      expect(usedCode(part, code, user, 1 << index)).toBeUndefined();
      expect(usedCode(part, code, 'cd'.repeat(16), 0)).toBeUndefined();
      expect(usedCode({ ...part, id: factorId('codes', now, randomBytes) }, code, user, 0)).toBeUndefined();
    }
    expect(codesLeft(part, 0b11)).toBe(8);
  });

  it('keep every byte: what is shown reads back as what was drawn', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 10, maxLength: 10 }), (bytes) => {
        const [code] = newRecoveryCodes(() => bytes);
        const [other] = newRecoveryCodes(() => bytes.map((byte, index) => (index === 9 ? byte ^ 1 : byte)));
        const part = { id, hashes: hashRecoveryCodes([code], user, id) };
        expect(usedCode(part, code, user, 0)).toBe(0);
        expect(usedCode(part, other, user, 0)).toBeUndefined();
      }),
    );
  });

  it('are not found in anything else', () => {
    const part = { id, hashes: hashRecoveryCodes(newRecoveryCodes(), user, id) };
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.constant('0'.repeat(100_000)), fc.constant('UUUU-UUUU-UUUU-UUUU')),
        (typed) => {
          expect(usedCode(part, typed, user, 0)).toBeUndefined();
        },
      ),
    );
  });
});

describe('sealed secrets', () => {
  const secret = randomBytes(20);
  const first = new Uint8Array(32).fill(1);
  const second = new Uint8Array(32).fill(2);
  const box = new SecretBox({ organisationSecrets: [first] });

  it('open for the person and the factor that they were sealed for, at every clinic of the organisation', () => {
    const sealed = box.seal(secret, user, 't-1');
    expect(sealed).not.toContain(toHex(secret));
    expect(box.seal(secret, user, 't-1')).not.toBe(sealed);
    expect(new SecretBox({ organisationSecrets: [second, first] }).open(sealed, user, 't-1')).toEqual(secret);
    expect(() => box.open(sealed, 'cd'.repeat(16), 't-1')).toThrow(expect.objectContaining({ code: 'crypto.open' }));
    expect(() => box.open(sealed, user, 't-2')).toThrow(expect.objectContaining({ code: 'crypto.open' }));
    expect(new SecretBox({ organisationSecrets: [second] }).open(sealed, user, 't-1')).toBeUndefined();
  });

  it('never open when a bit of them was changed', () => {
    const sealed = fromHex(box.seal(secret, user, 't-1'));
    for (let bit = 0; bit < 8 * sealed.length; bit++) {
      const changed = sealed.slice();
      changed[bit >> 3] ^= 1 << (bit & 7);
      let opened: Uint8Array | undefined;
      try {
        opened = box.open(toHex(changed), user, 't-1');
      } catch {
        opened = undefined;
      }
      expect(opened).toBeUndefined();
    }
    for (const text of ['', 'zz', '00', toHex(sealed).slice(0, 30)]) {
      expect(() => expect(box.open(text, user, 't-1')).toBeUndefined()).not.toThrow(TypeError);
    }
  });
});

describe('the step of a code', () => {
  const box = new SecretBox({ organisationSecrets: [new Uint8Array(32).fill(1)] });
  const secret = newTotpSecret();
  const totpId = factorId('totp', now, randomBytes);
  const totp: TotpPart = { id: totpId, secret: box.seal(secret, user, totpId), confirmed: now };
  const shown = newRecoveryCodes();
  const codesId = factorId('codes', now, randomBytes);
  const codes: RecoveryCodesPart = { id: codesId, hashes: hashRecoveryCodes(shown, user, codesId), made: now };

  it('lets each code in once, also when it comes twice at the same time', () => {
    let uses: UsesPart = {};
    const factors = () => ({ user, totp, codes, uses });
    const typed = codeAt(secret, now);
    const one = shownCode('totp', typed, factors(), now, box)!;
    const two = shownCode('totp', typed, factors(), now, box)!;
    uses = spentUse(uses, one)!;
    expect(spentUse(uses, two)).toBeUndefined();
    expect(shownCode('totp', typed, factors(), now, box)).toBeUndefined();
    const [a, b] = [2, 7].map((index) => shownCode('recovery-code', shown[index], factors(), now, box)!);
    uses = spentUse(spentUse(uses, a)!, b)!;
    expect(spentUse(uses, a)).toBeUndefined();
    expect(markOf(uses, codesId)).toBe((1 << 2) | (1 << 7));
    expect(shownCode('recovery-code', shown[2], factors(), now, box)).toBeUndefined();
    expect(shownCode('recovery-code', shown[3], factors(), now, box)).toBeDefined();
  });

  it('knows no code where the person has no such factor, or where its secret cannot be opened', () => {
    const none = { user, totp: null, codes: undefined, uses: {} };
    expect(shownCode('totp', codeAt(secret, now), none, now, box)).toBeUndefined();
    expect(shownCode('recovery-code', shown[0], none, now, box)).toBeUndefined();
    const elsewhere = new SecretBox({ organisationSecrets: [new Uint8Array(32).fill(9)] });
    expect(shownCode('totp', codeAt(secret, now), { ...none, totp }, now, elsewhere)).toBeUndefined();
  });

  it('takes a passkey whose counter stays at 0, and none whose counter stood still above it', () => {
    const passkey = factorId('passkey', now, randomBytes);
    const at = (mark: number) => ({ factor: passkey, use: { mark, at: now } });
    const copied = spentUse({}, at(0))!;
    expect(spentUse(copied, at(0))).toBeDefined();
    const counted = spentUse(copied, at(5))!;
    expect(spentUse(counted, at(5))).toBeUndefined();
    expect(spentUse(counted, at(0))).toBeUndefined();
    expect(markOf(spentUse(counted, at(6))!, passkey)).toBe(6);
  });
});
