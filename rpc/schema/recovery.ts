// recovery_*: the way back into an account by people whom its owner trusts, who hold shares of what opens the vault. Who
// acts for a patient, as a parent for a child, is another thing.
import { z } from 'zod';
import { defineMethods } from './method.ts';
import { authParam, saltParam, userId, userNameParam, userParam, vaultText } from './people.ts';
import { count, empty, hash, hashParam, hex, hexParam, time } from './shapes.ts';

const version = z.int().min(0).max(0xffff_ffff);
/** HPKE of 64 bytes. */
const sealedParam = hexParam(112).length(224);
const sealed = hex.length(224);
const place = z.int().min(1).max(7);
const requestParam = hexParam(16).length(32);
const token = hexParam(32).length(64);

const asked = z.object({
  id: hex.length(32),
  /** X25519 of who asks. */
  key: hash,
  began: time,
  /** From then on it can be finished. */
  until: time,
  /** Whether the own share is released already, and how many are. */
  released: z.boolean(),
  count,
  /** The own share and what it is checked by. */
  index: place,
  account: hash,
  version,
  hashes: z.array(hash),
  sealed,
});
export type RecoveryAsked = z.infer<typeof asked>;

const shares = z.object({
  account: hash,
  version,
  threshold: place,
  hashes: z.array(hash),
  released: z.array(z.object({ index: place, name: z.string(), sealed })),
  vault: z.string(),
});
export type RecoveryShares = z.infer<typeof shares>;

export const recoveryMethods = defineMethods({
  recovery_guardians: {
    summary:
      'Whom the caller trusts with shares, what is asked for the own account, and for whom the caller holds one.',
    params: empty,
    result: z.object({
      guarding: z
        .object({
          version,
          threshold: place,
          made: time,
          /** `can`: false for who has another device key by now, or no account any more. */
          guardians: z.array(z.object({ account: hash, name: z.string().nullable(), can: z.boolean() })),
        })
        .nullable(),
      nextVersion: version,
      /** The last one; `released`: how many shares. */
      request: z
        .object({
          id: hex.length(32),
          began: time,
          until: time,
          state: z.enum(['waiting', 'stopped', 'refused', 'renewed', 'finished', 'over']),
          at: time,
          by: z.string().nullable(),
          released: count,
        })
        .nullable(),
      held: z.array(
        z.object({
          user: userId,
          name: z.string(),
          displayName: z.string(),
          threshold: place,
          of: count,
          asked: asked.nullable(),
        }),
      ),
    }),
    errors: [],
    cost: 2,
  },
  recovery_find: {
    summary:
      'The key that a share for this person is sealed to, by the exact user name, and whether the person could release it now.',
    params: z.strictObject({ name: userNameParam }),
    result: z.object({
      name: z.string(),
      account: hash,
      key: hash,
      /** Releasing takes one: without it the person cannot help yet. */
      secondFactor: z.boolean(),
    }),
    errors: ['people.unknown', 'recovery.self', 'rpc.rate-limited'],
    cost: 5,
  },
  recovery_set: {
    summary:
      'Keeps shares for two to seven people, sealed for each, in the place of those before, with the vault that they open together.',
    params: z.strictObject({
      version,
      threshold: z.int().min(2).max(7),
      guardians: z
        .array(z.strictObject({ account: hashParam, key: hashParam, hash: hashParam, sealed: sealedParam }))
        .min(2)
        .max(7),
      commitment: hashParam,
      /** SHA-256 of what only who joined the shares can show. */
      proof: hashParam,
      vault: vaultText,
      vaultVersion: version,
    }),
    result: z.object({ vaultVersion: version }),
    errors: ['recovery.*', 'account.vault-version', 'session.factor-needed', 'people.full'],
    cost: 10,
  },
  recovery_end: {
    summary: 'Deletes the shares, with the vault that they do not open any more.',
    params: z.strictObject({ vault: vaultText, vaultVersion: version }),
    result: z.object({ vaultVersion: version }),
    errors: ['account.vault-version', 'session.factor-needed'],
    cost: 5,
  },
  recovery_begin: {
    summary:
      'Asks the people whom a person trusts for their shares, if there is such a person who chose some; answers alike if not. The person and they are told.',
    params: z.strictObject({ name: userNameParam, key: hashParam, token }),
    result: z.object({ until: time }),
    errors: ['rpc.rate-limited'],
    cost: 10,
  },
  recovery_collect: {
    summary: 'The released shares, once the time to stop the recovery is over and there are enough; else it waits.',
    params: z.strictObject({ token }),
    result: z.object({ state: z.enum(['waiting', 'ready']), shares: shares.nullable() }),
    errors: ['rpc.rate-limited'],
    cost: 5,
  },
  recovery_finish: {
    summary:
      'Sets a new password and vault for who joined the shares; sessions, second factors, passkeys and wallets of before end.',
    params: z.strictObject({
      token,
      proof: hexParam(32).length(64),
      salt: saltParam,
      auth: authParam,
      vault: vaultText,
    }),
    result: z.object({ name: z.string() }),
    errors: ['recovery.not-ready', 'recovery.proof', 'session.busy', 'rpc.rate-limited', 'people.full'],
    cost: 10,
  },
  recovery_release: {
    summary: "Gives the caller's share, sealed in the browser to who asks. Needs a fresh second factor.",
    params: z.strictObject({ user: userParam, request: requestParam, sealed: sealedParam }),
    result: z.object({ released: count }),
    errors: ['recovery.unknown', 'people.full'],
    cost: 5,
  },
  recovery_refuse: {
    summary: 'Closes a request that is not of the person whose share the caller holds.',
    params: z.strictObject({ user: userParam, request: requestParam }),
    result: z.object({ closed: z.literal(true) }),
    errors: ['recovery.unknown'],
  },
  recovery_stop: {
    summary: 'Closes a request for the own account.',
    params: z.strictObject({ request: requestParam }),
    result: z.object({ closed: z.literal(true) }),
    errors: ['recovery.unknown'],
  },
});
