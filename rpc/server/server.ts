// The HTTP server of a node: one listener, admission before everything, then the routes. Owns no business.
import type { AddressInfo } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { OPEN, type Principal } from '../access/principal.ts';
import { type AccessRule, decide } from '../access/rule.ts';
import { discover } from '../discover.ts';
import { doorError, httpStatusOf, RpcError } from '../errors.ts';
import { Calls } from '../jsonrpc/calls.ts';
import { Dispatcher } from '../jsonrpc/dispatcher.ts';
import { errorAnswer, errorObject } from '../jsonrpc/protocol.ts';
import { type MethodTable, serviceTable } from '../jsonrpc/table.ts';
import { KeptAnswers } from '../rest/idempotency.ts';
import { BASE_PATH } from '../rest/operation.ts';
import { refusal as problemRefusal, RestDoor } from '../rest/rest-door.ts';
import { Admission, type Admitted, type Recognised } from './admission.ts';
import { addHeaders, createApp } from './app.ts';
import { backupRoute } from './backup-route.ts';
import { Callers } from './callers.ts';
import type { RequestFacts } from './credentials.ts';
import { docsRoute } from './docs-route.ts';
import { exportRoute } from './export-route.ts';
import { factsOf } from './facts.ts';
import { feedRoutes } from './feeds/feed-routes.ts';
import { foreignRefusal } from './feeds/refusals.ts';
import { reportRoute } from './feeds/report-route.ts';
import { fileRoutes } from './file-routes.ts';
import { Guarded } from './guarded.ts';
import { healthRoute } from './health-route.ts';
import { type RpcMetrics, rpcMetrics } from './metrics.ts';
import { DEFAULT_LIMITS, type RpcLimits, type RpcServerModules, type RpcServerOptions } from './options.ts';
import { restRoute, send } from './rest-route.ts';
import { rpcRoute, socketSupport } from './rpc-route.ts';
import { cutSlowBodies } from './slow-bodies.ts';
import { staticRoute } from './static-route.ts';
import { takeoutRoute } from './takeout-route.ts';

/** What somebody tried at the door itself, for the event log. */
const NOTED: ReadonlySet<string> = new Set(['rpc.bad-token', 'rpc.csrf', 'rpc.origin']);

export class RpcServer {
  private readonly options: RpcServerOptions;
  private readonly modules: RpcServerModules;
  private readonly limits: RpcLimits;
  private readonly metrics: RpcMetrics;
  private readonly admission: Admission;
  private readonly admittedBy = new WeakMap<FastifyRequest, Admitted>();
  private readonly guarded: Guarded;
  private running: { app: FastifyInstance; stopping: AbortController } | undefined;

  constructor(options: RpcServerOptions, modules: RpcServerModules) {
    this.options = options;
    this.modules = modules;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.metrics = rpcMetrics(modules.registry);
    this.guarded = new Guarded(modules.guard);
    const { token, clinicId, hosts, origins = [] } = options;
    const { clock, sessions, apiKeys } = modules;
    const lower = hosts.map((host) => host.toLowerCase());
    this.admission = new Admission(
      { token, clinicId, hosts: lower, origins, limits: this.limits },
      { clock, sessions, apiKeys },
    );
  }

  /** Where it listens, once started. */
  get port(): number | undefined {
    return (this.running?.app.server.address() as AddressInfo | null | undefined)?.port;
  }

  /** Resolves when it listens. */
  async start(): Promise<void> {
    if (this.running !== undefined) return;
    const { version } = this.options;
    const table = serviceTable({ handlers: this.modules.handlers, discover: () => discover(version) });
    await this.startWith(table);
  }

  /** As `start`, with another table of methods. */
  async startWith(table: MethodTable): Promise<void> {
    const stopping = new AbortController();
    const app = this.createApp();
    this.running = { app, stopping };
    try {
      await this.addRoutes(app, table, stopping.signal);
      await app.listen({ host: this.options.host, port: this.options.port });
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Cuts what is still open; resolves when the port is free. */
  async stop(): Promise<void> {
    const running = this.running;
    this.running = undefined;
    running?.stopping.abort();
    await running?.app.close();
  }

  private createApp(): FastifyInstance {
    const { limits, admission } = this;
    const { tls, trustedProxies = [] } = this.options;
    return createApp({ limits, tls, trustedProxies, isHost: (host) => admission.isHost(host) });
  }

  private async addRoutes(app: FastifyInstance, table: MethodTable, stopping: AbortSignal): Promise<void> {
    const { limits, metrics } = this;
    const { publicReads = true, protectMetrics = true, webRoot, version } = this.options;
    const { clock, logger, events, handlers, chainExport, backup, registry, sessions, accessLog } = this.modules;
    const kept = new KeptAnswers({ store: this.modules.answers, clock });
    await kept.open();
    const settings = { publicReads };
    const admitted = (request: FastifyRequest): Admitted => {
      const found = this.admittedBy.get(request);
      if (found === undefined) throw doorError('rpc.unauthorized');
      return found;
    };
    const permit = (request: FastifyRequest, rule: AccessRule): Admitted => {
      const who = admitted(request);
      const denial = decide(rule, who.principal, clock.now(), settings);
      const { principal, client } = who;
      const event = { principal, client, method: request.routeOptions.url ?? '', object: null };
      if (denial !== undefined) {
        accessLog?.record({ ...event, outcome: 'refused', code: denial });
        throw doorError(denial);
      }
      if (rule.logged === true) accessLog?.record({ ...event, outcome: 'permitted', code: null });
      return who;
    };
    const permits = (rule: AccessRule | undefined, principal: Principal): boolean =>
      decide(rule, principal, clock.now(), settings) === undefined;
    const calls = new Calls({ ...limits, ...settings }, { table, clock, logger, metrics, log: accessLog, sessions });
    const dispatcher = new Dispatcher(limits, { calls });
    const signedIn = (request: FastifyRequest, right: boolean): void => this.guarded.signedIn(request, right);
    const callers = new Callers(limits, { clock, stopping, admitted, signedIn });
    app.setErrorHandler((error, request, reply) => this.refuse(error as FastifyError, request, reply));
    cutSlowBodies(app, limits, clock);
    addHeaders(app);
    await socketSupport(app, limits);
    app.addHook('onRequest', (request, reply) => this.admit(request, reply));
    const socketModules = { events, clock, metrics, sessions, stopping, permits };
    const upgraded = (request: FastifyRequest): void => this.guarded.answered(request, 101);
    await this.guarded.routes(app);
    await rpcRoute(app, limits, { ...socketModules, dispatcher, callers, admitted, upgraded });
    await restRoute(app, { door: new RestDoor({ calls, kept }), callers, version });
    docsRoute(app);
    backupRoute(app, { backup, stopping, permit });
    await fileRoutes(app, { files: this.modules.files, sessions, clock, stopping, permit });
    takeoutRoute(app, { takeout: this.modules.takeout, stopping, permit });
    feedRoutes(app, { feeds: this.modules.feeds, clock, permit });
    reportRoute(app, { sources: this.modules.threatSources, permit });
    exportRoute(app, { maxExports: limits.maxExports }, { chainExport, stopping, permit });
    healthRoute(app, protectMetrics, { handlers, registry, stopping, admitted, permit });
    if (webRoot !== undefined) await staticRoute(app, webRoot);
    else app.setNotFoundHandler(() => Promise.reject(doorError('rpc.not-found')));
  }

  private async admit(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const facts = factsOf(request);
    // Supervisors ask by whatever address they know; the answer tells nothing.
    const named = !request.url.startsWith('/health/');
    const recognised = this.admission.foreign(facts, named) ?? (await this.admission.recognise(facts));
    if (!(await this.guarded.admit(request, reply, recognised.visitor))) return reply;
    const admitted = await this.identify(request, facts, recognised, reply);
    // The one place that limits: it knows what methods cost, in batches and on WebSockets too. The guard hears of refusals.
    const charge = (units: number): number => {
      const wait = admitted.charge(units);
      if (wait > 0) this.guarded.limited(request);
      return wait;
    };
    const wait = charge(1);
    if (wait > 0) throw doorError('rpc.rate-limited', { retryAfterMs: wait });
    this.admittedBy.set(request, { ...admitted, charge });
    return undefined;
  }

  private async identify(
    request: FastifyRequest,
    facts: RequestFacts,
    recognised: Recognised,
    reply: FastifyReply,
  ): Promise<Admitted> {
    try {
      return await this.admission.identify(facts, (header) => void reply.header('set-cookie', header), recognised);
    } catch (error) {
      if (error instanceof RpcError && error.code === 'rpc.rate-limited') this.guarded.limited(request);
      if (error instanceof RpcError && NOTED.has(error.code)) {
        const client = this.admission.clientOf(facts);
        const { code } = error;
        this.modules.accessLog?.record({
          principal: OPEN,
          client,
          method: 'door',
          object: null,
          outcome: 'refused',
          code,
        });
      }
      throw error;
    }
  }

  private refuse(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
    const refusal = error instanceof RpcError ? error : this.translate(error, request);
    this.metrics.refused.inc({ reason: refusal.code });
    if (request.url.startsWith(`${BASE_PATH}/`)) {
      send(reply, problemRefusal(refusal));
      return;
    }
    const wait = refusal.details.retryAfterMs;
    const foreign = foreignRefusal(request.url, refusal);
    if (typeof wait === 'number') reply.header('retry-after', Math.ceil(wait / 1000));
    if (httpStatusOf(refusal) === 401) reply.header('www-authenticate', 'Bearer realm="wardmesh"');
    if (foreign !== undefined) {
      reply.code(foreign.status).headers(foreign.headers).header('cache-control', 'no-store').send(foreign.body);
      return;
    }
    const rpc = request.url.split('?')[0] === '/rpc';
    const object = errorObject(refusal);
    const body = rpc
      ? errorAnswer(object, null)
      : JSON.stringify({ error: { code: refusal.code, message: refusal.message } });
    reply
      .code(httpStatusOf(refusal))
      .header('cache-control', 'no-store')
      .type('application/json; charset=utf-8')
      .send(body);
  }

  private translate(error: FastifyError, request: FastifyRequest): RpcError {
    const status = error.statusCode ?? 500;
    if (status === 413) return doorError('rpc.too-large');
    if (status === 415) return doorError('rpc.media-type');
    if (status === 404) return doorError('rpc.not-found');
    if (status < 500) return doorError('rpc.bad-request');
    this.modules.logger.error(
      { route: request.routeOptions.url, error: error.name, code: error.code },
      'request failed',
    );
    return doorError('rpc.busy');
  }
}
