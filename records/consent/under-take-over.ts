// What a consent is worth once somebody took over what clinics keep of a patient: what a clinic gave before stays until it is
// taken back, what it gives afterwards lets nobody in, and no denial ends by a clinic's word alone. Pure.
import type { ConsentStatus } from './access.ts';
import { LIFTED, type Terms } from './terms.ts';

/** Where a statement stands on the chain. */
export interface Place {
  readonly height: number;
  readonly transaction: number;
  readonly statement?: number;
}

/** A consent, and what the chain says of when. */
export interface Dated {
  readonly terms: Terms;
  readonly status: ConsentStatus;
  /** ms. */
  readonly ends: number;
  /** Undefined: in no block that is known. */
  readonly given: Place | undefined;
  /** Of what was taken back; undefined: it was not, or in no block that is known. */
  readonly taken: Place | undefined;
  /** Whether a word of the take-over that decides now says that this denial has ended. */
  readonly lifted: boolean;
}

/** `since`: the end of the take-over that decides; undefined where its place is not known, and everything came after. */
export function underTakeOver(
  { terms, status, ends, given, taken, lifted }: Dated,
  since: Place | undefined,
  at: number,
): ConsentStatus {
  const { grantor, provision, policy } = terms;
  const opens = provision.effect === 'permit' || provision.exceptions.some(({ effect }) => effect === 'permit');
  if (opens) return grantor.kind === 'custody' && status === 'active' && !isBefore(given, since) ? 'void' : status;
  if (policy !== LIFTED && lifted) return 'revoked';
  if (status !== 'revoked' || (grantor.kind === 'custody' && isBefore(taken, since))) return status;
  return at < ends ? 'active' : 'inactive';
}

export function isBefore(one: Place | undefined, other: Place | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  const [a, b] = [orderOf(one), orderOf(other)];
  const at = a.findIndex((value, index) => value !== b[index]);
  return at >= 0 && a[at] < b[at];
}

function orderOf({ height, transaction, statement = 0 }: Place): readonly number[] {
  return [height, transaction, statement];
}
