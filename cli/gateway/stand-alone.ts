// A gateway that runs by itself before one application: puts the parts together, listens, stops. How connections of visitors
// are taken: server.ts.

import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { randomBytes, sha256 } from '#crypto';
import { parseHex, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import { assembleGateway } from '../../gateway/assemble.ts';
import { GATEWAY_SECRET_BYTES, gatewayKeys } from '../../gateway/captcha/secrets.ts';
import type { Limiter } from '../../gateway/limits/limiter.ts';
import { MemoryLimiter } from '../../gateway/limits/memory-limiter.ts';
import { RequestLimits } from '../../gateway/limits/request-limits.ts';
import { RouteTable } from '../../gateway/limits/route-table.ts';
import { ValkeyLimiter } from '../../gateway/limits/valkey-limiter.ts';
import { ValkeyStore } from '../../gateway/limits/valkey-store.ts';
import { DeltaBreaker } from '../../gateway/lookup/delta-breaker.ts';
import { breakersOf } from '../../gateway/lookup/held-blocks.ts';
import { NeverBlock } from '../../gateway/never-block.ts';
import { HeaderSessions } from '../../gateway/ways-in/header-sessions.ts';
import { JwtSessions } from '../../gateway/ways-in/jwt-sessions.ts';
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
import { serverOf } from './server.ts';
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

export async function startGateway(settings: GatewaySettings, modules: StandAloneModules): Promise<StandAlone> {
  const { clock, logger } = modules;
  mkdirSync(settings.data, { recursive: true, mode: 0o700 });
  const keys = gatewayKeys(await secretOf(join(settings.data, 'secret')));
  const [a, b, c, d] = randomBytes(4);
  const list = new KeptList(
    { path: join(settings.data, 'list'), seed: ((a << 24) | (b << 16) | (c << 8) | d) >>> 0 },
    {
      logger,
      breaker: { holds: (added, at) => breaker.holds(added, at), room: (at) => breaker.room(at) },
      onRemoved: (network) => gateway.reset(network),
    },
  );
  await list.load(clock.now());
  await list.save(clock.now()).catch((error: unknown) => {
    logger.error({ err: error }, 'the list cannot be written: addresses that are blocked no more stay in its file');
  });
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
      onReport: (decision, matched) => reports?.add(decision, matched),
      onAttack: (attack, samples) => proposals?.found(attack, samples),
    },
  );
  const breaker = new DeltaBreaker(gateway);
  const bring =
    client === undefined
      ? undefined
      : new BringLog(
          { name: settings.name ?? nameFrom(keys.log, settings.data) },
          { client, log, breakers: breakersOf(gateway, list.held), clock, logger },
        );
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
