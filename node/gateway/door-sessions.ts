// Who is signed in at the doors, for the gateway before them: what admission made of the credentials. Asks nobody itself, and
// takes no cookie's word.

import type { SessionClaim } from '../../gateway/ways-in/session-claim.ts';
import { FORGED_SESSION, keyOf, NO_SESSION, type SessionSource } from '../../gateway/ways-in/session-source.ts';
import type { Visit } from '../../gateway/ways-in/visit.ts';
import type { Principal } from '../../rpc/access/principal.ts';
import type { Shown } from '../../rpc/ports.ts';

/** Who has the operator's token. */
export const OPERATOR = keyOf('operator');

export class DoorSessions implements SessionSource {
  private readonly shown = new WeakMap<Visit, Shown>();

  /** Before the visit is judged. */
  note(visit: Visit, shown: Shown): void {
    this.shown.set(visit, shown);
  }

  claimOf(visit: Visit): SessionClaim {
    return this.atHand(visit);
  }

  atHand(visit: Visit): SessionClaim {
    const shown = this.shown.get(visit);
    return shown === undefined ? NO_SESSION : claimOf(shown);
  }
}

/** A person counts as one, however often she signs in. */
function claimOf(shown: Principal | 'forged'): SessionClaim {
  if (shown === 'forged') return FORGED_SESSION;
  switch (shown.kind) {
    case 'open':
      return NO_SESSION;
    case 'operator':
      return { state: 'valid', subject: OPERATOR, staff: true };
    case 'application':
      return { state: 'valid', subject: keyOf(`key ${shown.key.id}`) };
    case 'session': {
      const { user, roles } = shown.session;
      return { state: 'valid', subject: keyOf(`user ${user}`), staff: roles.some((role) => role !== 'patient') };
    }
  }
}
