// The gateway inside an application of Connect or Express: `app.use(gatewayMiddleware(...))` before everything else.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressTruth } from '../address-truth.ts';
import { beginningOf, readText } from './body.ts';
import { isOver } from './ending.ts';
import type { FrontDoor } from './front-door.ts';
import { sendPage, visitOf } from './node-visit.ts';
import { isOwnPath, MAX_FORM_CHARS, type OwnPages } from './own-pages.ts';

export interface MiddlewareModules {
  readonly door: FrontDoor;
  readonly own: OwnPages;
  readonly proxies: AddressTruth;
}

/** Express mounts applications below a path: there `originalUrl` is what was sent. */
type MiddlewareRequest = IncomingMessage & { readonly originalUrl?: string };

export function gatewayMiddleware(modules: MiddlewareModules) {
  return (request: MiddlewareRequest, response: ServerResponse, next: (error?: unknown) => void): void => {
    enter(modules, request, response).then((passes) => {
      if (passes) next();
    }, next);
  };
}

/** False when the visit was answered here, or the visitor has left. */
async function enter(
  { door, own, proxies }: MiddlewareModules,
  request: MiddlewareRequest,
  response: ServerResponse,
): Promise<boolean> {
  const secure = proxies.trusts(request.socket.remoteAddress) && request.headers['x-forwarded-proto'] === 'https';
  const visit = visitOf(request, request.originalUrl ?? request.url, secure);
  const head = visit.method === 'HEAD';
  if (isOwnPath(visit.url)) {
    const form = visit.method === 'POST' ? await readText(request, MAX_FORM_CHARS) : '';
    const tooLarge = { status: 413, headers: { connection: 'close' }, body: '' };
    sendPage(response, form === undefined ? tooLarge : await own.answer(visit, await door.factsOf(visit), form), head);
    return false;
  }
  const tooLong = door.tooLong(visit);
  const admission =
    tooLong === undefined ? await door.admit({ ...visit, body: () => beginningOf(request) }) : { page: tooLong };
  if ('page' in admission) {
    sendPage(response, admission.page, head);
    return false;
  }
  // Who left while being judged waits for nothing that the application does.
  if (isOver(request, response)) return false;
  for (const [name, value] of Object.entries(admission.passage.fields)) response.setHeader(name, value);
  response.once('finish', () => door.answered(admission.passage, response.statusCode, response.getHeaders()));
  return true;
}
