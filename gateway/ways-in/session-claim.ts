// What became of a visitor's claim to be signed in, as one of the session sources says it.
import type { SessionState } from '../judge/facts.ts';

export interface SessionClaim {
  readonly state: SessionState;
  /** Opaque. Undefined unless `state` is valid. */
  readonly subject: string | undefined;
  readonly staff?: boolean;
}
