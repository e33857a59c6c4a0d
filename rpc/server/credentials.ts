// What a request shows of who sent it, and whether a browser's page of this node sent it. Reads headers, knows nobody.

import { API_KEY_PREFIX } from '../access/secrets.ts';

/** The parts of a request that admission looks at. */
export interface RequestFacts {
  /** GET, POST, ... */
  readonly method: string;
  /** Of methods; pages and files are the same for everybody. */
  readonly calls: boolean;
  readonly upgrade: boolean;
  readonly address: string;
  /** Over TLS. */
  readonly secure: boolean;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly userAgent: string | undefined;
  readonly authorization: string | undefined;
  /** Sec-WebSocket-Protocol: browsers cannot send a token otherwise. */
  readonly protocols: string | undefined;
  readonly cookie: string | undefined;
  readonly fetchSite: string | undefined;
  /** The page says that nobody acted: it looks again by itself. */
  readonly passive?: true | undefined;
  readonly contentType: string | undefined;
  /** Whether bytes follow the headers. */
  readonly hasBody: boolean;
}

export const SOCKET_PROTOCOL = 'wardmesh.rpc';
export const TOKEN_PROTOCOL = 'wardmesh.token.';

/** Programs of others send an API key in their own ways: bouncers in X-Api-Key, firewalls and TAXII clients as a password. */
export function foreignKey(
  url: string,
  authorization: string | undefined,
  apiKey: string | undefined,
): string | undefined {
  if (/^\/v1\//.test(url)) return apiKey === undefined ? undefined : `Bearer ${apiKey}`;
  if (!/^\/(?:lists|stix|taxii2)\//.test(url)) return undefined;
  const [, basic] = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(authorization ?? '') ?? [];
  const password =
    basic === undefined
      ? ''
      : Buffer.from(basic, 'base64')
          .toString('latin1')
          .replace(/^[^:]*:/, '');
  return password.startsWith(API_KEY_PREFIX) ? `Bearer ${password}` : undefined;
}

/** The operator token or API key that was shown; empty for an Authorization header that holds none. */
export function tokenOf({ authorization, protocols }: RequestFacts): string | undefined {
  if (authorization !== undefined) return /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '';
  const offered = protocols?.split(',').map((protocol) => protocol.trim());
  return offered?.find((protocol) => protocol.startsWith(TOKEN_PROTOCOL))?.slice(TOKEN_PROTOCOL.length);
}

/** Types that forms of foreign pages cannot send: of calls, and of uploads. */
const OWN_TYPES = /^application\/(?:octet-stream|json(?:\s*;\s*charset="?utf-8"?)?)\s*$/i;

/**
 * Whether the session cookie counts. Browsers send it along whoever makes them: `ignored` where no act can follow, as when
 * somebody types an address; `refused` where one could. The Origin itself was checked before.
 */
export function cookieCounts(facts: RequestFacts): 'counts' | 'ignored' | 'refused' {
  const { method, calls, upgrade, origin, fetchSite, contentType, hasBody } = facts;
  if (!calls) return 'ignored';
  const ownPage = origin !== undefined || (fetchSite === 'same-origin' && !upgrade);
  const reads = (method === 'GET' || method === 'HEAD') && !upgrade;
  if (!ownPage) return reads ? 'ignored' : 'refused';
  return hasBody && !OWN_TYPES.test(contentType ?? '') ? 'refused' : 'counts';
}
