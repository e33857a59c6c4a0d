// The doors of what is blocked here for programs of others. Owns what they have in common: who asks, and what asking costs.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '../../../common/clock.ts';
import type { AccessRule } from '../../access/rule.ts';
import { doorError } from '../../errors.ts';
import type { FeedDoor } from '../../ports.ts';
import type { Admitted } from '../admission.ts';
import type { FeedRoutes } from './entering.ts';
import { lapiRoutes } from './lapi-routes.ts';
import { listRoutes } from './list-routes.ts';
import { taxiiRoutes } from './taxii-routes.ts';

export interface FeedRouteModules {
  readonly feeds: FeedDoor | undefined;
  readonly clock: Clock;
  /** Throws RpcError. */
  permit(request: FastifyRequest, rule: AccessRule): Admitted;
}

export function feedRoutes(app: FastifyInstance, { feeds, clock, permit }: FeedRouteModules): void {
  const enter: FeedRoutes['enter'] = (request, rule, cost) => {
    const who = permit(request, rule);
    if (feeds === undefined) throw doorError('rpc.not-found');
    const wait = who.charge(cost);
    if (wait > 0) throw doorError('rpc.rate-limited', { retryAfterMs: wait });
    return { feeds, who };
  };
  const routes = { clock, enter };
  lapiRoutes(app, routes);
  listRoutes(app, routes);
  taxiiRoutes(app, routes);
}
