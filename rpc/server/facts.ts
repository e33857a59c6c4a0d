// What admission looks at, from a Fastify request.
import type { FastifyRequest } from 'fastify';
import { PASSIVE_HEADER } from '../client/passive.ts';
import { foreignKey, type RequestFacts } from './credentials.ts';

/** Addresses at which something can be called; everything else are pages and files. */
const CALLS = /^\/(?:rpc|api|metrics|v1|lists|stix|taxii2)(?:[/?]|$)/;

export function factsOf(request: FastifyRequest): RequestFacts {
  const { headers, url, method } = request;
  const first = (name: string): string | undefined => {
    const value = headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  return {
    method,
    calls: CALLS.test(url),
    upgrade: headers.upgrade !== undefined,
    address: request.ip,
    secure: request.protocol === 'https',
    // As a trusted proxy says, else as the header does.
    host: request.host,
    origin: headers.origin,
    userAgent: headers['user-agent'],
    authorization: foreignKey(url, headers.authorization, first('x-api-key')) ?? headers.authorization,
    protocols: first('sec-websocket-protocol'),
    cookie: headers.cookie,
    fetchSite: first('sec-fetch-site'),
    passive: first(PASSIVE_HEADER) === '1' ? true : undefined,
    contentType: headers['content-type'],
    hasBody: headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0,
  };
}
