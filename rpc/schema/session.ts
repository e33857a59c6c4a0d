// session_*: sign-in in all its ways, the session at hand, the list of a person's sessions.
import { z } from 'zod';
import { defineMethods } from './method.ts';
import {
  argon2,
  authParam,
  codeParam,
  role,
  saltView,
  ticket,
  userId,
  userNameParam,
  userParam,
  walletAddress,
  walletProof,
  webAuthnJson,
} from './people.ts';
import { clinicNumber, clinicRef, empty, hash, time } from './shapes.ts';

export const secondFactor = z.enum(['totp', 'recovery-code', 'passkey']);

export const sessionView = z.object({
  id: userId,
  user: userId,
  account: hash.nullable(),
  name: z.string(),
  displayName: z.string(),
  /** Live at this clinic now. */
  roles: z.array(role),
  clinic: clinicNumber,
  clinics: z.array(z.object({ number: clinicNumber, name: z.string(), roles: z.array(role) })),
  began: time,
  lastActive: time,
  idleEndsAt: time,
  endsAt: time,
  /** When a second factor was last shown. */
  factorAt: time.nullable(),
  hasSecondFactor: z.boolean(),
  /** What the page must ask for before anything else works. */
  mustSetUp: z.enum(['vault', 'device-key']).nullable(),
});
export type SessionView = z.infer<typeof sessionView>;

const signIn = z.discriminatedUnion('step', [
  z.object({ step: z.literal('signed-in'), session: sessionView, vault: z.string().nullable() }),
  z.object({ step: z.literal('second-factor'), ticket, methods: z.array(secondFactor) }),
]);
export type SignIn = z.infer<typeof signIn>;

const refusals = [
  'session.refused',
  'session.ticket',
  'session.factor-elsewhere',
  'session.waiting',
  'session.suspended',
  'session.busy',
  'session.http-only',
  'rpc.rate-limited',
];

export const sessionMethods = defineMethods({
  session_start: {
    summary: 'What the browser needs to turn a password into proof; unknown names get a salt that never changes.',
    params: z.strictObject({ name: userNameParam }),
    result: z.object({ salt: saltView, kdf: argon2 }),
    errors: ['rpc.rate-limited'],
    cost: 2,
  },
  session_signIn: {
    summary: 'Signs in with what the browser derived from the password.',
    params: z.strictObject({ name: userNameParam, auth: authParam }),
    result: signIn,
    errors: refusals,
    cost: 10,
  },
  session_factor: {
    summary: 'The second step of a sign-in, by a code.',
    params: z.strictObject({ ticket, method: z.enum(['totp', 'recovery-code']), code: codeParam }),
    result: signIn,
    errors: refusals,
    cost: 5,
  },
  session_passkeyStart: {
    summary: 'A challenge for a passkey: as the second step of a ticket, or to sign in without a name.',
    params: z.strictObject({ ticket: ticket.optional() }),
    result: z.object({ ticket, options: webAuthnJson }),
    errors: ['session.refused', 'session.ticket', 'session.passkeys', 'session.http-only', 'session.busy'],
    cost: 2,
  },
  session_passkeyFinish: {
    summary: 'The answer of a passkey; counts as both factors.',
    params: z.strictObject({ ticket, response: webAuthnJson }),
    result: signIn,
    errors: [...refusals, 'session.passkeys', 'passkey.*'],
    cost: 5,
  },
  session_walletStart: {
    summary: 'The text (EIP-4361) that a wallet is to sign: to sign in, to register or to be linked.',
    params: z.strictObject({ address: walletAddress, chainId: z.int().min(1).max(Number.MAX_SAFE_INTEGER) }),
    result: z.object({ ticket, message: z.string() }),
    errors: ['session.http-only', 'session.busy', 'wallet.*'],
    cost: 2,
  },
  session_walletFinish: {
    summary: 'Signs in with the signature of a linked wallet.',
    params: walletProof,
    result: signIn,
    errors: refusals,
    cost: 5,
  },
  session_current: {
    summary: 'Who is signed in, and what this clinic offers to somebody who is not.',
    params: empty,
    result: z.object({
      session: sessionView.nullable(),
      clinic: clinicRef,
      /** Whether host name and certificate let this page use passkeys; the reason when they do not. */
      passkeys: z.object({ possible: z.boolean(), reason: z.string().nullable() }),
      registration: z.object({ staff: z.boolean(), patients: z.boolean(), firstAdministrator: z.boolean() }),
    }),
    errors: [],
  },
  session_confirmStart: {
    summary: 'Begins showing a second factor again; the options are for a passkey, null where there is none.',
    params: empty,
    result: z.object({ ticket, options: webAuthnJson.nullable() }),
    errors: ['session.http-only', 'session.busy'],
  },
  session_confirm: {
    summary: 'Shows a second factor again, which grave acts ask for.',
    params: z.union([
      z.strictObject({ method: z.enum(['totp', 'recovery-code']), code: codeParam }),
      z.strictObject({ ticket, response: webAuthnJson }),
    ]),
    result: z.object({ factorAt: time }),
    errors: [
      'session.refused',
      'session.ticket',
      'session.no-factor',
      'session.passkeys',
      'session.http-only',
      'passkey.*',
      'rpc.rate-limited',
    ],
    cost: 5,
  },
  session_list: {
    summary: "The person's sessions at the clinics of this organisation, newest first.",
    params: empty,
    result: z.object({
      sessions: z.array(
        z.object({
          id: userId,
          current: z.boolean(),
          /** The browser and system that it says it is. */
          device: z.string(),
          address: z.string(),
          began: time,
          lastActive: time,
          endsAt: time,
          clinic: clinicNumber,
        }),
      ),
    }),
    errors: [],
  },
  session_end: {
    summary: 'Ends one of the own sessions.',
    params: z.strictObject({ session: userParam }),
    result: z.object({ ended: z.boolean() }),
    errors: [],
  },
  session_endOthers: {
    summary: 'Ends all own sessions but this one, at all clinics of the organisation.',
    params: empty,
    result: z.object({ ended: z.int().nonnegative() }),
    errors: [],
  },
  session_signOut: {
    summary: 'Ends this session.',
    params: empty,
    result: z.object({ ended: z.boolean() }),
    errors: ['session.http-only'],
  },
});
