// admin_*: people, as administrators see and change them: the form of it at the doors. Decisions are node/people; who may
// call is the access table.

import type { Clock } from '../../common/clock.ts';
import type { CallContext, Handlers } from '../../rpc/ports.ts';
import type { AdminUser } from '../../rpc/schema/admin.ts';
import type { Result } from '../../rpc/schema/methods.ts';
import type { EventReader } from '../access/event-log/reader.ts';
import { linkTo } from '../mail/templates/render.ts';
import type { ApprovalEntry } from '../people/approvals.ts';
import { writeFirstAdministratorToken } from '../people/first-administrator.ts';
import type { People } from '../people/people.ts';
import type { InvitationEntry, UserEntry } from '../people/users.ts';
import type { ListedSession } from '../people/wire.ts';
import { AdminError } from './admin-errors.ts';
import { logView } from './admin-log.ts';

export type AdminPeopleHandlers = Pick<
  Handlers,
  | 'admin_users'
  | 'admin_user'
  | 'admin_approvals'
  | 'admin_approvalPhoto'
  | 'admin_decide'
  | 'admin_setRole'
  | 'admin_suspend'
  | 'admin_erase'
  | 'admin_sessions'
  | 'admin_endSessions'
  | 'admin_invite'
  | 'admin_invitations'
  | 'admin_inviteRevoke'
  | 'admin_firstAdministrator'
>;

export interface AdminPeopleOptions {
  readonly clinic: number;
  /** File of the first administrator's one-time token. */
  readonly firstAdministrator: string;
  /** Where the pages are. */
  site(): string;
}

export interface AdminPeopleModules {
  readonly people: People;
  readonly events: EventReader;
  readonly mail: { readonly configured: boolean };
  readonly clock: Pick<Clock, 'now'>;
}

/** Lines of the event log beside a person. */
const LOG_TAIL = 20;

/** Said with every erasure, and in docs/ADMIN.md. */
export const STAYS: readonly string[] = [
  'The account stays in the blocks of every clinic: its public keys, which roles it had and when. They carry no name.',
  'Records of patients, also those that the person wrote, are not touched.',
  'The event log names the person as it was then, until its oldest entries go.',
  'Backups that were made before hold the person until they are destroyed; a clinic that is restored from one erases again once its branches are in reach.',
  'A branch that is out of reach now erases when it comes back.',
];

export function adminPeople(options: AdminPeopleOptions, modules: AdminPeopleModules): AdminPeopleHandlers {
  const { clinic, site } = options;
  const { people, events, mail, clock } = modules;
  const { users, approvals, sessions, index } = people;
  const nameOf = (user: string): string => {
    const person = index.get(user);
    return person === undefined ? '' : index.nameOf(person);
  };
  const viewOf = (user: string, listed: ListedSession, at: number) => {
    const { id, device, address, began, lastActive, endsAt } = listed;
    return { id, user, name: nameOf(user), device, address, began, lastActive, endsAt, clinic: at };
  };

  return {
    admin_users: async (query) => {
      const { users: found, total, next } = await users.list(query);
      return { users: found.map(userView), total, next };
    },
    admin_user: async ({ user }) => {
      const found = await users.get(user);
      const { chain } = found;
      const { entries } = await events.list({ actor: user }, LOG_TAIL);
      return {
        ...userView(found),
        profile: found.profile,
        devices: (chain?.keys ?? []).map(({ key, status }) => ({ key, status })),
        recovery: chain?.recovery ?? false,
        suspended: chain?.suspended ?? false,
        factors: { totp: found.totp, passkeys: found.passkeys, wallets: [...found.wallets] },
        sessions: found.sessions.map((session) => viewOf(user, session, session.clinic)),
        approvals: found.approvals.map(approvalView),
        decisions: found.decisions.map(({ change, ...decision }) => {
          const byName = decision.by === null ? '' : nameOf(decision.by);
          return { ...decision, byName, change: change.map((one) => ({ ...one })) };
        }),
        log: entries.map((entry) => logView(entry, clinic)),
      };
    },
    admin_approvals: async () => ({ approvals: (await approvals.list()).map(approvalView) }),
    admin_approvalPhoto: async ({ approval }) => {
      const photo = await approvals.photoOf(approval);
      return photo === undefined ? null : { type: photo.type as 'image/png', bytes: photo.bytes };
    },
    admin_decide: async ({ approval, decision, reason, roles }, context) => {
      for (const { until } of roles ?? []) mustCome(until, clock.now());
      await approvals.decide({ approval, decision, reason, roles, by: callerOf(context) });
      return { decided: true };
    },
    admin_setRole: async ({ user, role, until, reason }, context) => {
      if (until !== null) mustCome(until, clock.now());
      return { statement: await users.setRole({ user, role, until, reason, by: callerOf(context) }) };
    },
    admin_suspend: async ({ user, reason }, context) => ({
      statement: await users.suspend(user, reason, callerOf(context)),
    }),
    admin_erase: async ({ user, reason }, context) => ({
      statement: await users.erase(user, reason, callerOf(context)),
      stays: [...STAYS],
    }),

    admin_sessions: async ({ user, limit }) => {
      // All of one person; of everybody those at this clinic: asking every branch about everybody would be much.
      const found =
        user === undefined
          ? [...index.all()].flatMap((one) => sessions.of(one.user).map((listed) => viewOf(one.user, listed, clinic)))
          : (await users.get(user)).sessions.map((listed) => viewOf(user, listed, listed.clinic));
      const sorted = found.sort((a, b) => b.began - a.began);
      return { sessions: sorted.slice(0, limit), total: sorted.length };
    },
    admin_endSessions: async ({ user, session }) => {
      if (session === undefined) return { ended: await users.endSessions(user) };
      return { ended: (await users.endSession(user, session)) ? 1 : 0 };
    },

    admin_invite: async ({ kind, roles, until, email, name }, context) => {
      mustCome(until, clock.now());
      const by = callerOf(context);
      const { id, token, endsAt } = await users.invite({ kind, roles, until, email, name, by });
      const link = linkTo(site(), { page: 'register', token });
      return { id, link, token, endsAt, mailed: email !== undefined && mail.configured };
    },
    admin_invitations: async () => ({ invitations: users.invitations().map(invitationView) }),
    admin_inviteRevoke: async ({ id }) => {
      await users.revokeInvitation(id);
      return { revoked: true };
    },
    admin_firstAdministrator: async () => {
      for (const person of index.all()) {
        if (await users.isAdministrator(person)) throw new AdminError({ code: 'people.has-administrator' });
      }
      const token = await writeFirstAdministratorToken(options.firstAdministrator);
      return { token, link: linkTo(site(), { page: 'register', token }) };
    },
  };
}

/** The person who acts; null: the operator. */
function callerOf({ principal }: CallContext): string | null {
  return principal.kind === 'session' ? principal.session.user : null;
}

function mustCome(until: number, now: number): void {
  if (until <= now) throw new AdminError({ code: 'people.until' });
}

function userView(entry: UserEntry): AdminUser {
  const { user, name, displayName, account, kind, state, secondFactor, photo, lastSignIn, clinic, made } = entry;
  const roles = entry.roles.map(({ clinic: at, role, end }) => ({ clinic: at, role, until: end }));
  return {
    ...{ user, name, displayName, account, kind, state, secondFactor, photo, lastSignIn, clinic, made },
    ...{ roles, asked: [...entry.asked] },
  };
}

function approvalView(entry: ApprovalEntry): Result<'admin_approvals'>['approvals'][number] {
  return { ...entry, asked: [...entry.asked], change: entry.change.map((change) => ({ ...change })) };
}

function invitationView(entry: InvitationEntry): Result<'admin_invitations'>['invitations'][number] {
  return { ...entry, roles: [...entry.roles] };
}
