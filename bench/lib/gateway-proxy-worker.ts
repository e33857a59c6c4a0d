// One process of bench/gateway-proxy.ts: the application, or a proxy before it with nothing judged or with a list of a size.
// Says its port and, when asked, the processor time that it took.
import { createServer } from 'node:http';
import { setImmediate as pause } from 'node:timers/promises';
import { randomBytes } from '#crypto';
import { systemClock as clock } from '../../common/clock.ts';
import { AddressTruth } from '../../gateway/address-truth.ts';
import { Captcha } from '../../gateway/captcha/captcha.ts';
import { gatewayKeys } from '../../gateway/captcha/secrets.ts';
import { Gateway } from '../../gateway/gateway.ts';
import { MemoryLimiter } from '../../gateway/limits/memory-limiter.ts';
import { ANONYMOUS, RequestLimits, SIGNED_IN } from '../../gateway/limits/request-limits.ts';
import { RouteTable } from '../../gateway/limits/route-table.ts';
import { type EnforcedEntry, EnforcedList } from '../../gateway/lookup/enforced-list.ts';
import { SignatureMatcher } from '../../gateway/signatures/matcher.ts';
import { STARTER_SET } from '../../gateway/signatures/starter-set.ts';
import { FrontDoor } from '../../gateway/ways-in/front-door.ts';
import { OwnPages } from '../../gateway/ways-in/own-pages.ts';
import { GatewayProxy } from '../../gateway/ways-in/proxy.ts';
import { NO_SESSION, type SessionSource } from '../../gateway/ways-in/session-source.ts';
import { SIGN_IN } from '../../gateway/ways-in/sign-in.ts';
import { Upstream } from '../../gateway/ways-in/upstream.ts';
import { clientText, type GatewayProxyTask } from './gateway-proxy-task.ts';

const BODY = Buffer.alloc(1_024, 'x');
const OWNER = { name: 'Clinic', phone: undefined, email: undefined };
/** Half of the visitors are signed in: as many strangers with one pattern would be an attack. */
const sessions: SessionSource = {
  claimOf: ({ headers: { cookie } }) => (cookie?.startsWith('s=') ? { state: 'valid', subject: cookie } : NO_SESSION),
};
const YEAR = 365 * 86_400_000;

async function listOf(blocked: number, ranges: number): Promise<EnforcedList> {
  const list = new EnforcedList({ seed: 7 }, { pause: async () => void (await pause()) });
  const until = Date.now() + YEAR;
  const entry = (high: number, prefix: number): EnforcedEntry => {
    return { network: { family: 4, prefix, high: high >>> 0, low: 0 }, verdict: 'block', byHand: false, until };
  };
  // Spread over networks that the clients of the measurement do not have.
  const singles = Array.from({ length: blocked }, (_, i) => entry(0x2d000000 + i * 97, 32));
  const wide = Array.from({ length: ranges }, (_, i) => entry(0x50000000 + i * 4_096, 24));
  await list.rebuild([...singles, ...wide]);
  return list;
}

async function judged({ blocked, ranges, clients }: GatewayProxyTask, proxies: AddressTruth) {
  const captcha = new Captcha({ keys: gatewayKeys(new Uint8Array(32)) }, { clock, random: randomBytes });
  const list = await listOf(blocked, ranges);
  const matcher = new SignatureMatcher(STARTER_SET);
  const gateway = new Gateway(
    { mode: 'enforce', maxClients: 200_000 },
    {
      lookup: list,
      signatures: () => matcher,
      captcha,
      neverBlock: { setOf: () => undefined },
      random: randomBytes,
      onDecision: () => undefined,
      onReport: () => undefined,
    },
  );
  const limiter = new MemoryLimiter({}, { clock });
  const limits = new RequestLimits(
    { anonymous: ANONYMOUS, signedIn: SIGNED_IN },
    { limiter, routes: new RouteTable([{ path: '/api/:thing', cost: 1 }]) },
  );
  const door = new FrontDoor({ owner: OWNER, signIn: SIGN_IN }, { clock, gateway, limits, captcha, sessions, proxies });
  for (let i = 0; i < clients; i++) {
    if (i % 10_000 === 0) await pause();
    const headers = { host: 'a', 'user-agent': 'Mozilla/5.0', accept: 'text/html', 'x-forwarded-for': clientText(i) };
    const rawHeaders = Object.entries(headers).flat();
    const cookie = { cookie: `${i % 2 === 0 ? 's' : 'x'}=${i}` };
    await door.admit({
      method: 'GET',
      url: `/${i % 97}`,
      headers: { ...headers, ...cookie },
      rawHeaders,
      peer: '127.0.0.1',
      secure: false,
    });
  }
  return { door, own: new OwnPages({ owner: OWNER }, { captcha, limits }), tracked: () => gateway.trackedClients };
}

async function main(task: GatewayProxyTask): Promise<void> {
  let tracked = (): number => 0;
  // A measurement that others hold up must not lose its connections.
  const server = createServer({ keepAliveTimeout: 60_000 });
  if (task.upstream === undefined) {
    server.on('request', (_, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(BODY);
    });
  } else {
    const proxies = new AddressTruth({ trustedProxies: ['127.0.0.0/8'] });
    const parts = task.judged ? await judged(task, proxies) : undefined;
    if (parts !== undefined) tracked = parts.tracked;
    const upstream = new Upstream({ url: new URL(`http://127.0.0.1:${task.upstream}`) });
    const proxy = new GatewayProxy({ upstream, proxies, door: parts?.door, own: parts?.own });
    server.on('request', proxy.request);
  }
  // What the list was built from is nobody's any more: not to be cleared away while it is measured.
  globalThis.gc?.();
  server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as { port: number }).port }));
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.({ micros: user + system, rss: process.memoryUsage().rss, tracked: tracked() });
  });
  process.on('disconnect', () => process.exit());
}

await main(JSON.parse(process.argv[2]) as GatewayProxyTask);
