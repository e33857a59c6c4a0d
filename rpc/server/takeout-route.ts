// POST /api/v1/takeout: everything that this clinic wrote of one patient, with proofs, as a tar archive in a stream. Who asks
// encrypts it. The patient stands in the body: numbers have no place in addresses. POST /api/v1/me/takeout: the caller's own, or
// of whom the caller is a guardian.
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { AccessRule } from '../access/rule.ts';
import { ROUTE_ACCESS } from '../access/table.ts';
import { doorError, invalidParams } from '../errors.ts';
import { issueWords } from '../jsonrpc/issues.ts';
import type { CallContext, TakeoutStream } from '../ports.ts';
import { actingFields } from '../schema/me.ts';
import { lookupFields } from '../schema/patient.ts';
import type { Admitted } from './admission.ts';
import { refusing } from './refusing.ts';
import { untilGone } from './until-gone.ts';

export interface TakeoutRouteModules {
  readonly takeout: TakeoutStream | undefined;
  readonly stopping: AbortSignal;
  /** Throws RpcError. */
  permit(request: FastifyRequest, rule: AccessRule): Admitted;
}

/** Units of the caller's rate limit. */
const TAKEOUT_COST = 50;
/** Takeouts that are made at once. */
const MAX_TAKEOUTS = 2;
const params = z.strictObject(lookupFields);
const ownParams = z.strictObject(actingFields);

export function takeoutRoute(app: FastifyInstance, { takeout, stopping, permit }: TakeoutRouteModules): void {
  let running = 0;

  app.post('/api/v1/takeout', (request, reply) =>
    give(request, reply, ROUTE_ACCESS.takeout, (source, context) => source.open(read(params, request.body), context)),
  );
  app.post('/api/v1/me/takeout', (request, reply) =>
    give(request, reply, ROUTE_ACCESS.ownTakeout, (source, context) =>
      source.openOwn(context, read(ownParams, request.body ?? {}).actingFor),
    ),
  );

  async function give(
    request: FastifyRequest,
    reply: FastifyReply,
    rule: AccessRule,
    open: (source: TakeoutStream, context: CallContext) => Promise<AsyncIterable<Uint8Array>>,
  ): Promise<FastifyReply> {
    const who = permit(request, rule);
    const { principal, client } = who;
    if (takeout === undefined) throw doorError('rpc.not-found');
    const wait = who.charge(TAKEOUT_COST);
    if (wait > 0) throw doorError('rpc.rate-limited', { retryAfterMs: wait });
    if (running >= MAX_TAKEOUTS) throw doorError('rpc.busy');
    let stream: Readable | undefined;
    const signal = untilGone(reply, stopping, () => {
      running--;
      stream?.destroy();
    });
    running++;
    const context = { principal, client, signal, cookies: undefined };
    const source = await refusing(async () => open(takeout, context));
    stream = Readable.from(source, { objectMode: false, highWaterMark: 1 });
    return reply.type('application/x-tar').header('cache-control', 'no-store').send(stream);
  }
}

/** Throws RpcError `rpc.invalid-params`. */
function read<T>(shape: z.ZodType<T>, body: unknown): T {
  const given = shape.safeParse(body);
  if (given.success) return given.data;
  throw invalidParams(given.error.issues.map((one) => ({ path: one.path.join('.'), message: issueWords(one) })));
}
