// Cuts requests whose bodies take too long. Node's own limit is one for every address and leaves uploads the time they need,
// as long as nobody answered them; here every other body has the short one.
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../common/clock.ts';
import { FILE_PATHS } from '../schema/file.ts';
import { bareAnswer } from './bare-answer.ts';

const LONG: ReadonlySet<string | undefined> = new Set([FILE_PATHS.uploads, FILE_PATHS.ownUploads]);

/** Before whatever may wait. */
export function cutSlowBodies(
  app: FastifyInstance,
  options: { readonly requestTimeoutMs: number },
  clock: Clock,
): void {
  app.addHook('onRequest', async ({ raw, headers, routeOptions }, reply) => {
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
    if (!hasBody) return;
    const check = (): void => {
      if (raw.complete) return;
      if (reply.sent) raw.socket.destroy();
      else if (LONG.has(routeOptions.url)) timer = clock.setTimeout(check, options.requestTimeoutMs);
      else bareAnswer(raw.socket, 408, { code: 'rpc.bad-request', message: 'The request took too long' });
    };
    let timer = clock.setTimeout(check, options.requestTimeoutMs);
    const stop = (): void => clock.clearTimeout(timer);
    raw.once('end', stop);
    raw.once('close', stop);
  });
}
