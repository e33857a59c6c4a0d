// The browser at the other end of a step of signing in, and what binds a step to it.
import { randomBytes } from '#crypto';
import { type PasskeyAddress, passkeyAddress, type RelyingParty } from '../../identity/sign-in/passkey-address.ts';
import type { CallContext, ClientFacts, CookieJar } from '../../rpc/ports.ts';
import { toBase64Url } from './base64url.ts';
import { PeopleError } from './errors.ts';

/** Of the cookie that knows a browser again. */
const DEVICE_BYTES = 24;

export type Caller = Pick<CallContext, 'client' | 'cookies'>;

/** Throws `session.http-only` where no cookie can be set. */
export function cookiesOf({ cookies }: Caller): CookieJar {
  if (cookies === undefined) throw new PeopleError({ code: 'session.http-only' });
  return cookies;
}

/** Value of the device cookie, set where there was none. Throws `session.http-only`. */
export function deviceOf(caller: Caller): string {
  if (caller.client.device !== undefined) return caller.client.device;
  const device = toBase64Url(randomBytes(DEVICE_BYTES));
  cookiesOf(caller).markDevice(device);
  return device;
}

/** Of the page that calls: the door has checked it. */
export function originOf({ origin, secure, host }: ClientFacts): string {
  return origin ?? `${secure ? 'https' : 'http'}://${host}`;
}

export interface Site {
  /** What browsers call the clinic. */
  readonly name: string;
  /** Whether the certificate of the doors is one that the clinic signed itself. */
  selfSigned(): boolean;
}

export function passkeysAt(client: ClientFacts, site: Site): PasskeyAddress {
  return passkeyAddress({ origin: originOf(client), selfSigned: site.selfSigned(), name: site.name });
}

/** Throws `session.passkeys` where host name or certificate rule passkeys out. */
export function relyingPartyAt({ client }: Caller, site: Site): RelyingParty {
  const address = passkeysAt(client, site);
  if (!address.possible) throw new PeopleError({ code: 'session.passkeys', reason: address.reason });
  return address.party;
}
