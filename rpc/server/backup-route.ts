// GET /api/v1/backup: the backup of this clinic as a stream, for its operator; `?chain=1` with the blocks.
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AccessRule } from '../access/rule.ts';
import { ROUTE_ACCESS } from '../access/table.ts';
import { doorError } from '../errors.ts';
import type { BackupStream } from '../ports.ts';
import type { Admitted } from './admission.ts';
import { untilGone } from './until-gone.ts';

export interface BackupRouteModules {
  readonly backup: BackupStream | undefined;
  readonly stopping: AbortSignal;
  /** Throws RpcError. */
  permit(request: FastifyRequest, rule: AccessRule): Admitted;
}

export function backupRoute(app: FastifyInstance, { backup, stopping, permit }: BackupRouteModules): void {
  let running = false;
  app.get<{ Querystring: { chain?: string } }>('/api/v1/backup', { exposeHeadRoute: false }, (request, reply) => {
    permit(request, ROUTE_ACCESS.backup);
    if (backup === undefined) throw doorError('rpc.not-found');
    if (running) throw doorError('rpc.busy');
    const signal = untilGone(reply, stopping, () => {
      running = false;
      stream.destroy();
    });
    running = true;
    const stream = Readable.from(backup.stream(request.query.chain === '1', signal), {
      objectMode: false,
      highWaterMark: 1,
    });
    return reply.type('application/x-tar').header('cache-control', 'no-store').send(stream);
  });
}
