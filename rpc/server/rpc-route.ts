// POST /rpc and WS /rpc: hands messages to the dispatcher and sends its answers.
import fastifyWebsocket from '@fastify/websocket';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { doorError } from '../errors.ts';
import type { Admitted } from './admission.ts';
import type { Callers } from './callers.ts';
import { SOCKET_PROTOCOL } from './credentials.ts';
import type { RpcLimits } from './options.ts';
import { type SessionModules, type Socket, SocketSession } from './socket-session.ts';

export interface RpcRouteModules extends Omit<SessionModules, 'budget'> {
  readonly callers: Callers;
  admitted(request: FastifyRequest): Admitted;
  /** Its WebSocket is open. */
  upgraded(request: FastifyRequest): void;
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
  const { dispatcher, callers, admitted, upgraded } = modules;
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
        upgraded(request);
        sockets.add(who.key);
        socket.once('close', () => sockets.remove(who.key));
        const session = { ...modules, budget: callers.answersTo(who.principal) };
        new SocketSession(socket as unknown as Socket, who, limits, session).start();
      },
    });
  });

  async function post(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    if (!JSON_TYPE.test(request.headers['content-type'] ?? '')) throw doorError('rpc.media-type');
    const text = await callers.body(request, reply);
    const answer = await dispatcher.handle(text, callers.of(request, reply));
    if (answer === undefined) return reply.code(204).send();
    return reply.header('cache-control', 'no-store').type('application/json; charset=utf-8').send(answer);
  }
}

/** How many WebSockets are open, in all and by caller. */
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
