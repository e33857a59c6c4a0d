// GET /api/v1/chain/export: the whole chain as one JSON array, a block a line, pulled as fast as the reader reads.
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AccessRule } from '../access/rule.ts';
import { ROUTE_ACCESS } from '../access/table.ts';
import { doorError } from '../errors.ts';
import type { ChainExport } from '../ports.ts';
import type { Admitted } from './admission.ts';
import { untilGone } from './until-gone.ts';

export interface ExportRouteOptions {
  readonly maxExports: number;
}

export interface ExportRouteModules {
  readonly chainExport: ChainExport;
  readonly stopping: AbortSignal;
  /** Throws RpcError. */
  permit(request: FastifyRequest, rule: AccessRule): Admitted;
}

/** Units of the caller's rate limit. */
const EXPORT_COST = 50;

export function exportRoute(app: FastifyInstance, options: ExportRouteOptions, modules: ExportRouteModules): void {
  let running = 0;
  app.get('/api/v1/chain/export', { exposeHeadRoute: false }, (request, reply) => {
    const who = modules.permit(request, ROUTE_ACCESS.chainExport);
    const wait = who.charge(EXPORT_COST);
    if (wait > 0) throw doorError('rpc.rate-limited', { retryAfterMs: wait });
    if (running >= options.maxExports) throw doorError('rpc.busy');
    const signal = untilGone(reply, modules.stopping, () => {
      running--;
      stream.destroy();
    });
    running++;
    const stream = Readable.from(lines(modules.chainExport, signal), { objectMode: true, highWaterMark: 1 });
    return reply.type('application/json; charset=utf-8').header('cache-control', 'no-store').send(stream);
  });
}

/** An array that was cut short has no closing bracket: the reader can tell. */
async function* lines(chainExport: ChainExport, signal: AbortSignal): AsyncGenerator<string> {
  let before = '[\n';
  for await (const block of chainExport.blocks(signal)) {
    signal.throwIfAborted();
    yield before + JSON.stringify(block);
    before = ',\n';
  }
  yield before === '[\n' ? '[]\n' : '\n]\n';
}
