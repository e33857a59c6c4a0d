// A gateway that runs by itself before one application: puts the parts together, listens, stops.

import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createSecureServer } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { randomBytes, sha256 } from '#crypto';
import { parseHex, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { AddressTruth } from '../../gateway/address-truth.ts';
import { assembleGateway } from '../../gateway/assemble.ts';
import type { Breakers } from '../../gateway/breakers.ts';
import { GATEWAY_SECRET_BYTES, gatewayKeys } from '../../gateway/captcha/secrets.ts';
import { AtOnce } from '../../gateway/limits/at-once.ts';
import type { Limiter } from '../../gateway/limits/limiter.ts';
import { MemoryLimiter } from '../../gateway/limits/memory-limiter.ts';
import { RequestLimits } from '../../gateway/limits/request-limits.ts';
import { RouteTable } from '../../gateway/limits/route-table.ts';
import { ValkeyLimiter } from '../../gateway/limits/valkey-limiter.ts';
import { ValkeyStore } from '../../gateway/limits/valkey-store.ts';
import { DeltaBreaker } from '../../gateway/lookup/delta-breaker.ts';
import { networkKey } from '../../gateway/network-key.ts';
import { NeverBlock } from '../../gateway/never-block.ts';
import { forwardAuth } from '../../gateway/ways-in/forward-auth.ts';
import { HeaderSessions } from '../../gateway/ways-in/header-sessions.ts';
import { JwtSessions } from '../../gateway/ways-in/jwt-sessions.ts';
import { GatewayProxy, isWebSocket } from '../../gateway/ways-in/proxy.ts';
import { noSessions, type SessionSource } from '../../gateway/ways-in/session-source.ts';
import { Upstream } from '../../gateway/ways-in/upstream.ts';
import { UrlSessions } from '../../gateway/ways-in/url-sessions.ts';
import { writePrivateFile } from '../../node/data-directory.ts';
import { SecurityLog } from '../../node/security/security-log.ts';
import { createClient } from '../../rpc/client.ts';
import { BringLog } from './bring-log.ts';
import { FollowNode } from './follow-node.ts';
import { FollowSignatures } from './follow-signatures.ts';
import { KeptList } from './kept-list.ts';
import { KeptRules } from './kept-rules.ts';
import { ProposeSignatures } from './propose-signatures.ts';
import { ReportQueue } from './report-queue.ts';
import type { GatewaySettings } from './settings.ts';
import { WatchSoftening } from './watch-softening.ts';

export interface StandAloneModules {
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface StandAlone {
  readonly address: AddressInfo;
  stop(): Promise<void>;
}

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

export async function startGateway(settings: GatewaySettings, modules: StandAloneModules): Promise<StandAlone> {
  const { clock, logger } = modules;
  mkdirSync(settings.data, { recursive: true, mode: 0o700 });
  const keys = gatewayKeys(await secretOf(join(settings.data, 'secret')));
  const [a, b, c, d] = randomBytes(4);
  const list = new KeptList(
    { path: join(settings.data, 'list'), seed: ((a << 24) | (b << 16) | (c << 8) | d) >>> 0 },
    {
      logger,
      breaker: { holds: (added, at) => breaker.holds(added, at) },
      onRemoved: (network) => gateway.reset(network),
    },
  );
  await list.load(clock.now());
  const log = new SecurityLog(
    { path: join(settings.data, 'log'), storageKey: keys.log },
    { clock, logger, demandRoom: () => undefined },
  );
  await log.start();

  const reports = settings.node === undefined ? undefined : new ReportQueue(settings.node, { clock, logger, fetch });
  const client =
    settings.node === undefined
      ? undefined
      : createClient({
          url: settings.node.url,
          ...(settings.node.key === undefined ? {} : { token: settings.node.key }),
        });
  const neverBlock = new NeverBlock({ documentationBlockable: true });
  const rules = new KeptRules({ path: join(settings.data, 'rules') }, { enforced: list.enforced, neverBlock });
  await rules.load();
  const signatures = new FollowSignatures({ path: join(settings.data, 'signatures') }, { client, clock, logger });
  await signatures.load();
  const proposals = client === undefined ? undefined : new ProposeSignatures({ client, clock, logger });
  const follow = client === undefined ? undefined : new FollowNode({ client, list, rules, signatures, clock, logger });
  const breakers: Breakers = {
    openBreakers: (at) => [...gateway.openBreakers(at), ...list.openBreakers()],
    releaseBreaker: (breaker, at) => (breaker === 'list' ? list.release() : gateway.releaseBreaker(breaker, at)),
  };
  const bring =
    client === undefined
      ? undefined
      : new BringLog(
          { name: settings.name ?? nameFrom(keys.log, settings.data) },
          { client, log, breakers, clock, logger },
        );

  const memory = new MemoryLimiter({}, { clock });
  const store =
    settings.valkey === undefined
      ? undefined
      : new ValkeyStore(
          { url: settings.valkey, secret: keys.counters },
          {
            onStanding: (up) =>
              up
                ? logger.info('limits are counted together with the other gateways')
                : logger.warn('the server of the shared limits is gone: this gateway counts by itself'),
          },
        );
  const limiter: Limiter = store === undefined ? memory : new ValkeyLimiter({ clock, memory, store });
  const limits = new RequestLimits(settings.limits, { limiter, routes: new RouteTable(settings.limits.routes) });
  const { gateway, captcha, proxies, door, own } = assembleGateway(
    { ...settings, keys },
    {
      ...{ clock, random: randomBytes, limits, lookup: list.enforced, neverBlock },
      signatures: () => signatures.matcher,
      sessions: await sessionsOf(settings, clock),
      onDecision: (decision) => log.append(decision),
      onAnswered: (decision, status) => log.answered(decision, status),
      onReport: (decision) => reports?.add(decision),
      onAttack: (attack, samples) => proposals?.found(attack, samples),
    },
  );
  const breaker = new DeltaBreaker(gateway);
  const softened = new WatchSoftening({ gateway, clock, logger });
  const upstream =
    settings.upstream === undefined ? undefined : new Upstream({ url: settings.upstream, answerMs: settings.answerMs });
  const server = serverOf(settings, upstream, { door, own, captcha, proxies });

  store?.start();
  softened.start();
  signatures.start();
  proposals?.start();
  follow?.start();
  bring?.start();
  server.listen(settings.listen.port, settings.listen.host);
  await once(server, 'listening');
  const stop = async (): Promise<void> => {
    server.close();
    server.closeAllConnections?.();
    upstream?.stop();
    reports?.stop();
    await follow?.stop();
    await signatures.stop();
    await proposals?.stop();
    await bring?.stop();
    client?.close();
    store?.stop();
    softened.stop();
    await log.stop();
  };
  return { address: server.address() as AddressInfo, stop };
}

/** A log that is begun anew has another name, so that the node takes its entries from the first on. */
function nameFrom(key: Uint8Array, path: string): string {
  const machine = hostname()
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, '-')
    .replace(/^[.-]+/, '')
    .slice(0, 48);
  const log = toHex(sha256(key, new TextEncoder().encode(resolve(path)))).slice(0, 8);
  return machine === '' ? `gateway-${log}` : `${machine}-${log}`;
}

type Parts = Omit<Parameters<typeof forwardAuth>[0], 'owner'>;

function serverOf(settings: GatewaySettings, upstream: Upstream | undefined, parts: Parts): Server {
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

async function sessionsOf({ session }: GatewaySettings, clock: Clock): Promise<SessionSource> {
  switch (session.by) {
    case 'none':
      return noSessions;
    case 'header':
      return new HeaderSessions(session, { clock });
    case 'url':
      return new UrlSessions(session, { clock });
    case 'jwt':
      return JwtSessions.create(session, { clock });
  }
}

/** Made at the first start. Gateways that stand before one application have copies of one. */
async function secretOf(path: string): Promise<Uint8Array> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const known = text === undefined ? undefined : parseHex(text.trim());
  if (known?.length === GATEWAY_SECRET_BYTES) return known;
  if (text !== undefined) throw new RangeError(`${path} holds no secret of ${GATEWAY_SECRET_BYTES} bytes in hex`);
  const made = randomBytes(GATEWAY_SECRET_BYTES);
  await writePrivateFile(path, `${toHex(made)}\n`);
  return made;
}
