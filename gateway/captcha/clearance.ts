// The cookie of a client that solved a challenge: bound to its prefix and its program, 30 minutes. Says nothing of who it is
// and lifts nothing but the challenge.
import { equalSecret } from '#crypto';
import { parseHex, toHex } from '../../common/bytes.ts';
import type { RequestFacts } from '../judge/facts.ts';
import { prefixKey, tagOf } from './secrets.ts';

export const CLEARANCE_MS = 30 * 60_000;
const NAME = 'wardmesh-clearance';
const TAG_CHARS = 32;

export class Clearances {
  private readonly key: Uint8Array;

  constructor(key: Uint8Array) {
    this.key = key;
  }

  /** A Set-Cookie header. `secure`: the client came over TLS. */
  grant(facts: RequestFacts, secure: boolean): string {
    const until = facts.at + CLEARANCE_MS;
    const value = `${until.toString(36)}.${toHex(this.tag(facts, until))}`;
    const rules = `Max-Age=${CLEARANCE_MS / 1000}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
    return `${secure ? `__Host-${NAME}` : NAME}=${value}; ${rules}`;
  }

  holds(facts: RequestFacts): boolean {
    for (const value of facts.clearances ?? []) {
      const dot = value.indexOf('.');
      const until = /^[0-9a-z]{1,10}$/.test(value.slice(0, dot)) ? Number.parseInt(value.slice(0, dot), 36) : 0;
      if (until <= facts.at || until > facts.at + CLEARANCE_MS) continue;
      const tag = value.length - dot - 1 === TAG_CHARS ? parseHex(value.slice(dot + 1)) : undefined;
      if (tag !== undefined && equalSecret(tag, this.tag(facts, until))) return true;
    }
    return false;
  }

  private tag({ client, userAgent }: RequestFacts, until: number): Uint8Array {
    return tagOf(this.key, [prefixKey(client), userAgent, String(until)]);
  }
}

/** Values of both names in a whole Cookie header, at most four: somebody may have planted one beside. Undefined: none. */
export function clearancesIn(cookie: string | undefined): readonly string[] | undefined {
  if (cookie === undefined || !cookie.includes(NAME)) return undefined;
  const pairs = cookie.split(';').map((pair) => pair.trim());
  const own = pairs.filter((pair) => pair.startsWith(`${NAME}=`) || pair.startsWith(`__Host-${NAME}=`));
  return own.slice(0, 4).map((pair) => pair.slice(pair.indexOf('=') + 1));
}
