// Whether passkeys can be had at the address of a page: browsers want a host name, and a connection that they trust.

export interface RelyingParty {
  /** Host name that passkeys belong to. */
  readonly rpId: string;
  /** Pages that may show them, such as https://clinic.example:8641. */
  readonly origins: readonly [string, ...string[]];
  /** What the browser calls the clinic. */
  readonly name: string;
}

/** `reason` is for people. */
export type PasskeyAddress =
  | { readonly possible: true; readonly party: RelyingParty }
  | { readonly possible: false; readonly reason: string };

export interface PasskeyAddressOptions {
  /** Of the page. */
  readonly origin: string;
  /** Whether the certificate is one that the clinic signed itself. */
  readonly selfSigned: boolean;
  readonly name: string;
}

const MAX_HOST = 253;
const NUMBERS = /^(?:\d{1,3}\.){3}\d{1,3}$/;
const LABELS = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;

/** Browsers take host names alone, over HTTPS that they trust or on this machine (WebAuthn, 5.1.3). */
export function passkeyAddress({ origin, selfSigned, name }: PasskeyAddressOptions): PasskeyAddress {
  const url = URL.parse(origin);
  if (url === null || url.origin !== origin) return no('Passkeys need the address of a page');
  const host = url.hostname;
  if (NUMBERS.test(host) || host.startsWith('[')) {
    return no('Passkeys need a host name: open the portal by its name, not by a number');
  }
  if (host.length > MAX_HOST || !LABELS.test(host))
    return no('Passkeys need a host name of letters, digits and dashes');
  const loopback = host === 'localhost' || host.endsWith('.localhost');
  if (url.protocol !== 'https:' && !(loopback && url.protocol === 'http:')) {
    return no('Passkeys need a connection by https');
  }
  if (selfSigned && url.protocol === 'https:') {
    return no('Passkeys need a certificate that browsers trust; this clinic signed its own');
  }
  return { possible: true, party: { rpId: host, origins: [origin], name } };
}

function no(reason: string): PasskeyAddress {
  return { possible: false, reason };
}
