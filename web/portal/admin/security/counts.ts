// Sums of what was done with requests.
import type { ActionsView } from '../../../../rpc/schema/security.ts';

export function allOf({ allow, challenge, limit, refuse }: ActionsView): number {
  return allow + challenge + limit + refuse;
}

export function stoppedOf({ challenge, limit, refuse }: ActionsView): number {
  return challenge + limit + refuse;
}
