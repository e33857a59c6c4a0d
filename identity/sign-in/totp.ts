// One-time codes of an authenticator app (RFC 6238: SHA-1, 6 digits, 30 s, as all apps know them). Each step counts once.
import { Secret, TOTP } from 'otpauth';
import { randomBytes } from '#crypto';

export const TOTP_SECRET_BYTES = 20;
const DIGITS = 6;
const PERIOD_S = 30;
/** Steps before and after now that still count: clocks of telephones differ. */
const WINDOW = 1;
const CODE = /^\d{6}$/;
const MAX_ISSUER_TEXT = 64;

/** 20 bytes, as long as a hash of SHA-1 (RFC 4226, 4). */
export function newTotpSecret(random: (length: number) => Uint8Array = randomBytes): Uint8Array {
  return random(TOTP_SECRET_BYTES);
}

/** For the enrolment answer alone: the secret in base32 and what the QR code says. */
export function totpEnrolment(
  secret: Uint8Array,
  { issuer, name }: { readonly issuer: string; readonly name: string },
): { readonly secret: string; readonly uri: string } {
  // A colon would end the issuer in the label.
  const shown = issuer.replaceAll(':', ' ').slice(0, MAX_ISSUER_TEXT);
  const totp = generator(secret, { issuer: shown, label: name });
  return { secret: totp.secret.base32, uri: totp.toString() };
}

/**
 * The step that the code belongs to, to be kept as used; undefined when the code is wrong or its step, or a later one, was
 * used. `lastStep`: -1 when none was.
 */
export function usedStep(secret: Uint8Array, typed: string, now: number, lastStep: number): number | undefined {
  const code = typed.length > 4 * DIGITS ? '' : typed.replace(/[\s-]/g, '');
  if (!CODE.test(code)) return undefined;
  const delta = generator(secret).validate({ token: code, timestamp: now, window: WINDOW });
  if (delta === null) return undefined;
  const step = Math.floor(now / 1000 / PERIOD_S) + delta;
  return step > lastStep ? step : undefined;
}

function generator(secret: Uint8Array, names: { issuer?: string; label?: string } = {}): TOTP {
  return new TOTP({
    ...names,
    secret: new Secret({ buffer: new Uint8Array(secret).buffer }),
    algorithm: 'SHA1',
    digits: DIGITS,
    period: PERIOD_S,
  });
}
