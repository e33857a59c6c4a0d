// Methods of API keys: what applications show instead of a session, and what patients see of those applications.
import { z } from 'zod';
import { defineMethods } from './method.ts';
import { empty, hash, time } from './shapes.ts';

/** Networks from which one key may be used. */
export const MAX_KEY_ADDRESSES = 32;
const MAX_SCOPES = 32;

const keyId = z.string().regex(/^[0-9a-f]{16}$/, 'expected the 16 hex digits of a key');

const apiKey = z.object({
  id: keyId,
  name: z.string(),
  scopes: z.array(z.string()),
  /** By which consents name it. */
  application: hash,
  /** Empty: from anywhere. */
  allowedAddresses: z.array(z.string()),
  made: time,
  /** Hex id of the user who made it; null: the operator. */
  madeBy: z.string().nullable(),
  until: time,
  lastUsed: time.nullable(),
  lastAddress: z.string().nullable(),
  /** Until when the secret from before the last rotation is good too. */
  oldSecretUntil: time.nullable(),
  state: z.enum(['active', 'ended', 'revoked']),
});
export type ApiKeyView = z.infer<typeof apiKey>;

export const apiKeyMethods = defineMethods({
  apikey_create: {
    summary: 'Makes a key for an application. Its secret is in this answer and nowhere else.',
    params: z.strictObject({
      name: z.string().trim().min(1).max(100),
      /** Of the list that `apikey_list` gives, and SMART v2 scopes such as `patient/Observation.rs`. */
      scopes: z.array(z.string().max(128)).min(1).max(MAX_SCOPES),
      /** Its end; two years ahead at most. */
      until: time,
      /** Addresses or networks (CIDR) from which it may be used; from anywhere when absent. */
      allowedAddresses: z.array(z.string().trim().min(1).max(64)).max(MAX_KEY_ADDRESSES).default([]),
    }),
    result: z.object({ key: apiKey, secret: z.string() }),
    errors: ['apikey.full', 'apikey.scope', 'apikey.user-scopes', 'apikey.until', 'apikey.address'],
  },
  apikey_list: {
    summary: 'The keys of applications, newest first, without their secrets.',
    params: empty,
    result: z.object({ keys: z.array(apiKey), scopes: z.array(z.string()) }),
    errors: [],
  },
  apikey_rotate: {
    summary: 'Gives a key a new secret. The old one is good for another 24 hours.',
    params: z.strictObject({ id: keyId }),
    result: z.object({ key: apiKey, secret: z.string() }),
    errors: ['apikey.unknown', 'apikey.ended'],
  },
  apikey_revoke: {
    summary: 'Ends a key at once, with all its secrets.',
    params: z.strictObject({ id: keyId }),
    result: z.object({ key: apiKey }),
    errors: ['apikey.unknown'],
  },
  me_applications: {
    summary: 'Applications of this clinic that the caller can share with, each with what it may be given of her.',
    params: empty,
    result: z.object({
      applications: z.array(z.object({ application: hash, name: z.string(), scopes: z.array(z.string()) })),
    }),
    errors: ['me.not-attached'],
    cost: 5,
  },
});
