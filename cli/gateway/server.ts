// How a gateway by itself takes connections of visitors: over TLS or not, as a proxy or for questions of one, how many at once
// and for how long. Starts nothing.
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createSecureServer } from 'node:http2';
import type { Socket } from 'node:net';
import type { AddressTruth } from '../../gateway/address-truth.ts';
import { AtOnce } from '../../gateway/limits/at-once.ts';
import { networkKey } from '../../gateway/network-key.ts';
import { forwardAuth } from '../../gateway/ways-in/forward-auth.ts';
import { GatewayProxy, isWebSocket } from '../../gateway/ways-in/proxy.ts';
import type { Upstream } from '../../gateway/ways-in/upstream.ts';
import type { GatewaySettings } from './settings.ts';

/** Connections of visitors at once: of all, and of one address (an IPv6 /64) that is no trusted proxy. */
export const MAX_VISITOR_CONNECTIONS = 10_000;
export const MAX_CONNECTIONS_PER_CLIENT = 256;
/** Requests at once on one connection of HTTP/2. */
const STREAMS = 100;
/** ms: until a request's head is there, until all of it is, between two requests, and in which nothing moves. */
const HEADERS_MS = 15_000;
const REQUEST_MS = 6 * 3_600_000;
const KEPT_MS = 60_000;
const IDLE_MS = 120_000;
const CHECK_EVERY_MS = 5_000;

type ServerParts = Omit<Parameters<typeof forwardAuth>[0], 'owner'>;

/** Does not listen yet. Without an upstream it answers questions of forward authentication. */
export function serverOf(settings: GatewaySettings, upstream: Upstream | undefined, parts: ServerParts): Server {
  if (upstream === undefined) {
    return listening(settings, parts.proxies, forwardAuth({ ...parts, owner: settings.owner }));
  }
  const proxy = new GatewayProxy({ upstream, ...parts });
  return listening(settings, parts.proxies, proxy.request as RequestListener).on('upgrade', proxy.upgrade);
}

function listening({ tls, answerMs }: GatewaySettings, proxies: AddressTruth, listener: RequestListener): Server {
  const times = {
    headersTimeout: HEADERS_MS,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: KEPT_MS,
    connectionsCheckingInterval: CHECK_EVERY_MS,
    // Other protocols that a client would rather speak are not heard: its request is one like any other.
    shouldUpgradeCallback: isWebSocket,
  };
  const server =
    tls === undefined
      ? createServer(times, listener)
      : (createSecureServer(
          {
            ...times,
            allowHTTP1: true,
            settings: { maxConcurrentStreams: STREAMS },
            cert: readFileSync(tls.certificate),
            key: readFileSync(tls.key),
          },
          listener as never,
        ) as unknown as Server);
  server.maxConnections = MAX_VISITOR_CONNECTIONS;
  const connections = new AtOnce({ perKey: MAX_CONNECTIONS_PER_CLIENT, inAll: MAX_VISITOR_CONNECTIONS });
  server.on('connection', (socket: Socket) => {
    const { remoteAddress } = socket;
    if (proxies.trusts(remoteAddress)) return;
    // Gone already.
    if (remoteAddress === undefined) return void socket.destroy();
    const client = networkKey(proxies.of(remoteAddress, undefined).client);
    if (!connections.enter(client)) socket.destroy();
    else socket.once('close', () => connections.leave(client));
  });
  // Of a connection on which nothing moves; an answer may take its time.
  server.timeout = Math.max(IDLE_MS, answerMs + HEADERS_MS);
  return server;
}
