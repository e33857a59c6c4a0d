// Who is at the other end of one message or request, as calls see them.
import type { Principal } from '../access/principal.ts';
import type { AccessRule } from '../access/rule.ts';
import type { ClientFacts, CookieJar } from '../ports.ts';
import type { StreamFilter, StreamName } from '../schema/subscription.ts';

export interface CallerSubscriptions {
  /** Gives the subscription's id; throws RpcError. */
  open(stream: StreamName, filter: StreamFilter<StreamName>, rule: AccessRule | undefined): string;
  /** False when there is none of that id. */
  close(id: string): boolean;
}

export interface Caller {
  readonly principal: Principal;
  readonly client: ClientFacts;
  /** Undefined where an answer sets no cookie. */
  readonly cookies: CookieJar | undefined;
  /** Ends when the caller is gone or the server stops. */
  readonly signal: AbortSignal;
  /** Takes units of the caller's rate limit: 0 when they were there, else ms until they will be. */
  charge(units: number): number;
  /** Credentials were tried, and were right or wrong. */
  signedIn?(right: boolean): void;
  /** Takes room for an answer of so many bytes; false when too much waits to be read by its callers. */
  reserve(bytes: number): boolean;
  /** Stands around the handler of a permitted call: a write that is sent again is answered from what was kept. */
  around?(run: () => Promise<unknown>, signal: AbortSignal): Promise<unknown>;
  /** Only on a WebSocket. */
  readonly subscriptions: CallerSubscriptions | undefined;
}
