// The other end of HTTP requests as calls see it, for JSON-RPC and REST alike: who it is, how much it may send, how much
// of its answers may wait. Owns the budgets of bytes.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../common/clock.ts';
import { type LoadClass, loadClass, type Principal } from '../access/principal.ts';
import { doorError } from '../errors.ts';
import type { Caller } from '../jsonrpc/caller.ts';
import type { Admitted } from './admission.ts';
import { readBody } from './body.ts';
import { ByteBudget } from './budget.ts';
import type { RpcLimits } from './options.ts';
import { untilGone } from './until-gone.ts';

export interface CallersModules {
  readonly clock: Clock;
  /** Ends when the server stops. */
  readonly stopping: AbortSignal;
  admitted(request: FastifyRequest): Admitted;
  /** Credentials were tried with this request. */
  signedIn(request: FastifyRequest, right: boolean): void;
}

export class Callers {
  private readonly limits: RpcLimits;
  private readonly modules: CallersModules;
  private readonly answers: Readonly<Record<LoadClass, ByteBudget>>;
  private readonly bodies: ByteBudget;

  constructor(limits: RpcLimits, modules: CallersModules) {
    this.limits = limits;
    this.modules = modules;
    this.answers = {
      open: new ByteBudget(limits.openAnswerBytes),
      signed: new ByteBudget(limits.signedAnswerBytes),
      operator: new ByteBudget(limits.operatorAnswerBytes),
    };
    this.bodies = new ByteBudget(limits.signedBodiesBytes);
  }

  /** Room for the answers to callers like this one. */
  answersTo(principal: Principal): ByteBudget {
    return this.answers[loadClass(principal)];
  }

  /** The caller of one request; what its answer takes is given back when the connection is done with it. */
  of(request: FastifyRequest, reply: FastifyReply): Caller {
    const { principal, client, cookies, charge } = this.modules.admitted(request);
    const budget = this.answersTo(principal);
    let reserved = 0;
    let gone = false;
    const signal = untilGone(reply, this.modules.stopping, () => {
      budget.release(reserved);
      gone = true;
    });
    return {
      ...{ principal, client, cookies, charge },
      signedIn: (right) => this.modules.signedIn(request, right),
      signal,
      reserve: (bytes) => {
        const room = !gone && budget.reserve(bytes);
        if (room) reserved += bytes;
        return room;
      },
      subscriptions: undefined,
    };
  }

  /** The body as text, up to what this caller may send. Throws RpcError. */
  async body(request: FastifyRequest, reply: FastifyReply): Promise<string> {
    const { limits } = this;
    const load = loadClass(this.modules.admitted(request).principal);
    const bounds = { open: limits.openBodyBytes, signed: limits.signedBodyBytes, operator: limits.operatorBodyBytes };
    let maxBytes = bounds[load];
    if (load === 'signed') maxBytes = this.reserveBody(request, reply, maxBytes);
    return readBody(request.raw, { maxBytes, lingerMs: limits.lingerMs }, this.modules.clock);
  }

  /** Large bodies are held for as long as their call takes: so many people at once could fill the memory. */
  private reserveBody(request: FastifyRequest, reply: FastifyReply, maxBytes: number): number {
    const declared = Number(request.headers['content-length'] ?? maxBytes);
    const wanted = Math.min(declared, maxBytes);
    if (!(wanted > this.limits.openBodyBytes)) return this.limits.openBodyBytes;
    if (!this.bodies.reserve(wanted)) throw doorError('rpc.busy');
    reply.raw.once('close', () => this.bodies.release(wanted));
    return maxBytes;
  }
}
