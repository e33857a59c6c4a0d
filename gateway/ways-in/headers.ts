// Which headers go on to the application and back, and which are of one connection only (RFC 9110, 7.6.1). Headers are kept as
// flat lists, so that order and repetition stay what they were.
import type { Visit } from './visit.ts';

const OF_ONE_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);
/** How long a body is and whom it is for: no client takes these out by naming them in Connection. */
const NEVER_STRUCK: ReadonlySet<string> = new Set(['content-length', 'transfer-encoding', 'host']);
/** Written anew: what a client says of itself in them is not believed. */
const FORWARDING: ReadonlySet<string> = new Set([
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'forwarded',
  'x-real-ip',
]);

/**
 * For the application; how a body without a length is framed, the upstream adds. `trusted`: the peer is a proxy of ours,
 * whose word on forwarding stands.
 */
export function requestHeaders(visit: Visit, trusted: boolean, upgrade?: string): string[] {
  const { headers, rawHeaders, peer = '', secure } = visit;
  const named = namedBy(headers.connection);
  const out: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i].toLowerCase();
    if (OF_ONE_CONNECTION.has(name) || FORWARDING.has(name) || named?.has(name) === true) continue;
    if (name.startsWith(':') || name.startsWith('x-wardmesh-') || name === 'expect') continue;
    out.push(rawHeaders[i], rawHeaders[i + 1]);
  }
  const host = headers.host ?? String(headers[':authority'] ?? '');
  if (headers.host === undefined && host !== '') out.push('host', host);
  const before = trusted ? textOf(headers['x-forwarded-for']) : undefined;
  out.push('x-forwarded-for', before === undefined ? peer : `${before}, ${peer}`);
  out.push(
    'x-forwarded-proto',
    (trusted ? textOf(headers['x-forwarded-proto']) : undefined) ?? (secure ? 'https' : 'http'),
  );
  out.push('x-forwarded-host', (trusted ? textOf(headers['x-forwarded-host']) : undefined) ?? host);
  if (upgrade !== undefined) out.push('connection', 'upgrade', 'upgrade', upgrade);
  return out;
}

/** For the client. `inward`: those that the application means for the gateway. */
export function answerHeaders(
  raw: readonly string[],
  connection: string | undefined,
  inward: ReadonlySet<string>,
): string[] {
  const named = namedBy(connection);
  const out: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i].toLowerCase();
    if (OF_ONE_CONNECTION.has(name) || inward.has(name) || named?.has(name) === true) continue;
    out.push(raw[i], raw[i + 1]);
  }
  return out;
}

function namedBy(connection: string | undefined): ReadonlySet<string> | undefined {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return undefined;
  return new Set(
    connection
      .toLowerCase()
      .split(',')
      .map((name) => name.trim())
      .filter((name) => !NEVER_STRUCK.has(name)),
  );
}

function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}
