// /health/live, /health/ready and /metrics, for supervisors and Prometheus.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Registry } from '../../common/metrics.ts';
import { doorError } from '../errors.ts';
import type { Handlers } from '../ports.ts';
import type { Admitted } from './admission.ts';

export interface HealthRouteModules {
  readonly handlers: Pick<Handlers, 'node_health'>;
  readonly registry: Registry | undefined;
  readonly stopping: AbortSignal;
  admitted(request: FastifyRequest): Admitted;
}

export function healthRoute(app: FastifyInstance, protectMetrics: boolean, modules: HealthRouteModules): void {
  const { handlers, registry, stopping, admitted } = modules;
  app.get('/health/live', () => ({ live: true }));

  app.get('/health/ready', async (_request, reply) => {
    const health = await handlers.node_health({}, { access: 'open', signal: stopping });
    return reply.code(health.ready ? 200 : 503).send({ ready: health.ready, reasons: health.reasons });
  });

  app.get('/metrics', async (request, reply) => {
    if (registry === undefined) throw doorError('rpc.not-found');
    if (protectMetrics && admitted(request).access !== 'operator') throw doorError('rpc.unauthorized');
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}
