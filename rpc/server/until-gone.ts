// What ends when the other end of an answer is gone, or the server stops.
import type { FastifyReply } from 'fastify';
import { linkedAbort } from '../../common/linked-abort.ts';
import { doorError } from '../errors.ts';

/**
 * `done`: once the connection is done with the answer, before the signal ends. Throws RpcError to whoever left while it was
 * asked who this is: nothing would tell of that end any more, and what is held until then would be held for good.
 */
export function untilGone(reply: FastifyReply, stopping: AbortSignal, done: () => void): AbortSignal {
  if (reply.raw.destroyed) throw doorError('rpc.bad-request');
  const gone = linkedAbort(stopping);
  reply.raw.once('close', () => {
    done();
    gone.unlink();
    gone.abort();
  });
  return gone.signal;
}
