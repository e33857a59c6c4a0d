// account_*: registering, and what a person changes about the own account: password, factors, vault, profile. Statements
// of accounts are prepared by account_prepare.
import { z } from 'zod';
import { MAX_TRANSACTION_BYTES } from '../../consensus/limits.ts';
import { defineMethods } from './method.ts';
import {
  authParam,
  codeParam,
  linkToken,
  mailPreferences,
  photo,
  photoType,
  profile,
  profileFields,
  role,
  roleAt,
  saltParam,
  ticket,
  userId,
  userNameParam,
  userParam,
  vaultText,
  waitingChange,
  walletAddress,
  walletProof,
  webAuthnJson,
} from './people.ts';
import { count, empty, hash, hexParam, statementState, time } from './shapes.ts';

/** Most bytes of a photo, before base64. */
export const MAX_PHOTO_BYTES = 256 * 1024;

const invitationKind = z.enum(['first-administrator', 'staff', 'patient', 'reset']);
const recoveryCodes = z.array(z.string()).length(10);
const version = z.int().min(0).max(0xffff_ffff);
const { displayName, familyName, givenName, title, birthDate, email, phone, language } = profileFields;

/** `null` takes an optional field away. */
const profileChange = z.strictObject({
  displayName: displayName.optional(),
  familyName: familyName.optional(),
  givenName: givenName.optional(),
  title: title.nullable(),
  birthDate: birthDate.nullable(),
  email: email.nullable(),
  phone: phone.nullable(),
  language: language.optional(),
});

export const accountMethods = defineMethods({
  account_invitation: {
    summary: 'What a link from this clinic is for.',
    params: z.strictObject({ token: linkToken }),
    result: z.object({
      kind: invitationKind,
      name: z.string().nullable(),
      roles: z.array(role),
      email: z.string().nullable(),
    }),
    errors: ['account.bad-link', 'rpc.rate-limited'],
    cost: 5,
  },
  account_register: {
    summary: 'Registers: at once with an invitation, else when an administrator approves.',
    params: z.strictObject({
      token: linkToken.optional(),
      name: userNameParam,
      /** Null with a wallet alone: the vault then opens by passkey or vault passphrase. */
      salt: saltParam.nullable(),
      auth: authParam.nullable(),
      vault: vaultText,
      /** The key of the recovery words, as the statement names it; null where there are none. */
      recovery: z.strictObject({ publicKey: hexParam(32).length(64) }).nullable(),
      /** The signed accounts.create (account_prepare gives its bytes). */
      statement: hexParam(MAX_TRANSACTION_BYTES),
      asked: z.strictObject({ kind: z.enum(['staff', 'patient']), roles: z.array(role).max(8) }),
      profile,
      wallet: walletProof.optional(),
    }),
    result: z.object({ state: z.enum(['active', 'waiting']), statement: statementState }),
    errors: [
      'account.bad-link',
      'account.bad-name',
      'account.name-taken',
      'account.bad-statement',
      'account.closed',
      'account.no-way-in',
      'account.wallet-taken',
      'account.unknown',
      'clinic.not-a-member',
      'session.refused',
      'session.ticket',
      'session.http-only',
      'session.busy',
      'rpc.rate-limited',
      'outbox.full',
      'outbox.stopped',
      'people.full',
    ],
    cost: 20,
  },
  account_me: {
    summary: 'Everything that this clinic keeps about the person who asks.',
    params: empty,
    result: z.object({
      user: userId,
      name: z.string(),
      account: hash.nullable(),
      profile,
      photo: z.boolean(),
      /** What the photo may be here; empty: nothing. */
      photoTypes: z.array(photoType),
      /** What waits for an administrator. */
      changes: z.array(waitingChange),
      mail: mailPreferences,
      roles: z.array(roleAt),
      factors: z.object({
        password: z.boolean(),
        totp: z.boolean(),
        /** How many are left. */
        recoveryCodes: count,
        passkeys: z.array(
          z.object({ id: z.string(), name: z.string(), made: time, lastUsed: time.nullable(), prf: z.boolean() }),
        ),
        wallets: z.array(z.string()),
      }),
      keys: z.array(
        z.object({
          key: hash,
          status: z.enum(['live', 'rotated', 'compromised']),
          /** The newest live one, which the vault holds. */
          current: z.boolean(),
        }),
      ),
      vaultVersion: version,
      recoveryKey: z.boolean(),
    }),
    errors: [],
    cost: 2,
  },
  account_changePassword: {
    summary: 'Puts a new password in the place of the old one, with the vault sealed for it.',
    params: z.strictObject({ auth: authParam.nullable(), newSalt: saltParam, newAuth: authParam, vault: vaultText }),
    result: z.object({ vaultVersion: version, sessionsEnded: count }),
    errors: ['session.refused', 'session.busy', 'session.factor-needed', 'rpc.rate-limited', 'people.full'],
    cost: 10,
  },
  account_vaultPut: {
    summary:
      'Keeps a new version of the vault; `version` is the one it was made from. Needs a fresh second factor from whoever has one. The version before stays for 30 days, and is put back by this call too.',
    params: z.strictObject({ vault: vaultText, version }),
    result: z.object({ version }),
    errors: ['account.vault-version', 'session.factor-needed', 'people.full'],
    cost: 5,
  },
  account_vaultGet: {
    summary: 'The vault as it was last kept, and as it was before its last changes; only its owner can open it.',
    params: empty,
    result: z.object({
      vault: z.string().nullable(),
      version,
      /** `replaced`: when another took its place. */
      before: z.object({ vault: z.string(), version, replaced: time }).nullable(),
    }),
    errors: [],
    cost: 2,
  },
  account_totpStart: {
    summary: 'A new secret for an authenticator, shown this once; it counts when a code of it was entered.',
    params: empty,
    result: z.object({ secret: z.string(), uri: z.string() }),
    errors: ['session.factor-needed', 'session.busy'],
    cost: 2,
  },
  account_totpFinish: {
    summary: 'Takes the authenticator into use and gives the recovery codes, shown this once.',
    params: z.strictObject({ code: codeParam }),
    result: z.object({ recoveryCodes }),
    errors: ['session.refused', 'account.nothing-started', 'rpc.rate-limited'],
    cost: 5,
  },
  account_totpRemove: {
    summary: 'Takes the authenticator and its recovery codes out of use.',
    params: empty,
    result: z.object({ removed: z.boolean() }),
    errors: [],
  },
  account_recoveryCodesNew: {
    summary: 'New recovery codes in the place of the old ones, shown this once.',
    params: empty,
    result: z.object({ recoveryCodes }),
    errors: ['account.no-factor'],
  },
  account_passkeyStart: {
    summary: 'Options for making a passkey.',
    params: empty,
    result: z.object({ ticket, options: webAuthnJson }),
    errors: ['session.passkeys', 'session.http-only', 'session.factor-needed', 'session.busy', 'account.full'],
    cost: 2,
  },
  account_passkeyFinish: {
    summary: 'Takes a new passkey into use; with the vault when the passkey also opens that.',
    params: z.strictObject({
      ticket,
      response: webAuthnJson,
      name: z.string().trim().min(1).max(64),
      /** False: the authenticator gave nothing that the vault could be sealed for. */
      prf: z.boolean().default(true),
      vault: vaultText.optional(),
    }),
    result: z.object({ id: z.string(), vaultVersion: version }),
    errors: ['session.refused', 'session.ticket', 'session.passkeys', 'passkey.*', 'account.full', 'people.full'],
    cost: 5,
  },
  account_passkeyRemove: {
    summary: 'Takes a passkey out of use.',
    params: z.strictObject({ id: z.string().min(1).max(1400) }),
    result: z.object({ removed: z.boolean() }),
    errors: ['account.no-way-in', 'session.factor-needed'],
  },
  account_walletLink: {
    summary: 'Lets a wallet sign in (session_walletStart gives the text to sign).',
    params: walletProof,
    result: z.object({ address: z.string() }),
    errors: [
      'session.refused',
      'session.ticket',
      'session.factor-needed',
      'account.wallet-taken',
      'account.full',
      'people.full',
    ],
    cost: 5,
  },
  account_walletUnlink: {
    summary: 'Takes a wallet out of use.',
    params: z.strictObject({ address: walletAddress }),
    result: z.object({ removed: z.boolean() }),
    errors: ['account.no-way-in', 'session.factor-needed'],
  },
  account_profileChange: {
    summary:
      'Changes the own profile; names and birth date wait for an administrator, the rest does not. Another mail address wants a fresh second factor of who has one, and the old address is told.',
    params: z.strictObject({
      profile: profileChange,
      mail: mailPreferences.optional(),
      reason: z.string().trim().max(500).optional(),
    }),
    result: z.object({ profile, changes: z.array(waitingChange) }),
    errors: ['account.full', 'people.full', 'session.factor-needed'],
    cost: 2,
  },
  account_photoPut: {
    summary: 'Gives a photo, which an administrator approves.',
    params: z.strictObject({
      type: photoType,
      bytes: z
        .string()
        .max(Math.ceil(MAX_PHOTO_BYTES / 3) * 4)
        .regex(/^[A-Za-z0-9+/]*={0,2}$/, 'expected base64'),
    }),
    result: z.object({ waiting: z.boolean() }),
    errors: ['account.photo', 'people.full'],
    cost: 10,
  },
  account_photoGet: {
    summary: 'The photo of a user, the own one when none is named; staff may see that of others.',
    params: z.strictObject({ user: userParam.optional() }),
    result: photo.nullable(),
    errors: ['rpc.forbidden'],
    cost: 5,
  },
  account_resetStart: {
    summary: 'Sends a link that sets a new password, if there is such a user with an address; answers alike if not.',
    params: z.strictObject({ nameOrMail: z.string().trim().min(1).max(254) }),
    result: z.object({ sent: z.literal(true) }),
    errors: ['rpc.rate-limited'],
    cost: 10,
  },
  account_resetFinish: {
    summary: 'Sets a new password with the link that came by mail. What the old one sealed stays sealed.',
    params: z.strictObject({ token: linkToken, salt: saltParam, auth: authParam }),
    result: z.object({ state: z.enum(['active', 'waiting']) }),
    errors: ['account.bad-link', 'session.busy', 'rpc.rate-limited'],
    cost: 10,
  },
});
