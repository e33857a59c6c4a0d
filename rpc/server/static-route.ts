// The built pages: files as they are, any other page address gets the index (the browser's router decides).
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { doorError } from '../errors.ts';

const INDEX = 'index.html';
/** Addresses of the doors, and of files whose names change with their content: never answered with a page. */
const NO_PAGE = /^\/(?:rpc|api|health|metrics|assets)(?:\/|$)/;
/** A dot in the last part of the address. */
const FILE = /\.[^/]*$/;

export async function staticRoute(app: FastifyInstance, webRoot: string): Promise<void> {
  await app.register(fastifyStatic, {
    root: webRoot,
    wildcard: true,
    cacheControl: false,
    dotfiles: 'ignore',
    setHeaders: (response, path) => {
      const immutable = path.startsWith(join(webRoot, 'assets'));
      response.header('cache-control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  app.setNotFoundHandler((request, reply) => page(webRoot, request, reply));
}

async function page(webRoot: string, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const path = request.url.split('?')[0];
  const reads = request.method === 'GET' || request.method === 'HEAD';
  if (!reads || !wantsPage(path, request.headers.accept) || NO_PAGE.test(path)) throw doorError('rpc.not-found');
  const built = await access(join(webRoot, INDEX)).then(
    () => true,
    () => false,
  );
  if (!built) throw doorError('rpc.not-found');
  return reply.sendFile(INDEX);
}

/** Programs that check an address, as with HEAD, name no type or take any; a file that is not there is no page to them. */
function wantsPage(path: string, accept: string | undefined): boolean {
  if (accept?.includes('text/html') === true) return true;
  return (accept === undefined || accept === '*/*') && !FILE.test(path);
}
