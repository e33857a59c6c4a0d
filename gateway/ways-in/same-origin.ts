// Whether a form came from a page of the site itself, as far as browsers tell: programs say what they like, and gain nothing.
import type { IncomingHttpHeaders } from 'node:http';

/** `Sec-Fetch-Site` decides where it is sent (over TLS), else `Origin`; who sends neither is no browser of these days. */
export function isFromOwnPage(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const { origin } = headers;
  if (origin === undefined) return true;
  if (!URL.canParse(origin)) return false;
  // A web server before the gateway may have changed one of them; no page can set either.
  const hosts = [headers.host, headers['x-forwarded-host'], headers[':authority']];
  const own = new URL(origin).host;
  return own !== '' && hosts.some((host) => typeof host === 'string' && host.toLowerCase() === own);
}
