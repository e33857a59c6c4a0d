// /api/v1: hands requests to the REST door and sends its answers; the OpenAPI document.
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { doorError } from '../errors.ts';
import { openApiDocument } from '../openapi/document.ts';
import { etagOf, matchesTag } from '../rest/etag.ts';
import { BASE_PATH } from '../rest/operation.ts';
import type { RestAnswer, RestDoor } from '../rest/rest-door.ts';
import type { Callers } from './callers.ts';

export interface RestRouteModules {
  readonly door: RestDoor;
  readonly callers: Callers;
  readonly version: string;
}

const METHODS: HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'];

export async function restRoute(app: FastifyInstance, { door, callers, version }: RestRouteModules): Promise<void> {
  app.get(`${BASE_PATH}/openapi.json`, (request, reply) => openApi(version, request, reply));
  await app.register(async (scope) => {
    // The body is read by the door when it knows that one belongs there; its bound depends on the caller.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    scope.route({
      method: METHODS,
      url: `${BASE_PATH}/*`,
      exposeHeadRoute: false,
      handler: async (request, reply) => send(reply, await handle(request, reply)),
    });
  });

  function handle(request: FastifyRequest, reply: FastifyReply): Promise<RestAnswer> {
    const { raw, headers } = request;
    const url = raw.url ?? '';
    // The router of the server decodes before it compares; here an address is what was sent.
    if (!url.startsWith(`${BASE_PATH}/`)) throw doorError('rpc.not-found');
    const below = url.slice(BASE_PATH.length);
    const at = below.indexOf('?');
    return door.answer({
      verb: request.method,
      path: at < 0 ? below : below.slice(0, at),
      query: at < 0 ? '' : below.slice(at + 1),
      // A header that stands twice is seen twice.
      header: (name) => raw.headersDistinct[name]?.join(', '),
      hasBody: headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0,
      body: () => callers.body(request, reply),
      caller: callers.of(request, reply),
    });
  }
}

export function send(reply: FastifyReply, { status, headers, body }: RestAnswer): FastifyReply {
  return reply.code(status).headers(headers).send(body);
}

function openApi(version: string, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const text = JSON.stringify(openApiDocument(version));
  const etag = etagOf(new TextEncoder().encode(text));
  reply.headers({ etag, 'cache-control': 'no-cache' });
  if (matchesTag(request.headers['if-none-match'], etag)) return reply.code(304).send();
  return reply.type('application/json; charset=utf-8').send(text);
}
