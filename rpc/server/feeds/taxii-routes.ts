// TAXII 2.1, read only: discovery, one API root, one collection, its manifest and objects in pages.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { stampOf } from '../../../common/timestamp.ts';
import { ROUTE_ACCESS } from '../../access/table.ts';
import { doorError } from '../../errors.ts';
import type { StixDoor } from '../../ports.ts';
import type { FeedRoutes } from './entering.ts';
import { manifestEntry, type TaxiiParams, taxiiQuery, versionsOf } from './taxii-query.ts';

export const TAXII_TYPE = 'application/taxii+json;version=2.1';
const STIX_TYPE = 'application/stix+json;version=2.1';
const ROOT = '/taxii2/wardmesh/';
/** Bytes of a body that would be taken: none is. */
const MAX_CONTENT_LENGTH = 1024;
/** Units of the caller's rate limit. */
const PAGE_COST = 5;
const HANDSHAKE_COST = 1;

interface Shape {
  Querystring: TaxiiParams;
  Params: { readonly collection: string; readonly object: string };
}
type Request = FastifyRequest<Shape>;

export function taxiiRoutes(app: FastifyInstance, { enter }: FeedRoutes): void {
  const open = (request: FastifyRequest, cost: number): StixDoor => {
    const { feeds } = enter(request, ROUTE_ACCESS.stix, cost);
    if (feeds.stix === undefined) throw doorError('feeds.stix-off');
    if (!accepts(request.headers.accept)) throw doorError('rpc.not-acceptable');
    return feeds.stix;
  };
  const inside = (request: Request): StixDoor => {
    const stix = open(request, PAGE_COST);
    if (request.params.collection !== stix.collection) throw doorError('rpc.not-found');
    return stix;
  };

  app.get('/taxii2/', async (request, reply) => {
    const { title } = open(request, HANDSHAKE_COST);
    return send(reply, { title, default: ROOT, api_roots: [ROOT] });
  });
  app.get(ROOT, async (request, reply) => {
    const { title } = open(request, HANDSHAKE_COST);
    return send(reply, { title, versions: [TAXII_TYPE], max_content_length: MAX_CONTENT_LENGTH });
  });
  app.get(`${ROOT}collections/`, async (request, reply) =>
    send(reply, { collections: [collection(open(request, HANDSHAKE_COST))] }),
  );
  app.get<Shape>(`${ROOT}collections/:collection/`, async (request, reply) => send(reply, collection(inside(request))));

  app.get<Shape>(`${ROOT}collections/:collection/manifest/`, async (request, reply) =>
    page(reply, inside(request), request.query, manifestEntry),
  );
  app.get<Shape>(`${ROOT}collections/:collection/objects/`, async (request, reply) =>
    page(reply, inside(request), request.query, ({ object }) => object),
  );
  app.get<Shape>(`${ROOT}collections/:collection/objects/:object/`, async (request, reply) => {
    const asked = { ...request.query, 'match[id]': request.params.object };
    return page(reply, inside(request), asked, ({ object }) => object);
  });
  app.get<Shape>(`${ROOT}collections/:collection/objects/:object/versions/`, async (request, reply) => {
    const query = taxiiQuery({ ...request.query, 'match[id]': request.params.object });
    const { objects, more } = inside(request).page(query);
    if (objects.length === 0) throw doorError('rpc.not-found');
    return send(dated(reply, objects), { more, versions: versionsOf(objects) });
  });
}

function page(
  reply: FastifyReply,
  stix: StixDoor,
  params: TaxiiParams,
  shown: (placed: ReturnType<StixDoor['page']>['objects'][number]) => unknown,
): FastifyReply {
  const { objects, more } = stix.page(taxiiQuery(params));
  const last = objects.at(-1);
  if (last === undefined) return send(reply, {});
  return send(dated(reply, objects), { more, ...(more ? { next: String(last.at) } : {}), objects: objects.map(shown) });
}

function dated(reply: FastifyReply, objects: readonly { readonly at: number }[]): FastifyReply {
  return reply.headers({
    'x-taxii-date-added-first': stampOf(objects[0].at),
    'x-taxii-date-added-last': stampOf(objects[objects.length - 1].at),
  });
}

function collection({ collection: id, title }: StixDoor): object {
  return { id, title, can_read: true, can_write: false, media_types: [STIX_TYPE] };
}

function send(reply: FastifyReply, body: object): FastifyReply {
  return reply.type(TAXII_TYPE).header('cache-control', 'no-store').send(JSON.stringify(body));
}

/** A client of TAXII says so; one that takes anything takes this too. */
function accepts(header: string | undefined): boolean {
  const types = (header ?? '').split(',').map((text) =>
    text
      .toLowerCase()
      .replace(/\s/g, '')
      .replace(/;q=[\d.]+$/, ''),
  );
  return types.some((type) => ['*/*', 'application/taxii+json', TAXII_TYPE].includes(type));
}
