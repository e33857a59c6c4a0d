// Visits of Node's own servers, HTTP/1.1 and HTTP/2 alike, and pages as their answers.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { Page } from '../pages/page.ts';
import type { Visit } from './visit.ts';

export type NodeRequest = IncomingMessage | Http2ServerRequest;
export type NodeResponse = ServerResponse | Http2ServerResponse;

/** `url`: where the framework changed it, as sent. `proxySecure`: a proxy of ours said that the client came over TLS. */
export function visitOf(request: NodeRequest, url = request.url ?? '/', proxySecure = false): Visit {
  const { socket } = request;
  return {
    method: request.method ?? 'GET',
    url,
    headers: request.headers,
    rawHeaders: request.rawHeaders,
    peer: socket.remoteAddress,
    secure: proxySecure || (socket as TLSSocket).encrypted === true,
  };
}

/** A HEAD gets the head alone. */
export function sendPage(response: NodeResponse, { status, headers, body }: Page, head: boolean): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader('content-length', Buffer.byteLength(body));
  (response as ServerResponse).end(head ? undefined : body);
}
