// /health/live, /health/ready and /metrics, for supervisors and Prometheus.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Registry } from '../../common/metrics.ts';
import { OPEN } from '../access/principal.ts';
import type { AccessRule } from '../access/rule.ts';
import { ROUTE_ACCESS } from '../access/table.ts';
import { doorError } from '../errors.ts';
import type { Handlers } from '../ports.ts';
import type { Admitted } from './admission.ts';

export interface HealthRouteModules {
  readonly handlers: Pick<Handlers, 'node_health'>;
  readonly registry: Registry | undefined;
  readonly stopping: AbortSignal;
  admitted(request: FastifyRequest): Admitted;
  /** Throws RpcError. */
  permit(request: FastifyRequest, rule: AccessRule): Admitted;
}

export function healthRoute(app: FastifyInstance, protectMetrics: boolean, modules: HealthRouteModules): void {
  const { handlers, registry, stopping, admitted, permit } = modules;
  app.get('/health/live', () => ({ live: true }));

  app.get('/health/ready', async (request, reply) => {
    const { client } = admitted(request);
    const context = { principal: OPEN, signal: stopping, client, cookies: undefined };
    const health = await handlers.node_health({}, context);
    return reply.code(health.ready ? 200 : 503).send({ ready: health.ready, reasons: health.reasons });
  });

  app.get('/metrics', async (request, reply) => {
    if (registry === undefined) throw doorError('rpc.not-found');
    if (protectMetrics) permit(request, ROUTE_ACCESS.metrics);
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}
