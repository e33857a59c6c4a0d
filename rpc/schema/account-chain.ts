// account_prepare, account_get, account_setRole, account_suspend: accounts as the chain has them, and the bytes of
// statements that a person's device key signs.
import { z } from 'zod';
import { defineMethods } from './method.ts';
import { role, roleAt } from './people.ts';
import {
  clinicNumber,
  count,
  hash,
  hashParam,
  hex,
  hexParam,
  statementState,
  statementStatus,
  time,
} from './shapes.ts';

const account = hashParam;
/** Public key of the device that will sign. */
const author = hashParam;
const newDevice = {
  account,
  /** Ed25519 and X25519 keys of the new device. */
  key: hashParam,
  encryptionKey: hashParam,
  /** The new key's signature over `possession`, which the answer names while this is missing. */
  proof: hexParam(64).length(128).optional(),
};

export const preparation = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.literal('create'),
    /** Of the first device. */
    key: hashParam,
    encryptionKey: hashParam,
    /** Salted commitment to the person's profile. */
    profile: hashParam,
    recoveryKey: hashParam.nullable().default(null),
  }),
  z.strictObject({ action: z.literal('add-key'), author, ...newDevice }),
  z.strictObject({
    action: z.literal('revoke-key'),
    ...{ account, author, key: hashParam },
    /** Rotated: not used any more. Compromised: lost or stolen, nothing that it ever signed counts from now on. */
    reason: z.enum(['rotated', 'compromised']),
  }),
  z.strictObject({ action: z.literal('set-recovery'), account, author, recoveryKey: hashParam.nullable() }),
  z.strictObject({ action: z.literal('recover-start'), ...newDevice }),
  z.strictObject({ action: z.literal('recover-veto'), account, author }),
  z.strictObject({ action: z.literal('recover-finish'), account }),
]);

const said = z.object({ account: hash, statement: statementState });
const outboxErrors = ['outbox.full', 'outbox.stopped', 'clinic.not-a-member'] as const;

export const accountChainMethods = defineMethods({
  account_prepare: {
    summary: 'The bytes of a statement about an account, what of them is signed, and in words what they mean.',
    params: preparation,
    result: z.object({
      account: hash,
      /** The statement without its signature; null while `possession` is to be signed first. */
      statement: hex.nullable(),
      /** What the author signs: then `statement`, `01` and the 64 bytes of the signature go to tx_submit. */
      id: hash.nullable(),
      /** What the new device's key signs to show that it is held. */
      possession: hash.nullable(),
      /** Whose signature is needed. */
      signer: hash,
      words: z.string(),
    }),
    errors: ['account.unknown', 'account.suspended', 'account.not-now'],
    cost: 2,
  },
  account_get: {
    summary: 'An account: what the chain says, less what was received and takes away.',
    params: z.strictObject({ account }),
    result: z.object({
      account: hash,
      organisation: clinicNumber,
      /** Where it was made. */
      clinic: clinicNumber,
      suspended: z.boolean(),
      /** Of what was last said of the account as a whole. */
      status: statementStatus,
      keys: z.array(
        z.object({
          key: hash,
          encryptionKey: hash,
          status: z.enum(['live', 'rotated', 'compromised']),
          /** ms; null while it is live. */
          revoked: time.nullable(),
          /** Until when what a rotated key signed before still counts. */
          ends: time.nullable(),
        }),
      ),
      /** Live ones, at every clinic. */
      roles: z.array(roleAt),
      recoveryKey: hash.nullable(),
      recovery: z
        .object({
          key: hash,
          state: z.enum(['open', 'stopped', 'finished']),
          version: count,
          /** From when on an open one can be finished. */
          ready: time,
        })
        .nullable(),
    }),
    errors: ['account.unknown'],
    cost: 2,
  },
  account_setRole: {
    summary: 'Gives a person a role at this clinic until a time, or ends it.',
    params: z.strictObject({
      account,
      role,
      /** ms; null: the role ends now. */
      until: time.nullable(),
    }),
    result: said,
    errors: ['account.unknown', 'account.suspended', 'account.no-such-role', ...outboxErrors],
    cost: 2,
  },
  account_suspend: {
    summary: 'Puts a person out at every clinic, from now on and for good.',
    params: z.strictObject({ account }),
    result: said,
    errors: ['account.unknown', 'account.other-organisation', ...outboxErrors],
    cost: 2,
  },
});
