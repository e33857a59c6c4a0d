// A connection that becomes another protocol, WebSocket above all: the request is sent on, and after the application's 101 the
// two sockets are one pipe.
import type { IncomingHttpHeaders } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Page } from '../pages/page.ts';
import { answerHeaders } from './headers.ts';
import type { Upstream } from './upstream.ts';
import type { Visit } from './visit.ts';

export interface UpgradeEnds {
  /** Headers of the answer that are not the client's. */
  readonly inward: ReadonlySet<string>;
  answered(status: number, headers: IncomingHttpHeaders): void;
  unavailable(status: 502 | 504): Page;
  /** Both ends are closed. Once. */
  done(): void;
}

export function passUpgrade(
  upstream: Upstream,
  request: { visit: Visit; headers: string[]; socket: Duplex; head: Uint8Array },
  ends: UpgradeEnds,
): void {
  const { visit, headers, socket, head } = request;
  const sent = upstream.open({ method: visit.method, path: visit.url, headers }, false);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    sent.destroy();
  }, upstream.answerMs);
  sent.once('upgrade', (answer, behind, first) => {
    clearTimeout(timer);
    behind.on('error', () => socket.destroy());
    ends.answered(101, answer.headers);
    const own = answerHeaders(answer.rawHeaders, answer.headers.connection, ends.inward);
    socket.write(headOf(101, [...own, 'connection', 'upgrade', 'upgrade', answer.headers.upgrade ?? '']));
    if (first.length > 0) socket.write(first);
    if (head.length > 0) behind.write(head);
    socket.pipe(behind).pipe(socket);
    socket.once('close', () => behind.destroy());
    behind.once('close', () => socket.destroy());
  });
  sent.once('response', (answer) => {
    clearTimeout(timer);
    const status = answer.statusCode ?? 502;
    ends.answered(status, answer.headers);
    const own = answerHeaders(answer.rawHeaders, answer.headers.connection, ends.inward);
    socket.write(headOf(status, [...own, 'connection', 'close']));
    answer.pipe(socket);
  });
  sent.once('error', () => {
    clearTimeout(timer);
    refuseUpgrade(socket, ends.unavailable(late ? 504 : 502));
  });
  socket.once('close', () => {
    clearTimeout(timer);
    sent.destroy();
    ends.done();
  });
  sent.end();
}

export function refuseUpgrade(socket: Duplex, { status, headers, body }: Page): void {
  if (socket.destroyed) return;
  const list = Object.entries(headers).flat();
  socket.end(
    `${headOf(status, [...list, 'content-length', String(Buffer.byteLength(body)), 'connection', 'close'])}${body}`,
  );
}

/** Names and values come from a parser that refuses line ends, or are our own. */
function headOf(status: number, headers: readonly string[]): string {
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
  for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`;
  return `${head}\r\n`;
}
