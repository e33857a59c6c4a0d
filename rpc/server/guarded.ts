// Where requests meet the guard: before admission, when they are answered, and at the guard's own addresses. Owns no verdict.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Page } from '../../gateway/pages/page.ts';
import type { DoorGuard, GuardPassage, Shown } from '../ports.ts';

interface Passing {
  readonly passage: GuardPassage;
  signIn: 'ok' | 'failed' | undefined;
  told: boolean;
}

/** Supervisors ask often, and must have their answer whatever is decided of their address. */
const NOT_JUDGED: ReadonlySet<string> = new Set(['/health/live', '/health/ready']);

export class Guarded {
  private readonly guard: DoorGuard | undefined;
  private readonly passing = new WeakMap<FastifyRequest, Passing>();
  private readonly shown = new WeakMap<FastifyRequest, Shown>();

  constructor(guard: DoorGuard | undefined) {
    this.guard = guard;
  }

  /** False when the request was answered here. */
  async admit(request: FastifyRequest, reply: FastifyReply, shown: Shown): Promise<boolean> {
    const { guard } = this;
    if (guard === undefined || NOT_JUDGED.has(request.url.split('?', 1)[0])) return true;
    this.shown.set(request, shown);
    if (request.url.startsWith(guard.ownPaths)) return true;
    const admission = await guard.admit(request.raw, shown);
    if ('page' in admission) {
      send(reply, admission.page);
      return false;
    }
    this.passing.set(request, { passage: admission.passage, signIn: undefined, told: false });
    return true;
  }

  limited(request: FastifyRequest): void {
    this.passing.get(request)?.passage.limited();
  }

  signedIn(request: FastifyRequest, right: boolean): void {
    const passing = this.passing.get(request);
    if (passing !== undefined) passing.signIn = right ? 'ok' : 'failed';
  }

  answered(request: FastifyRequest, status: number): void {
    const passing = this.passing.get(request);
    if (passing === undefined || passing.told) return;
    passing.told = true;
    passing.passage.answered(status, passing.signIn);
  }

  /** The guard's own addresses, and a look at every answer. */
  async routes(app: FastifyInstance): Promise<void> {
    const { guard } = this;
    if (guard === undefined) return;
    app.addHook('onResponse', async (request, reply) => {
      // Who goes away before has no answer.
      if (reply.raw.headersSent) this.answered(request, reply.statusCode);
    });
    await app.register(async (scope) => {
      // The guard reads its forms itself.
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
      scope.route({
        method: ['GET', 'HEAD', 'POST'],
        url: `${guard.ownPaths}*`,
        exposeHeadRoute: false,
        handler: async (request, reply) =>
          send(reply, await guard.answer(request.raw, this.shown.get(request) ?? 'forged')),
      });
    });
  }
}

/** In place of the doors' own policy: the guard's pages carry one that permits their script and style. */
function send(reply: FastifyReply, { status, headers, body }: Page): FastifyReply {
  return reply
    .code(status)
    .headers({ ...headers })
    .send(body);
}
