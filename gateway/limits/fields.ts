// The fields of answers that tell a program what its limit is: draft-ietf-httpapi-ratelimit-headers-10 and Retry-After of
// RFC 9110. Seconds are rounded up, so that who waits as told is let in.
import type { Limit, LimitResult } from './limiter.ts';

export type Fields = Readonly<Record<string, string>>;

/** Of every answer that was counted. The window is what a whole burst takes to come back. */
export function limitFields(limit: Limit, { allowed, retryAfter, remaining, reset }: LimitResult): Fields {
  const window = Math.max(1, Math.ceil(limit.burst / limit.rate));
  const fields = {
    'RateLimit-Policy': `"${limit.name}";q=${Math.floor(limit.burst)};w=${window}`,
    RateLimit: `"${limit.name}";r=${remaining};t=${Math.ceil(reset / 1000)}`,
  };
  return allowed ? fields : { ...fields, 'Retry-After': retryAfterSeconds(retryAfter) };
}

/** `ms` may be Infinity: an hour then. */
export function retryAfterSeconds(ms: number): string {
  return String(Math.min(3_600, Math.max(1, Math.ceil(ms / 1000))));
}
