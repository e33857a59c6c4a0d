// Refusals as programs of others expect them: CrowdSec's bouncers know 403 and a message, TAXII has an error of its own.
import type { OutgoingHttpHeaders } from 'node:http';
import type { RpcError } from '../../errors.ts';
import { statusOf } from '../../rest/status.ts';
import { TAXII_TYPE } from './taxii-routes.ts';

export interface ForeignRefusal {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string;
}

/** Undefined where our own form is the right one. */
export function foreignRefusal(url: string, refusal: RpcError): ForeignRefusal | undefined {
  const status = statusOf(refusal.code);
  if (/^\/v1\//.test(url)) {
    const closed = status === 401 || status === 403;
    const message = closed ? 'access forbidden' : refusal.message;
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    return { status: closed ? 403 : status, headers, body: JSON.stringify({ message }) };
  }
  if (!/^\/taxii2(?:[/?]|$)/.test(url)) return undefined;
  const body = JSON.stringify({ title: refusal.message, error_code: refusal.code, http_status: String(status) });
  // Clients of TAXII send a user name and a password, and only when they are asked.
  const asked = status === 401 ? { 'www-authenticate': 'Basic realm="wardmesh", Bearer realm="wardmesh"' } : {};
  return { status, headers: { 'content-type': TAXII_TYPE, ...asked }, body };
}
