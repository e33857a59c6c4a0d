// A request as every way in knows it before it is judged, and the facts made of it. Owns no socket.
import type { IncomingHttpHeaders } from 'node:http';
import type { TrueAddress } from '../address-truth.ts';
import { clearancesIn } from '../captcha/clearance.ts';
import {
  MAX_BODY_CHARS,
  MAX_HEADER_CHARS,
  MAX_PATH_CHARS,
  MAX_QUERY_CHARS,
  type RequestFacts,
} from '../judge/facts.ts';
import type { SessionClaim } from './session-claim.ts';

export interface Visit {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Name, value, name, value; in the order of the request. */
  readonly rawHeaders: readonly string[];
  /** The socket's other end. */
  readonly peer: string | undefined;
  /** The client, or the proxy of ours before it, came over TLS. */
  readonly secure: boolean;
  /** The beginning of the body, where the way in can show it. Asked once at most, of visits that are not refused anyway. */
  body?(): string | Promise<string>;
}

export function factsOf(
  visit: Visit,
  at: number,
  address: TrueAddress,
  session: SessionClaim,
  body = '',
): RequestFacts {
  const { url, headers } = visit;
  const mark = url.indexOf('?');
  return {
    at,
    client: address.client,
    forwarding: address.forwarding,
    method: visit.method.toUpperCase().slice(0, 32),
    path: (mark === -1 ? url : url.slice(0, mark)).slice(0, MAX_PATH_CHARS),
    query: mark === -1 ? '' : url.slice(mark + 1, mark + 1 + MAX_QUERY_CHARS),
    userAgent: clipped(headers['user-agent']),
    referer: clipped(headers.referer),
    cookie: clipped(headers.cookie),
    clearances: clearancesIn(headers.cookie),
    headerOrder: orderOf(visit.rawHeaders),
    body: body.slice(0, MAX_BODY_CHARS),
    session: session.state,
    subject: session.subject,
    staff: session.staff === true,
  };
}

/** More path or query than is read: what follows would go on unseen. */
export function isTooLong({ url }: Visit): boolean {
  const mark = url.indexOf('?');
  const path = mark === -1 ? url.length : mark;
  return path > MAX_PATH_CHARS || url.length - path - 1 > MAX_QUERY_CHARS;
}

function clipped(value: string | undefined): string {
  return value === undefined ? '' : value.slice(0, MAX_HEADER_CHARS);
}

function orderOf(raw: readonly string[]): string {
  const names: string[] = [];
  for (let i = 0, length = 0; i < raw.length && length <= MAX_HEADER_CHARS; i += 2) {
    // Of HTTP/2, where they are no headers.
    if (raw[i].startsWith(':')) continue;
    names.push(raw[i]);
    length += raw[i].length + 1;
  }
  return names.join(',').slice(0, MAX_HEADER_CHARS).toLowerCase();
}
