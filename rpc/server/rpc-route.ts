// POST /rpc and WS /rpc: hands messages to the dispatcher and sends its answers.
import fastifyWebsocket from '@fastify/websocket';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../common/clock.ts';
import { loadClass } from '../access/principal.ts';
import { doorError } from '../errors.ts';
import type { Dispatcher } from '../jsonrpc/dispatcher.ts';
import type { EventSource } from '../ports.ts';
import { type Admitted, SOCKET_PROTOCOL } from './admission.ts';
import { readBody } from './body.ts';
import { ByteBudget } from './budget.ts';
import type { RpcMetrics } from './metrics.ts';
import type { RpcLimits } from './options.ts';
import { type Socket, SocketSession } from './socket-session.ts';

export interface RpcRouteModules {
  readonly dispatcher: Dispatcher;
  readonly events: EventSource;
  readonly clock: Clock;
  readonly metrics: RpcMetrics;
  readonly stopping: AbortSignal;
  admitted(request: FastifyRequest): Admitted;
}

const JSON_TYPE = /^application\/json(?:\s*;\s*charset=utf-8)?\s*$/i;

/** Before any hook that refuses requests: its own hook marks the upgrades whose sockets it must end when refused. */
export async function socketSupport(app: FastifyInstance, limits: RpcLimits): Promise<void> {
  await app.register(fastifyWebsocket, {
    options: {
      maxPayload: limits.socketMessageBytes,
      perMessageDeflate: false,
      handleProtocols: (offered: Set<string>) => (offered.has(SOCKET_PROTOCOL) ? SOCKET_PROTOCOL : false),
    },
    errorHandler: (_error, socket) => socket.terminate(),
  });
}

export async function rpcRoute(app: FastifyInstance, limits: RpcLimits, modules: RpcRouteModules): Promise<void> {
  const { dispatcher, clock, admitted, stopping } = modules;
  const budgets = {
    open: new ByteBudget(limits.openAnswerBytes),
    operator: new ByteBudget(limits.operatorAnswerBytes),
  };
  const sockets = new SocketCount(limits);

  await app.register(async (scope) => {
    // The body is read by the handler: its bound depends on the caller.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    scope.post('/rpc', (request, reply) => post(request, reply));
    scope.route({
      method: 'GET',
      url: '/rpc',
      preHandler: async (request) => {
        if (request.ws && !sockets.free(admitted(request).key)) throw doorError('rpc.busy');
      },
      handler: () => {
        throw doorError('rpc.websocket-only');
      },
      wsHandler: (socket, request) => {
        const who = admitted(request);
        sockets.add(who.key);
        socket.once('close', () => sockets.remove(who.key));
        const session = { ...modules, budget: budgets[loadClass(who.principal)] };
        new SocketSession(socket as unknown as Socket, who, limits, session).start();
      },
    });
  });

  async function post(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    if (!JSON_TYPE.test(request.headers['content-type'] ?? '')) throw doorError('rpc.media-type');
    const who = admitted(request);
    const maxBytes = who.principal.kind === 'operator' ? limits.operatorBodyBytes : limits.openBodyBytes;
    const text = await readBody(request.raw, { maxBytes, lingerMs: limits.lingerMs }, clock);
    const gone = new AbortController();
    const budget = budgets[loadClass(who.principal)];
    let reserved = 0;
    reply.raw.once('close', () => {
      budget.release(reserved);
      gone.abort();
    });
    const answer = await dispatcher.handle(text, {
      principal: who.principal,
      client: who.client,
      cookies: undefined,
      signal: AbortSignal.any([gone.signal, stopping]),
      charge: who.charge,
      reserve: (bytes) => {
        const room = !gone.signal.aborted && budget.reserve(bytes);
        if (room) reserved += bytes;
        return room;
      },
      subscriptions: undefined,
    });
    if (answer === undefined) return reply.code(204).send();
    return reply.header('cache-control', 'no-store').type('application/json; charset=utf-8').send(answer);
  }
}

/** How many WebSockets are open, in all and by address. */
class SocketCount {
  private readonly limits: RpcLimits;
  private readonly byKey = new Map<string, number>();
  private total = 0;

  constructor(limits: RpcLimits) {
    this.limits = limits;
  }

  free(key: string): boolean {
    return this.total < this.limits.maxSockets && (this.byKey.get(key) ?? 0) < this.limits.maxSocketsPerAddress;
  }

  add(key: string): void {
    this.total++;
    this.byKey.set(key, (this.byKey.get(key) ?? 0) + 1);
  }

  remove(key: string): void {
    this.total--;
    const left = (this.byKey.get(key) ?? 1) - 1;
    if (left === 0) this.byKey.delete(key);
    else this.byKey.set(key, left);
  }
}
