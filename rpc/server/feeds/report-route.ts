// POST and DELETE /api/v1/threat/report: what fail2ban and the like saw on other services, and that it is over. The address
// stands in the body: it has no place in addresses of requests.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { AccessRule } from '../../access/rule.ts';
import { ROUTE_ACCESS } from '../../access/table.ts';
import { doorError, invalidParams } from '../../errors.ts';
import type { ThreatSources } from '../../ports.ts';
import type { Admitted } from '../admission.ts';
import { refusing } from '../refusing.ts';

export interface ReportRouteModules {
  readonly sources: ThreatSources | undefined;
  /** Throws RpcError. */
  permit(request: FastifyRequest, rule: AccessRule): Admitted;
}

/** Units of the caller's rate limit: a report goes to every clinic. */
const REPORT_COST = 20;
const PATH = '/api/v1/threat/report';
const MAX_SECONDS = 30 * 86_400;

const category = z.enum(['flood', 'scan', 'bruteforce', 'injection', 'bot']);
const taken = z.strictObject({ address: z.string().max(64), category });
const reported = taken.extend({ seconds: z.int().min(1).max(MAX_SECONDS).optional() });

export function reportRoute(app: FastifyInstance, { sources, permit }: ReportRouteModules): void {
  const enter = <T>(request: FastifyRequest, schema: z.ZodType<T>): { door: ThreatSources; given: T } => {
    const who = permit(request, ROUTE_ACCESS.threatReport);
    if (sources === undefined) throw doorError('rpc.not-found');
    const wait = who.charge(REPORT_COST);
    if (wait > 0) throw doorError('rpc.rate-limited', { retryAfterMs: wait });
    const parsed = schema.safeParse(request.body);
    if (parsed.success) return { door: sources, given: parsed.data };
    throw invalidParams(parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })));
  };

  app.post(PATH, async (request, reply) => {
    const { door, given } = enter(request, reported);
    const { address, category, seconds } = given;
    const life = seconds === undefined ? undefined : seconds * 1000;
    const done = await refusing(() => door.report(address, category, life));
    return reply
      .code(done.reported ? 201 : 200)
      .header('cache-control', 'no-store')
      .send(done);
  });

  app.delete(PATH, async (request, reply) => {
    const { door, given } = enter(request, taken);
    const done = await refusing(() => door.takeBack(given.address, given.category));
    return reply.header('cache-control', 'no-store').send(done);
  });
}
