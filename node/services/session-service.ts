// session_*: the form of signing in at the doors. Decisions are node/people.
import { fromHex } from '../../common/bytes.ts';
import type { SessionRef } from '../../rpc/access/principal.ts';
import { doorError } from '../../rpc/errors.ts';
import type { CallContext, Handlers } from '../../rpc/ports.ts';
import type { sessionMethods } from '../../rpc/schema/session.ts';
import { cookiesOf, passkeysAt, type Site } from '../people/caller.ts';
import type { People } from '../people/people.ts';

export type SessionHandlers = Pick<Handlers, keyof typeof sessionMethods>;

export interface SessionServiceOptions {
  readonly clinic: { readonly number: number; readonly name: string; readonly organisation: number };
  readonly registration: { readonly staff: boolean; readonly patients: boolean };
}

export interface SessionServiceModules {
  readonly people: People;
  readonly site: Site;
}

export function sessionService(
  { clinic, registration }: SessionServiceOptions,
  { people, site }: SessionServiceModules,
): SessionHandlers {
  const { signIn, sessions, users, views, firstAdministrator } = people;
  return {
    session_start: ({ name }) => signIn.start(name),
    session_signIn: ({ name, auth }, context) => signIn.password(name, fromHex(auth), context),
    session_factor: ({ ticket, method, code }, context) => signIn.code(ticket, method, code, context),
    session_passkeyStart: ({ ticket }, context) => signIn.passkeyStart(ticket, context),
    session_passkeyFinish: ({ ticket, response }, context) => signIn.passkeyFinish(ticket, response, context),
    session_walletStart: ({ address, chainId }, context) => signIn.walletStart(address, chainId, context),
    session_walletFinish: ({ ticket, signature }, context) => signIn.walletFinish(ticket, signature, context),

    session_current: async (_, { principal, client }) => {
      const address = passkeysAt(client, site);
      return {
        session: principal.kind === 'session' ? await views.view(principal.session.id) : null,
        clinic,
        passkeys: { possible: address.possible, reason: address.possible ? null : address.reason },
        registration: { ...registration, firstAdministrator: await firstAdministrator.isOpen() },
      };
    },

    session_confirmStart: (_, context) => {
      const { id, user } = sessionOf(context);
      return signIn.confirmStart(id, user, context);
    },

    session_confirm: async (params, context) => {
      cookiesOf(context);
      const { id, user } = sessionOf(context);
      const factorAt =
        'method' in params
          ? await signIn.confirmCode(id, user, params.method, params.code, context)
          : await signIn.confirmPasskey(id, user, params.ticket, params.response, context);
      return { factorAt };
    },

    session_list: async (_, context) => {
      const { id, user } = sessionOf(context);
      const list = await users.sessionsOf(user);
      return { sessions: list.map((session) => ({ ...session, current: session.id === id })) };
    },

    session_end: async ({ session }, context) => {
      const { user } = sessionOf(context);
      return { ended: await users.endSession(user, session) };
    },

    session_endOthers: async (_, context) => {
      const { id, user } = sessionOf(context);
      return { ended: await users.endOtherSessions(user, id) };
    },

    session_signOut: async (_, context) => {
      const cookies = cookiesOf(context);
      const { id, user } = sessionOf(context);
      cookies.endSession();
      return { ended: sessions.end(user, id) };
    },
  };
}

/** The access table lets nobody else in. */
export function sessionOf({ principal }: Pick<CallContext, 'principal'>): SessionRef {
  if (principal.kind !== 'session') throw doorError('rpc.forbidden');
  return principal.session;
}
