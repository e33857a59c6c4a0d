// The list as files that are fetched again and again: the same file is not sent twice to who says what it has.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { TextList } from '../../../gateway/lists/text-lists.ts';
import { ROUTE_ACCESS } from '../../access/table.ts';
import { doorError } from '../../errors.ts';
import { matchesTag } from '../../rest/etag.ts';
import { jsonArray, sendPieces } from './answer.ts';
import type { FeedRoutes } from './entering.ts';

/** Units of the caller's rate limit. */
const LIST_COST = 20;

const LISTS: Readonly<Record<string, TextList>> = {
  '/lists/blocklist.txt': 'plain',
  '/lists/nft': 'nft',
  '/lists/ipset': 'ipset',
  '/lists/nginx-geo.conf': 'nginx',
};

type Query = { Querystring: { readonly fam?: string } };

export function listRoutes(app: FastifyInstance, { enter, clock }: FeedRoutes): void {
  for (const [path, format] of Object.entries(LISTS)) {
    app.get<Query>(path, async (request, reply) => {
      const { feeds, who } = enter(request, ROUTE_ACCESS.feed, 0);
      const family = familyOf(request.query.fam);
      const { sequence } = feeds;
      if (unchanged(request, reply, `${format}-${family ?? 'all'}-${sequence}`, sequence, clock.now())) {
        return reply.code(304).send();
      }
      pay(who.charge(LIST_COST));
      return sendPieces(reply.type('text/plain; charset=utf-8'), feeds.list(format, family));
    });
  }

  app.get('/stix/bundle', async (request, reply) => {
    const { feeds } = enter(request, ROUTE_ACCESS.stix, LIST_COST);
    if (feeds.stix === undefined) throw doorError('feeds.stix-off');
    const objects = [...feeds.stix.objects()].map(({ object }) => object);
    const parts = bundle(`bundle--${feeds.stix.collection}`, objects);
    return sendPieces(reply.type('application/stix+json;version=2.1').header('cache-control', 'no-store'), parts);
  });
}

function* bundle(id: string, objects: readonly unknown[]): Generator<string> {
  yield `{"type":"bundle","id":${JSON.stringify(id)}`;
  // A bundle without objects has no such property.
  if (objects.length > 0) {
    yield ',"objects":';
    yield* jsonArray(objects);
  }
  yield '}';
}

/** Sets what a client may ask by next time, and says whether it has this already. */
function unchanged(
  request: FastifyRequest,
  reply: FastifyReply,
  version: string,
  sequence: number,
  now: number,
): boolean {
  const etag = `"${version}"`;
  const second = Math.floor(sequence / 1_000_000);
  reply.headers({ etag, 'cache-control': 'private, no-cache' });
  // A second that is not over may bring another change: its time says nothing yet.
  const past = sequence > 0 && second < Math.floor(now / 1000);
  if (past) reply.header('last-modified', new Date(second * 1000).toUTCString());
  const { 'if-none-match': tags, 'if-modified-since': since } = request.headers;
  if (tags !== undefined) return matchesTag(tags, etag);
  const time = Date.parse(since ?? '');
  return past && !Number.isNaN(time) && Math.floor(time / 1000) >= second;
}

function familyOf(text: string | undefined): 4 | 6 | undefined {
  if (text === undefined || text === '') return undefined;
  if (text !== '4' && text !== '6') throw doorError('feeds.family');
  return text === '4' ? 4 : 6;
}

function pay(wait: number): void {
  if (wait > 0) throw doorError('rpc.rate-limited', { retryAfterMs: wait });
}
