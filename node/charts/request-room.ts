// How many requests for access of other clinics are kept: one clinic's open ones leave room for others', and what is answered or
// over goes before anything new is turned away.
import type { ClinicNumber } from '../../consensus/ledger/types.ts';

/** How long an unanswered request stays open. */
export const REQUEST_TTL_MS = 30 * 86_400_000;
/** Requests of others that are kept. */
export const MAX_REQUESTS = 10_000;
/** Of one clinic that wait for an answer; it is heard again when some are answered or over. */
export const MAX_OPEN_REQUESTS = 1_000;

interface Known {
  readonly request: { readonly clinic: ClinicNumber };
  readonly state: 'open' | 'granted' | 'denied';
  readonly at: number;
}

/** `known`: those of others, newest first. Gives what goes for one more of this clinic; undefined: there is no room. */
export function roomFor<T extends Known>(
  known: readonly T[],
  clinic: ClinicNumber,
  now: number,
): readonly T[] | undefined {
  const isOpen = ({ state, at }: Known): boolean => state === 'open' && now < at + REQUEST_TTL_MS;
  const open = known.filter((one) => one.request.clinic === clinic && isOpen(one));
  if (open.length >= MAX_OPEN_REQUESTS) return undefined;
  if (known.length < MAX_REQUESTS) return [];
  const oldest = known.findLast((one) => !isOpen(one));
  return oldest === undefined ? undefined : [oldest];
}
