// The gateway before a node's own doors: makes visits of their requests and takes what becomes of them. Owns no verdict.
import type { IncomingMessage } from 'node:http';
import type { AssembledGateway } from '../../gateway/assemble.ts';
import { OWN_PATHS } from '../../gateway/pages/challenge-page.ts';
import type { Page } from '../../gateway/pages/page.ts';
import { readText } from '../../gateway/ways-in/body.ts';
import { visitOf } from '../../gateway/ways-in/node-visit.ts';
import { MAX_FORM_CHARS } from '../../gateway/ways-in/own-pages.ts';
import { SIGN_IN_HEADER } from '../../gateway/ways-in/sign-in.ts';
import type { Visit } from '../../gateway/ways-in/visit.ts';
import type { DoorGuard, GuardPassage, Shown } from '../../rpc/ports.ts';
import type { DoorSessions } from './door-sessions.ts';

export interface GatewayGuardModules extends Pick<AssembledGateway, 'door' | 'own' | 'proxies'> {
  readonly sessions: DoorSessions;
}

export class GatewayGuard implements DoorGuard {
  readonly ownPaths = OWN_PATHS;
  private readonly modules: GatewayGuardModules;

  constructor(modules: GatewayGuardModules) {
    this.modules = modules;
  }

  async admit(request: IncomingMessage, shown: Shown): Promise<{ page: Page } | { passage: GuardPassage }> {
    const { door } = this.modules;
    const visit = this.visitOf(request, shown);
    const tooLong = door.tooLong(visit);
    if (tooLong !== undefined) return { page: tooLong };
    const admission = await door.admit(visit);
    if ('page' in admission) return admission;
    const { passage } = admission;
    return {
      passage: {
        limited: () => door.limited(passage),
        answered: (status, signIn) =>
          door.answered(passage, status, signIn === undefined ? {} : { [SIGN_IN_HEADER]: signIn }),
      },
    };
  }

  async answer(request: IncomingMessage, shown: Shown): Promise<Page> {
    const { door, own } = this.modules;
    const visit = this.visitOf(request, shown);
    const form = visit.method === 'POST' ? await readText(request, MAX_FORM_CHARS) : '';
    if (form === undefined) return { status: 413, headers: { connection: 'close' }, body: '' };
    return own.answer(visit, await door.factsOf(visit), form);
  }

  private visitOf(request: IncomingMessage, shown: Shown): Visit {
    const { proxies, sessions } = this.modules;
    const said = proxies.trusts(request.socket.remoteAddress) ? request.headers['x-forwarded-proto'] : undefined;
    const visit = visitOf(request, request.url, said === 'https');
    sessions.note(visit, shown);
    return visit;
  }
}
