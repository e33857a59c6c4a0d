// CrowdSec's local API, as far as bouncers use it: decisions as a stream of changes and about one address. Each consumer's
// place is kept here, by key and address, since bouncers do not say where they are.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Decision, Profile } from '../../../gateway/lists/crowdsec.ts';
import type { Principal } from '../../access/principal.ts';
import { RANGES_SCOPE, ROUTE_ACCESS } from '../../access/table.ts';
import type { FeedDoor } from '../../ports.ts';
import type { Admitted } from '../admission.ts';
import { refusing } from '../refusing.ts';
import { jsonArray, sendPieces } from './answer.ts';
import type { FeedRoutes } from './entering.ts';

/** Units of the caller's rate limit. */
const CHANGES_COST = 1;
const ALL_COST = 20;
/** Of a body that is taken and thrown away. */
const METRICS_BYTES = 262_144;
/** Bouncers that cut a range to its first address, or compare ranges letter by letter. */
const ADDRESSES_ONLY = /^crowdsec-firewall-bouncer\/|traefik/i;

type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

export function lapiRoutes(app: FastifyInstance, { enter }: FeedRoutes): void {
  app.get('/health', () => ({ status: 'up' }));

  app.get<{ Querystring: Query }>('/v1/decisions/stream', async (request, reply) => {
    const startup = one(request.query, 'startup') === 'true';
    const { feeds, who } = enter(request, ROUTE_ACCESS.feed, startup ? ALL_COST : CHANGES_COST);
    const profile = profileOf(request, who.principal);
    const wanted = filterOf(request.query);
    const consumer = consumerOf(who);
    // Before what is read: what changes meanwhile is said again.
    const { sequence } = feeds;
    const changes = startup ? { deleted: [], new: feeds.decisions(profile) } : feeds.changes(consumer, profile);
    return sendPieces(json(reply), streamParts(changes.deleted.filter(wanted), changes.new.filter(wanted)), () => {
      if (request.method === 'GET') feeds.arrived(consumer, sequence);
    });
  });

  app.get<{ Querystring: Query }>('/v1/decisions', async (request, reply) => {
    const asks = ['ip', 'range', 'value'].some((name) => one(request.query, name) !== undefined);
    const { feeds, who } = enter(request, ROUTE_ACCESS.feed, asks ? CHANGES_COST : ALL_COST);
    const found = await refusing(async () => answer(feeds, request.query, profileOf(request, who.principal)));
    const wanted = found.filter(filterOf(request.query));
    return sendPieces(json(reply), wanted.length === 0 ? ['null'] : jsonArray(wanted));
  });

  app.post('/v1/usage-metrics', { bodyLimit: METRICS_BYTES }, async (request, reply) => {
    enter(request, ROUTE_ACCESS.feed, CHANGES_COST);
    return reply.code(201).send();
  });
}

function answer(feeds: FeedDoor, query: Query, profile: Profile): readonly Decision[] {
  const [ip, range, value] = ['ip', 'range', 'value'].map((name) => one(query, name));
  const asked = ip ?? range;
  if (asked !== undefined) return feeds.decisionsOn(asked);
  if (value === undefined) return feeds.decisions(profile);
  return feeds.decisionsOn(value).filter((decision) => decision.value === value);
}

function* streamParts(deleted: readonly Decision[], added: readonly Decision[]): Generator<string> {
  yield '{"deleted":';
  yield* jsonArray(deleted);
  yield ',"new":';
  yield* jsonArray(added);
  yield '}';
}

/** Not compressed, as CrowdSec does: bouncers with little memory read it as it comes. */
function json(reply: FastifyReply): FastifyReply {
  return reply.type('application/json').header('cache-control', 'no-store');
}

function profileOf({ headers }: FastifyRequest, principal: Principal): Profile {
  if (principal.kind === 'application' && principal.key.scopes.includes(RANGES_SCOPE)) return 'ranges';
  return ADDRESSES_ONLY.test(headers['user-agent'] ?? '') ? 'addresses' : 'ranges';
}

/** One key may serve several machines. */
function consumerOf({ principal, client }: Admitted): string {
  return `${principal.kind === 'application' ? principal.key.id : principal.kind} ${client.address}`;
}

function filterOf(query: Query): (decision: Decision) => boolean {
  const scopes = words(query, 'scopes') ?? words(query, 'scope');
  const [origins, types] = [words(query, 'origins'), words(query, 'type')];
  const [some, none] = [words(query, 'scenarios_containing'), words(query, 'scenarios_not_containing')];
  return ({ scope, origin, type, scenario }) =>
    (scopes === undefined || scopes.includes(scope.toLowerCase())) &&
    (origins === undefined || origins.includes(origin)) &&
    (types === undefined || types.includes(type)) &&
    (some === undefined || some.some((word) => scenario.includes(word))) &&
    (none === undefined || !none.some((word) => scenario.includes(word)));
}

function words(query: Query, name: string): string[] | undefined {
  const text = one(query, name);
  return text === undefined
    ? undefined
    : text
        .toLowerCase()
        .split(',')
        .filter((word) => word !== '');
}

/** What is sent empty was not asked. */
function one(query: Query, name: string): string | undefined {
  const value = query[name];
  const text = typeof value === 'string' ? value : value?.[0];
  return text === '' ? undefined : text;
}
