// The form and the bounds of each part of a person's record, for what is read from disk and from other clinics: strict, so
// that nothing comes in under a name that no part has.
import { z } from 'zod';
import { ROLES } from '../../consensus/ledger/accounts/types.ts';
import { MAX_VAULT_BYTES } from '../vault/file.ts';
import { MAX_KDF_LANES, MAX_KDF_MEMORY_KIB, MAX_KDF_PASSES } from '../vault/kdf.ts';
import { MAX_RECOVERY_GUARDIANS, MIN_RECOVERY_GUARDIANS, SEALED_SHARE_BYTES } from '../vault/recovery-guardians.ts';
import { FACTOR_ID } from './factor-ids.ts';
import { MAX_USES } from './merge.ts';
import type { ManyPartKind, ManyPartValues, PartValues, SinglePartName } from './types.ts';
import { MAX_NAME_CHARACTERS } from './user-names.ts';

export const MAX_PHOTO_BYTES = 262_144;
export const MAX_PROFILE_TEXT = 200;
export const MAX_REASON_TEXT = 1000;
export const MAX_LABEL_TEXT = 64;
export const MAX_CHANGES = 16;
/** JSON of a photo. */
export const MAX_PROPOSAL_TEXT = 360_000;
export const RECOVERY_CODES = 10;
/** 1023 bytes in base64url, as WebAuthn bounds a credential's id. */
export const MAX_CREDENTIAL_TEXT = 1364;
/** COSE key of RSA with 4096 bits in base64url. */
export const MAX_COSE_KEY_TEXT = 1024;
/** What scrypt may cost whoever checks a password: 128 x N x r = 64 MiB. */
export const MAX_VERIFIER_N = 65_536;

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`));
const text = (max: number) => z.string().max(max);
const time = z.int().min(0).max(8.64e15);
const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const base64url = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[A-Za-z0-9_-]+$/);
const factor = z.string().regex(FACTOR_ID);
const userId = hex(16);

const person = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(2 * MAX_NAME_CHARACTERS),
  account: hex(32).nullable(),
  kind: z.enum(['staff', 'patient']),
  clinic: z.int().min(1).max(0xffff_ffff),
  made: time,
});

const state = z.strictObject({
  state: z.enum(['waiting', 'active', 'suspended', 'refused']),
  asked: z.array(z.enum(ROLES)).max(ROLES.length),
  since: time,
  by: userId.nullable(),
  reason: text(MAX_REASON_TEXT),
});

const password = z.strictObject({
  salt: hex(16),
  kdf: z.strictObject({
    name: z.literal('argon2id'),
    memoryKiB: z.int().min(8).max(MAX_KDF_MEMORY_KIB),
    passes: z.int().min(1).max(MAX_KDF_PASSES),
    lanes: z.int().min(1).max(MAX_KDF_LANES),
  }),
  verifier: z.strictObject({
    N: z
      .int()
      .min(2)
      .max(MAX_VERIFIER_N)
      .refine((value) => Number.isInteger(Math.log2(value))),
    r: z.int().min(1).max(8),
    p: z.int().min(1).max(4),
    salt: hex(16),
    hash: hex(32),
  }),
  changed: time,
});

const totp = z.strictObject({
  id: factor,
  secret: z
    .string()
    .max(256)
    .regex(/^([0-9a-f]{2})+$/),
  confirmed: time,
});

const codes = z.strictObject({ id: factor, hashes: z.array(hex(32)).length(RECOVERY_CODES), made: time });

const passkey = z.strictObject({
  id: factor,
  credential: base64url(MAX_CREDENTIAL_TEXT),
  publicKey: base64url(MAX_COSE_KEY_TEXT),
  counter: z.int().min(0).max(0xffff_ffff),
  transports: z.array(text(32)).max(8),
  rpId: z.string().min(1).max(253),
  label: text(MAX_LABEL_TEXT),
  prf: z.boolean(),
  synced: z.boolean(),
  made: time,
});

const wallet = z.strictObject({ address: z.string().regex(/^0x[0-9a-f]{40}$/), linked: time });

const vaultText = z.string().min(1).max(MAX_VAULT_BYTES);
const vault = z.strictObject({
  version: count,
  vault: vaultText,
  before: z.strictObject({ version: count, vault: vaultText, replaced: time }).optional(),
});

const profile = z.strictObject({
  displayName: text(MAX_PROFILE_TEXT),
  familyName: text(MAX_PROFILE_TEXT),
  givenName: text(MAX_PROFILE_TEXT),
  title: text(MAX_PROFILE_TEXT).optional(),
  birthDate: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/)
    .optional(),
  email: text(254).optional(),
  phone: text(64).optional(),
  language: z.string().regex(/^[A-Za-z0-9-]{2,35}$/),
});

const preferences = z.strictObject({
  mail: z.record(z.string().regex(/^[a-z][a-z-]{0,31}$/), z.boolean()).refine((mail) => Object.keys(mail).length <= 32),
});

const photo = z.strictObject({
  type: z
    .string()
    .max(64)
    .regex(/^image\/[a-z0-9.+-]+$/),
  bytes: z
    .string()
    .max(4 * Math.ceil(MAX_PHOTO_BYTES / 3))
    .regex(/^[A-Za-z0-9+/]*={0,2}$/),
});

const uses = z
  .record(factor, z.strictObject({ mark: count, at: time }))
  .refine((value) => Object.keys(value).length <= MAX_USES);

const approval = z.strictObject({
  kind: z.enum(['registration', 'profile', 'photo', 'role']),
  made: time,
  change: z
    .array(z.strictObject({ field: text(64), from: text(MAX_REASON_TEXT), to: text(MAX_REASON_TEXT) }))
    .max(MAX_CHANGES),
  proposal: text(MAX_PROPOSAL_TEXT),
  decision: z
    .strictObject({
      outcome: z.enum(['approved', 'refused', 'withdrawn']),
      by: userId.nullable(),
      at: time,
      reason: text(MAX_REASON_TEXT),
    })
    .nullable(),
});

const recovery = z.strictObject({
  version: z.int().min(1).max(0xffff_ffff),
  threshold: z.int().min(MIN_RECOVERY_GUARDIANS).max(MAX_RECOVERY_GUARDIANS),
  commitment: hex(32),
  proof: hex(32),
  made: time,
  guardians: z
    .array(z.strictObject({ account: hex(32), key: hex(32), hash: hex(32), sealed: hex(SEALED_SHARE_BYTES) }))
    .min(MIN_RECOVERY_GUARDIANS)
    .max(MAX_RECOVERY_GUARDIANS),
});

const recoveryRequest = z.strictObject({
  id: hex(16),
  key: hex(32),
  token: hex(32),
  version: z.int().min(1).max(0xffff_ffff),
  began: time,
  state: z.enum(['waiting', 'stopped', 'refused', 'renewed', 'finished']),
  by: userId.nullable(),
  at: time,
});

const release = z.strictObject({ request: hex(16), sealed: hex(SEALED_SHARE_BYTES), at: time });

type Schemas<T> = { readonly [K in keyof T]: z.ZodType<T[K]> };

export const SINGLE_VALUES: Schemas<PartValues> & Readonly<Record<SinglePartName, z.ZodType>> = {
  person,
  state,
  password,
  totp,
  codes,
  vault,
  profile,
  preferences,
  photo,
  uses,
  recovery,
  'recovery-request': recoveryRequest,
};

export const MANY_VALUES: Schemas<ManyPartValues> & Readonly<Record<ManyPartKind, z.ZodType>> = {
  passkey,
  wallet,
  approval,
  release,
};
