// How a request for what is blocked here comes in, whatever the format. Owns no route.
import type { FastifyRequest } from 'fastify';
import type { Clock } from '../../../common/clock.ts';
import type { AccessRule } from '../../access/rule.ts';
import type { FeedDoor } from '../../ports.ts';
import type { Admitted } from '../admission.ts';

/** What the routes of one format are given. */
export interface FeedRoutes {
  readonly clock: Clock;
  /** The caller may, and has paid; throws RpcError. */
  enter(request: FastifyRequest, rule: AccessRule, cost: number): { readonly feeds: FeedDoor; readonly who: Admitted };
}
