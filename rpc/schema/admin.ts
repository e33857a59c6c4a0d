// admin_*: what administrators see and do about the people of their organisation, and how the clinic is. Who may is said
// by the access table.
import { z } from 'zod';
import { MAIL_KINDS } from './mail-kinds.ts';
import { defineMethods } from './method.ts';
import { photo, profile, role, roleAt, userId, userParam } from './people.ts';
import { clinicNumber, count, empty, hash, hex, limitParam, statementState, time } from './shapes.ts';

const MAX_PAGE = 200;
const MAX_ROLES = 8;

/** Why an administrator does it; kept, and read by other administrators. */
const reason = z.string().trim().min(1).max(500);
const state = z.enum(['waiting', 'active', 'refused', 'suspended']);
const roleUntil = z.strictObject({ role, until: time });

const user = z.object({
  user: userId,
  /** As typed at sign-in. */
  name: z.string(),
  displayName: z.string(),
  /** On the chain; null until there is one. */
  account: hash.nullable(),
  kind: z.enum(['staff', 'patient']),
  state,
  roles: z.array(roleAt),
  /** Roles that somebody who waits asked for. */
  asked: z.array(role),
  secondFactor: z.boolean(),
  photo: z.boolean(),
  /** At this clinic; null when never. */
  lastSignIn: time.nullable(),
  /** Where the person registered. */
  clinic: clinicNumber,
  made: time,
});
export type AdminUser = z.infer<typeof user>;

const session = z.object({
  id: userId,
  user: userId,
  name: z.string(),
  device: z.string(),
  address: z.string(),
  began: time,
  lastActive: time,
  endsAt: time,
  clinic: clinicNumber,
});

const approval = z.object({
  id: userId,
  kind: z.enum(['registration', 'profile', 'photo']),
  user: userId,
  name: z.string(),
  displayName: z.string(),
  asked: z.array(role),
  change: z.array(z.object({ field: z.string(), from: z.string(), to: z.string() })),
  made: time,
  clinic: clinicNumber,
});

const decision = z.object({
  kind: z.enum(['registration', 'profile', 'photo', 'role', 'suspension']),
  outcome: z.enum(['approved', 'refused']),
  /** Of a role: `role`, `clinic` and `until`, an ISO 8601 time that is empty where the role was ended. */
  change: approval.shape.change,
  at: time,
  /** Null: the operator, or the clinic itself. */
  by: userId.nullable(),
  /** Empty for somebody who is not known any more. */
  byName: z.string(),
  reason: z.string(),
});

const logEntry = z.object({
  number: count,
  time,
  kind: z.enum(['node', 'open', 'operator', 'session', 'application']),
  /** User or API key. */
  user: hex.nullable(),
  who: z.string(),
  roles: z.array(role),
  action: z.string(),
  /** A keyed tag: the same for the same object, and nothing else can be told from it. */
  object: hex.nullable(),
  outcome: z.enum(['permitted', 'refused']),
  code: z.string().nullable(),
  address: z.string().nullable(),
  clinic: clinicNumber,
  /** How many alike it stands for. */
  times: count,
});

const invitation = z.object({
  id: userId,
  kind: z.enum(['staff', 'patient']),
  roles: z.array(role),
  until: time,
  email: z.string().nullable(),
  name: z.string().nullable(),
  made: time,
  endsAt: time,
  /** Null: the operator. */
  by: userId.nullable(),
});

const failedMail = z.object({
  kind: z.enum(MAIL_KINDS),
  to: z.string(),
  made: time,
  failed: time,
  reason: z.string(),
});

/** What an act on the chain came to; null where the person has no account there. */
const statement = statementState.nullable();

export const adminMethods = defineMethods({
  admin_users: {
    summary: "The people of the organisation, by name. Pages by 'after'.",
    params: z.strictObject({
      /** Words of a name, mail address or id. */
      search: z.string().max(200).optional(),
      state: state.optional(),
      role: role.optional(),
      limit: limitParam(MAX_PAGE, 50),
      after: userParam.optional(),
    }),
    result: z.object({ users: z.array(user), total: count, next: userId.nullable() }),
    errors: [],
    cost: 5,
  },
  admin_user: {
    summary:
      'One person: profile, roles, ways to sign in, sessions, what waits and was decided, and the last lines of the event log.',
    params: z.strictObject({ user: userParam }),
    result: z.object({
      ...user.shape,
      profile,
      devices: z.array(z.object({ key: hex, status: z.enum(['live', 'rotated', 'compromised']) })),
      /** Whether the chain knows recovery words of the account. */
      recovery: z.boolean(),
      suspended: z.boolean(),
      factors: z.object({ totp: z.boolean(), passkeys: count, wallets: z.array(z.string()) }),
      sessions: z.array(session),
      approvals: z.array(approval),
      /** Newest first; the oldest go when there is no more room. */
      decisions: z.array(decision),
      log: z.array(logEntry),
    }),
    errors: ['people.unknown'],
    cost: 10,
  },
  admin_approvals: {
    summary: 'Registrations and changes of profiles that wait for a decision, oldest first.',
    params: empty,
    result: z.object({ approvals: z.array(approval) }),
    errors: [],
    cost: 5,
  },
  admin_approvalPhoto: {
    summary: 'The photo that waits for a decision; null when none does under this id.',
    params: z.strictObject({ approval: userParam }),
    result: photo.nullable(),
    errors: [],
    cost: 5,
  },
  admin_decide: {
    summary: 'Approves or refuses what waits. Nobody decides about the own account.',
    params: z.strictObject({
      approval: userParam,
      decision: z.enum(['approve', 'refuse']),
      reason: z.string().trim().max(500),
      /** For a registration: the roles that are given; those that were asked for, for a year, when absent. */
      roles: z.array(roleUntil).max(MAX_ROLES).optional(),
    }),
    result: z.object({ decided: z.boolean() }),
    errors: ['people.unknown', 'people.decided', 'people.own', 'account.*'],
    cost: 5,
  },
  admin_setRole: {
    summary:
      'Gives a person a role at this clinic until a time, or ends it now. Nobody does it for the own account while there is another administrator.',
    params: z.strictObject({ user: userParam, role, until: time.nullable(), reason }),
    result: z.object({ statement: statementState }),
    errors: ['people.unknown', 'people.own', 'people.last-administrator', 'account.*'],
    cost: 5,
  },
  admin_suspend: {
    summary: 'Puts a person out at every branch at once, for good.',
    params: z.strictObject({ user: userParam, reason }),
    result: z.object({ statement }),
    errors: ['people.unknown', 'people.own', 'people.last-administrator', 'account.*'],
    cost: 5,
  },
  admin_erase: {
    summary:
      'Suspends a person, then erases profile, vault, photo and ways to sign in at every branch. What stays is said.',
    params: z.strictObject({ user: userParam, reason }),
    result: z.object({
      statement,
      /** In sentences: what cannot be taken away, and why. */
      stays: z.array(z.string()),
    }),
    errors: ['people.unknown', 'people.own', 'people.last-administrator', 'account.*'],
    cost: 5,
  },
  admin_sessions: {
    summary: 'Sessions at this clinic, or those of one person at all branches, newest first.',
    params: z.strictObject({ user: userParam.optional(), limit: limitParam(MAX_PAGE, 50) }),
    result: z.object({ sessions: z.array(session), total: count }),
    errors: ['people.unknown'],
    cost: 5,
  },
  admin_endSessions: {
    summary: 'Signs a person out: everywhere, or of one session.',
    params: z.strictObject({ user: userParam, session: userParam.optional() }),
    result: z.object({ ended: count }),
    errors: ['people.unknown'],
    cost: 5,
  },
  admin_invite: {
    summary:
      'Makes a link with which one person registers once. Mailed where an address is given, and shown this once.',
    params: z.strictObject({
      kind: z.enum(['staff', 'patient']),
      roles: z.array(role).max(MAX_ROLES),
      /** Until when the roles are given. */
      until: time,
      email: z.email().max(254).optional(),
      name: z.string().trim().min(1).max(200).optional(),
    }),
    result: z.object({
      id: userId,
      link: z.url(),
      token: z.string(),
      endsAt: time,
      /** Whether a mail went into the queue. */
      mailed: z.boolean(),
    }),
    errors: ['people.full', 'people.until'],
    cost: 5,
  },
  admin_invitations: {
    summary: 'Invitations that are still open, newest first.',
    params: empty,
    result: z.object({ invitations: z.array(invitation) }),
    errors: [],
  },
  admin_inviteRevoke: {
    summary: 'Ends an invitation that nobody has used.',
    params: z.strictObject({ id: userParam }),
    result: z.object({ revoked: z.boolean() }),
    errors: ['people.unknown'],
  },
  admin_firstAdministrator: {
    summary: 'A new one-time link for the first administrator of this clinic, while it has none. The one before ends.',
    params: empty,
    result: z.object({ link: z.url(), token: z.string() }),
    errors: ['people.has-administrator'],
  },
  admin_accessLog: {
    summary: "This clinic's event log, newest first. A page with few entries may be followed by more: go by 'next'.",
    params: z.strictObject({
      from: time.optional(),
      to: time.optional(),
      /** User or API key, hex. */
      user: z
        .string()
        .toLowerCase()
        .regex(/^(?:[0-9a-f]{2}){1,16}$/, 'expected hex')
        .optional(),
      outcome: z.enum(['permitted', 'refused']).optional(),
      method: z.string().max(64).optional(),
      /** What calls were about, as they named it. */
      object: z.string().max(256).optional(),
      limit: limitParam(MAX_PAGE, 50),
      after: count.optional(),
    }),
    result: z.object({ entries: z.array(logEntry), next: count.nullable() }),
    errors: [],
    cost: 10,
  },
  admin_accessLogCheck: {
    summary: 'Reads the whole event log: whether every entry follows the one before, and every signature is ours.',
    params: empty,
    result: z.object({
      first: count,
      entries: count,
      /** The last entry under a signature. */
      signed: count,
      /** The first entry that does not hold. */
      broken: count.nullable(),
    }),
    errors: [],
    cost: 200,
  },
  admin_stats: {
    summary: 'How this clinic is: people, sessions, chain, peers, storage, outbox, mail.',
    params: empty,
    result: z.object({
      users: z.object({ total: count, active: count, waiting: count, suspended: count }),
      sessions: count,
      chain: z.object({ height: count, final: count, lag: count }),
      peers: z.object({ connected: count, members: count }),
      storage: z.array(z.object({ name: z.string(), bytes: count })),
      outbox: z.object({ queued: count, pending: count, refused: count }),
      mail: z.object({ configured: z.boolean(), waiting: count, failed: count }),
      uptimeMs: count,
      version: z.string(),
      memoryBytes: count,
    }),
    errors: [],
    cost: 5,
  },
  admin_mail: {
    summary: 'The queue of mails: how many wait, what was given up and why.',
    params: empty,
    result: z.object({
      configured: z.boolean(),
      waiting: count,
      /** Why no mail gets through just now; null when the last try did. */
      outage: z.string().nullable(),
      failed: z.array(failedMail),
    }),
    errors: [],
  },
  admin_mailTest: {
    summary: 'Puts a test mail into the queue.',
    params: z.strictObject({ to: z.email().max(254) }),
    result: z.object({ queued: z.boolean() }),
    errors: ['mail.off', 'mail.address'],
    cost: 20,
  },
});
