// Who is at the other end of one message, as the dispatcher sees them.
import type { Principal } from '../access/principal.ts';
import type { ClientFacts, CookieJar } from '../ports.ts';
import type { StreamFilter, StreamName } from '../schema/subscription.ts';

export interface CallerSubscriptions {
  /** Gives the subscription's id; throws RpcError. */
  open(stream: StreamName, filter: StreamFilter<StreamName>): string;
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
  /** Takes room for an answer of so many bytes; false when too much waits to be read by its callers. */
  reserve(bytes: number): boolean;
  /** Only on a WebSocket. */
  readonly subscriptions: CallerSubscriptions | undefined;
}
