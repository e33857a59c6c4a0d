// When nobody waits for an answer any more: the response is closed or, where it is queued behind others of its connection, the
// connection is: Node 20 tells such a response nothing.
import type { Socket } from 'node:net';
import type { NodeRequest, NodeResponse } from './node-visit.ts';

/** Of connections with requests under way; one listener each, however many were sent at once. */
const waiting = new WeakMap<Socket, Set<() => void>>();

/** `close` came already and comes no more. */
export function isOver(request: NodeRequest, response: NodeResponse): boolean {
  if ('stream' in response) return response.stream.destroyed;
  return response.destroyed || request.socket.destroyed;
}

/** Calls once, when the answer is given or the client has left. Not for what is over. */
export function onceOver(request: NodeRequest, response: NodeResponse, over: () => void): void {
  // Streams of HTTP/2 are told apart, and hear of their connection's end.
  const others = 'stream' in response ? undefined : othersOf(request.socket);
  const end = (): void => {
    response.off('close', end);
    others?.delete(end);
    over();
  };
  others?.add(end);
  response.once('close', end);
}

function othersOf(socket: Socket): Set<() => void> {
  const known = waiting.get(socket);
  if (known !== undefined) return known;
  const made = new Set<() => void>();
  waiting.set(socket, made);
  socket.once('close', () => {
    for (const end of [...made]) end();
  });
  return made;
}
