// What ends when the other end of an answer is gone, or the server stops.
import type { FastifyReply } from 'fastify';
import { linkedAbort } from '../../common/linked-abort.ts';

/** `done`: once the connection is done with the answer, before the signal ends. */
export function untilGone(reply: FastifyReply, stopping: AbortSignal, done: () => void): AbortSignal {
  const gone = linkedAbort(stopping);
  reply.raw.once('close', () => {
    done();
    gone.unlink();
    gone.abort();
  });
  return gone.signal;
}
