// The fields of answers that tell a program what its limit is: draft-ietf-httpapi-ratelimit-headers-10 and Retry-After of
// RFC 9110. Seconds are rounded up, so that who waits as told is let in.
import type { Limit, LimitResult } from './limiter.ts';

export type Fields = Readonly<Record<string, string>>;

/** Limits are few and never change. */
const policies = new WeakMap<Limit, string>();

/** Of every answer that was counted. The window is what a whole burst takes to come back. */
export function limitFields(limit: Limit, { allowed, retryAfter, remaining, reset }: LimitResult): Fields {
  const fields = {
    'RateLimit-Policy': policies.get(limit) ?? policyOf(limit),
    RateLimit: `"${limit.name}";r=${remaining};t=${Math.ceil(reset / 1000)}`,
  };
  return allowed ? fields : { ...fields, 'Retry-After': retryAfterSeconds(retryAfter) };
}

function policyOf(limit: Limit): string {
  const window = Math.max(1, Math.ceil(limit.burst / limit.rate));
  const policy = `"${limit.name}";q=${Math.floor(limit.burst)};w=${window}`;
  policies.set(limit, policy);
  return policy;
}

/** `ms` may be Infinity: an hour then. */
export function retryAfterSeconds(ms: number): string {
  return String(Math.min(3_600, Math.max(1, Math.ceil(ms / 1000))));
}
