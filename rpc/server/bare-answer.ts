// Answers to what never became a request: bytes that are no HTTP, and HTTP on the port that speaks TLS.
// Written by hand on the socket, with the same headers as every other answer.
import type { Socket } from 'node:net';
import { BARE_HEADERS } from './security-headers.ts';

const REASONS = {
  308: 'Permanent Redirect',
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Header Fields Too Large',
};

export type BareStatus = keyof typeof REASONS;

/** `code` and `message` as in every error of the doors. Ends the connection. */
export function bareAnswer(
  socket: Socket,
  status: BareStatus,
  error: { readonly code: string; readonly message: string },
  headers: Readonly<Record<string, string>> = {},
): void {
  if (socket.destroyed) return;
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify({ error });
  const lines = Object.entries({
    ...BARE_HEADERS,
    ...headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${REASONS[status]}\r\n${lines.join('')}\r\n${body}`, () => socket.destroy());
}
