// The endpoint that a web server asks before it lets a request through: `forward_auth` of Caddy, ForwardAuth of Traefik and
// `auth_request` of nginx. Believes only servers that are trusted proxies, since they say whose request it is.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressTruth } from '../address-truth.ts';
import type { Captcha } from '../captcha/captcha.ts';
import { retryAfterSeconds } from '../limits/fields.ts';
import { challengePage, OWN_PATHS } from '../pages/challenge-page.ts';
import type { Page, PageOwner } from '../pages/page.ts';
import { limitPage, refusalPage } from '../pages/refusal-page.ts';
import { readText } from './body.ts';
import type { FrontDoor } from './front-door.ts';
import { sendPage, visitOf } from './node-visit.ts';
import { isOwnPage, localPath, MAX_FORM_CHARS, type OwnPages } from './own-pages.ts';
import type { Visit } from './visit.ts';

/** Answers with the page itself: Caddy and Traefik pass it on. */
export const AUTH_PATH = `${OWN_PATHS}auth`;
/** Answers 204 or 403 alone, since nginx takes nothing else; what to show stands in headers, for PAGE_PATH. */
export const AUTH_REQUEST_PATH = `${OWN_PATHS}auth-request`;
export const PAGE_PATH = `${OWN_PATHS}page`;

export interface ForwardAuthModules {
  readonly door: FrontDoor;
  readonly own: OwnPages;
  readonly captcha: Captcha;
  readonly proxies: AddressTruth;
  readonly owner: PageOwner;
}

const STRANGER: Page = { status: 403, headers: { 'content-type': 'text/plain' }, body: 'Not a trusted proxy\n' };

/** A listener of `request` of a server that web servers reach, and nobody else. */
export function forwardAuth(modules: ForwardAuthModules) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    answer(modules, request).then(
      (page) => sendPage(response, page, request.method === 'HEAD'),
      // Failing open, as the gateway does everywhere: a fault of ours closes nobody's door.
      () => sendPage(response, { status: 200, headers: {}, body: '' }, false),
    );
  };
}

async function answer(modules: ForwardAuthModules, request: IncomingMessage): Promise<Page> {
  const { door, own, proxies } = modules;
  if (!proxies.trusts(request.socket.remoteAddress)) return STRANGER;
  const path = (request.url ?? '/').split('?', 1)[0];
  const secure = request.headers['x-forwarded-proto'] === 'https';
  if (path === AUTH_PATH || path === AUTH_REQUEST_PATH) {
    const visit = originalOf(request, secure);
    // The server sends these to the gateway itself; the question only comes where its settings ask too much. No prefix: what
    // begins like them may be a path of the application once the server has read it.
    if (isOwnPage(visit.url)) return passed({}, path);
    const tooLong = door.tooLong(visit);
    const admission = tooLong === undefined ? await door.admit(visit) : { page: tooLong };
    if ('passage' in admission) return passed(admission.passage.fields, path);
    return path === AUTH_PATH ? admission.page : signalOf(admission.page);
  }
  const visit = visitOf(request, request.url, secure);
  if (path === PAGE_PATH) return shownPage(modules, visit);
  const form = visit.method === 'POST' ? await readText(request, MAX_FORM_CHARS) : '';
  if (form === undefined) return { status: 413, headers: { connection: 'close' }, body: '' };
  return own.answer(visit, await door.factsOf(visit), form);
}

/** The client's request as the server tells of it. */
function originalOf(request: IncomingMessage, secure: boolean): Visit {
  const { headers } = request;
  const told = (name: string): string | undefined => {
    const value = headers[name];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const visit = visitOf(request, told('x-forwarded-uri') ?? '/', secure);
  return { ...visit, method: told('x-forwarded-method') ?? 'GET', rawHeaders: withoutForwarding(request.rawHeaders) };
}

/** What the server added is no trait of the client. */
function withoutForwarding(raw: readonly string[]): string[] {
  const out: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    if (!raw[i].toLowerCase().startsWith('x-forwarded-')) out.push(raw[i], raw[i + 1]);
  }
  return out;
}

function passed(fields: Readonly<Record<string, string>>, path: string): Page {
  return { status: path === AUTH_PATH ? 200 : 204, headers: fields, body: '' };
}

function signalOf({ headers }: Page): Page {
  const kept = Object.entries(headers).filter(([name]) => name.startsWith('x-wardmesh-') || name === 'retry-after');
  return { status: 403, headers: Object.fromEntries(kept), body: '' };
}

/** nginx asks for the page of the answer it just got; action, reference and waiting time come back in headers. */
async function shownPage({ door, captcha, owner }: ForwardAuthModules, visit: Visit): Promise<Page> {
  const text = (name: string): string => String(visit.headers[name] ?? '').slice(0, 64);
  const action = text('x-wardmesh-action');
  const reference = text('x-wardmesh-reference');
  if (action === 'limit')
    return limitPage(owner, reference, retryAfterSeconds(Number(text('x-wardmesh-retry-after')) * 1000 || 0));
  if (action !== 'challenge') return refusalPage(owner, reference);
  const challenge = await captcha.challenge(await door.factsOf(visit));
  if (challenge === undefined) return limitPage(owner, reference, '30');
  const to = localPath(String(visit.headers['x-forwarded-uri'] ?? '/'));
  return challengePage(owner, { challenge, to, lost: false, reference });
}
