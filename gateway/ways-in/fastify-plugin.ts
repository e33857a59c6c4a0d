// The gateway inside an application of Fastify: `await gatewayPlugin(app, ...)` before its routes. A route says what it costs
// in `config: { cost: 5 }`.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Page } from '../pages/page.ts';
import { beginningOf, readText } from './body.ts';
import { isOver } from './ending.ts';
import type { Passage } from './front-door.ts';
import type { MiddlewareModules } from './middleware.ts';
import { visitOf } from './node-visit.ts';
import { isOwnPath, MAX_FORM_CHARS } from './own-pages.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Units of the limit that a request takes, 1 without it. */
    cost?: number;
  }
}

/** Adds hooks to this instance, so that routes of it and below it are judged. */
export function gatewayPlugin(app: FastifyInstance, { door, own, proxies }: MiddlewareModules): void {
  const passages = new WeakMap<FastifyRequest, Passage>();
  app.addHook('onRequest', async (request, reply) => {
    const { raw } = request;
    const secure = proxies.trusts(raw.socket.remoteAddress) && raw.headers['x-forwarded-proto'] === 'https';
    const visit = visitOf(raw, request.originalUrl, secure);
    if (isOwnPath(visit.url)) {
      const form = visit.method === 'POST' ? await readText(raw, MAX_FORM_CHARS) : '';
      if (form === undefined) return reply.code(413).send();
      return send(reply, await own.answer(visit, await door.factsOf(visit), form));
    }
    const tooLong = door.tooLong(visit);
    if (tooLong !== undefined) return send(reply, tooLong);
    const admission = await door.admit({ ...visit, body: () => beginningOf(raw) }, request.routeOptions.config.cost);
    if ('page' in admission) return send(reply, admission.page);
    // Who left while being judged waits for nothing that the application does.
    if (isOver(raw, reply.raw)) return reply.hijack();
    passages.set(request, admission.passage);
    reply.headers(admission.passage.fields);
    return undefined;
  });
  app.addHook('onResponse', async (request, reply) => {
    const passage = passages.get(request);
    if (passage !== undefined) door.answered(passage, reply.statusCode, reply.getHeaders());
  });
}

function send(reply: FastifyReply, { status, headers, body }: Page): FastifyReply {
  return reply
    .code(status)
    .headers({ ...headers })
    .send(body);
}
