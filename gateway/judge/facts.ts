// What the judge knows of one request, and of its answer: plain values that every way in (proxy, middleware, forward-auth,
// the node's own doors) fills alike. Owns no socket, no header parsing and no verdict.
import type { Network } from '../address.ts';

/** What became of the client's claim to be signed in. A bare cookie that nobody checked is `none`. */
export type SessionState = 'valid' | 'none' | 'forged';

export interface RequestFacts {
  /** ms since 1970. */
  readonly at: number;
  /** The network that answers for the request: one IPv4 address, or the /64 of an IPv6 one. */
  readonly client: Network;
  /** Whether the forwarding headers of trusted proxies could be read. */
  readonly forwarding: 'direct' | 'proxied' | 'malformed';
  /** Upper case. */
  readonly method: string;
  /** As sent, without the query, at most MAX_PATH_CHARS; what goes by paths asks canonicalPath. */
  readonly path: string;
  /** As sent, without the question mark; at most MAX_QUERY_CHARS. */
  readonly query: string;
  /** Empty when none was sent; at most MAX_HEADER_CHARS, like the next two. */
  readonly userAgent: string;
  readonly referer: string;
  /** Of the request's cookies, as sent. */
  readonly cookie: string;
  /** Values of the gateway's own cookies, wherever in the header they stand. Undefined when there are none. */
  readonly clearances?: readonly string[];
  /** Names of all headers in the order of the request, lower case, joined by commas; at most MAX_HEADER_CHARS. */
  readonly headerOrder: string;
  /** The first MAX_BODY_CHARS of a body that is a form, JSON, XML or text; empty when the way in shows none. */
  readonly body: string;
  readonly session: SessionState;
  /** Who is signed in, opaque: the key of the limit for sessions. Undefined without a valid session. */
  readonly subject: string | undefined;
  /** The valid session is a member of the clinic's staff: its address is protected for longer. */
  readonly staff?: boolean;
}

/** What the application answered. */
export interface AnswerFacts {
  /** ms since 1970. */
  readonly at: number;
  readonly status: number;
  /** A sign-in that failed, as the application's settings say what that is. */
  readonly signInFailed: boolean;
  /** A sign-in that succeeded. */
  readonly signedIn: boolean;
}

export const MAX_PATH_CHARS = 2_048;
export const MAX_QUERY_CHARS = 4_096;
export const MAX_HEADER_CHARS = 1_024;
export const MAX_BODY_CHARS = 8_192;
