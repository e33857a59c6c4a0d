// The door's two cookies: of the session, and of the device that signed in before. Names carry the clinic, since clinics
// may share a host name, and over TLS the prefix that keeps neighbours under the same domain from planting one.
import { SESSION_SECRET } from '../access/secrets.ts';
import type { CookieJar } from '../ports.ts';

export interface CookieNames {
  readonly session: string;
  readonly device: string;
}

/** `clinic`: the clinic's number and the first eight digits of the genesis id, e.g. `1-0a1b2c3d`. */
export function cookieNames(clinic: string, secure: boolean): CookieNames {
  const prefix = secure ? '__Host-' : '';
  return { session: `${prefix}wardmesh-${clinic}`, device: `${prefix}wardmesh-device-${clinic}` };
}

/** The value of a cookie. One that stands there twice is nobody's: somebody planted one of them. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  if (header === undefined) return undefined;
  const found = header.split(';').flatMap((pair) => {
    const at = pair.indexOf('=');
    return at > 0 && pair.slice(0, at).trim() === name ? [pair.slice(at + 1).trim()] : [];
  });
  return found.length === 1 && SESSION_SECRET.test(found[0]) ? found[0] : undefined;
}

export interface CookieJarModules {
  /** Adds one Set-Cookie header to the answer. */
  add(header: string): void;
  now(): number;
}

/** Browsers keep no cookie for longer. */
const DEVICE_DAYS = 400;

export function cookieJar(names: CookieNames, secure: boolean, { add, now }: CookieJarModules): CookieJar {
  const set = (name: string, value: string, seconds: number): void => {
    const rules = `Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
    add(`${name}=${value}; Max-Age=${seconds}; ${rules}`);
  };
  const checked = (value: string): string => {
    if (!SESSION_SECRET.test(value)) throw new TypeError('no value for a cookie');
    return value;
  };
  return {
    startSession: (secret, endsAt) =>
      set(names.session, checked(secret), Math.max(0, Math.ceil((endsAt - now()) / 1000))),
    endSession: () => set(names.session, '', 0),
    markDevice: (value) => set(names.device, checked(value), DEVICE_DAYS * 86_400),
  };
}
