// The Fastify instance under the doors: plain or with TLS, its time limits, whom it believes about the client, the
// headers of every answer. Knows no route.
import type { RequestListener, Server } from 'node:http';
import type { Socket } from 'node:net';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { type BareStatus, bareAnswer } from './bare-answer.ts';
import type { RpcLimits } from './options.ts';
import { addSecurityHeaders, BARE_HEADERS } from './security-headers.ts';
import { type TlsSource, tlsServer } from './tls-listener.ts';

export interface AppOptions {
  readonly limits: RpcLimits;
  readonly tls: TlsSource | undefined;
  readonly trustedProxies: readonly string[];
  /** Whether a Host header names this node. */
  isHost(host: string): boolean;
}

export function createApp({ limits, tls, trustedProxies, isHost }: AppOptions): FastifyInstance {
  // The longest that any address allows: slow-bodies.ts holds the others to less.
  const { handshakeTimeoutMs, uploadTimeoutMs: requestTimeoutMs, idleTimeoutMs } = limits;
  const http = { headersTimeout: limits.headersTimeoutMs, connectionsCheckingInterval: 1000 };
  const common = {
    bodyLimit: 1024,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: idleTimeoutMs,
    forceCloseConnections: true,
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    clientErrorHandler: answerBroken,
    frameworkErrors: (_error: unknown, _request: unknown, reply: FastifyReply) => answerUnroutable(reply),
  } as const;
  const secure = (handler: RequestListener, source: TlsSource): Server =>
    tlsServer(
      source,
      { handshakeTimeoutMs, isHost },
      { ...http, requestTimeout: requestTimeoutMs },
      handler,
    ).setTimeout(idleTimeoutMs);
  const app =
    tls === undefined
      ? fastify({ ...common, http })
      : fastify({ ...common, serverFactory: (handler) => secure(handler as RequestListener, tls) });
  app.server.maxConnections = limits.maxConnections;
  return app;
}

/** Before anything that may answer. */
export function addHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', addSecurityHeaders);
}

/** To an address that no router can read; no hook has run. */
function answerUnroutable(reply: FastifyReply): void {
  const error = { code: 'rpc.bad-request', message: 'The address cannot be read' };
  void reply.code(400).headers(BARE_HEADERS).type('application/json; charset=utf-8').send(JSON.stringify({ error }));
}

const BROKEN: Readonly<Record<string, readonly [status: BareStatus, message: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request took too long'],
  HPE_HEADER_OVERFLOW: [431, 'The headers are too large'],
};

/** To bytes that are no request. Who failed at the handshake of TLS could not read an answer. */
function answerBroken(error: Error & { code?: string }, socket: Socket): void {
  const { code = '' } = error;
  if (code === 'ECONNRESET' || /^ERR_(?:SSL|TLS)_/.test(code)) {
    socket.destroy();
    return;
  }
  const [status, message] = BROKEN[code] ?? [400, 'The request cannot be read'];
  bareAnswer(socket, status, { code: 'rpc.bad-request', message });
}
