// Shapes that the areas of people share: user ids, roles, profiles, secrets and vaults as they travel. Owns no method.
import { z } from 'zod';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import { clinicNumber, hex, hexParam, time } from './shapes.ts';

/** What a person may do at a clinic, as the chain knows it. */
export const role = z.enum([
  'admin',
  'doctor',
  'nurse',
  'reception',
  'patient',
  'researcher',
  'auditor',
  'privacy-officer',
] satisfies Role[]);

/** 16 bytes: the public name of a user or of a session. */
export const userId = z.string().regex(/^[0-9a-f]{32}$/);
export const userParam = z
  .string()
  .toLowerCase()
  .regex(/^[0-9a-f]{32}$/, 'expected 32 hex digits');

/** What the browser derives from the password and sends instead of it; opens nothing by itself. */
export const authParam = hexParam(32).length(64);
export const saltParam = hexParam(16).length(32);
/** How a person is called at sign-in; identity/people has the rule. */
export const userNameParam = z.string().trim().min(1).max(256);
/** Six digits of an authenticator, or a recovery code. */
export const codeParam = z.string().trim().min(6).max(64);
/** Names a sign-in or a ceremony under way; used once. */
export const ticket = z.string().min(16).max(4096);
/** From the part of a link behind `#`; used once. */
export const linkToken = z.string().min(16).max(256);

/** Ciphertext of a vault, as the browser made it: at most 64 KiB of JSON text. */
export const vaultText = z.string().min(2).max(65_536);

/** A WebAuthn request, options or response, as @simplewebauthn writes them. */
export const webAuthnJson = z.record(z.string().max(64), z.unknown());

/** EIP-55 or lower-case. */
export const walletAddress = z.string().regex(/^0x[0-9a-fA-F]{40}$/, 'expected an Ethereum address');
export const walletProof = z.strictObject({ ticket, signature: z.string().regex(/^0x[0-9a-fA-F]{130}$/) });

const text = z.string().trim().max(200);
export const profileFields = {
  displayName: text.min(1),
  familyName: text,
  givenName: text,
  title: text.optional(),
  /** YYYY-MM-DD. */
  birthDate: z.iso.date().optional(),
  email: z.email().max(254).optional(),
  phone: text.max(64).optional(),
  /** BCP 47, e.g. `en`. */
  language: z.string().regex(/^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,3}$/),
};
export const profile = z.strictObject(profileFields);
/** Which kinds of mail the person wants; what is not named is sent. */
export const mailPreferences = z
  .record(z.string().regex(/^[a-z][a-z-]{0,31}$/), z.boolean())
  .refine((mail) => Object.keys(mail).length <= 32, 'too many kinds of mail');
export type ProfileView = z.infer<typeof profile>;

export const photoType = z.enum(['image/png', 'image/jpeg', 'image/gif']);
/** An image in base64. */
export const photo = z.object({ type: photoType, bytes: z.string() });

export const roleAt = z.object({ clinic: clinicNumber, role, until: time });

/** A change of a profile that waits for an administrator. */
export const waitingChange = z.object({
  id: userId,
  field: z.string(),
  /** Empty: none. */
  from: z.string(),
  to: z.string(),
  made: time,
});

export const argon2 = z.object({
  name: z.literal('argon2id'),
  memoryKiB: z.int().positive(),
  passes: z.int().positive(),
  lanes: z.int().positive(),
});

export const saltView = hex.length(32);

/** By which reception knows a person. */
export const identityDocument = z.enum(['passport', 'identity-card', 'driving-licence', 'residence-permit', 'other']);
export type IdentityDocument = z.infer<typeof identityDocument>;
