// For how long somebody may act for a patient. Pure; the times of law are those of here, in UTC.
import type { RepresentativeKind } from '../../identity/patient/representative-commitment.ts';
import { RepresentativeError } from './errors.ts';

const DAY_MS = 86_400_000;
/** Years, from which on nobody acts as the guardian of a child. */
const AGE_OF_MAJORITY = 18;
/** A patient chooses anew each year. */
export const MAX_DELEGATE_MS = 366 * DAY_MS;
/** From birth to majority. */
export const MAX_GUARDIAN_MS = AGE_OF_MAJORITY * 366 * DAY_MS;

/** ms; undefined for a birth date that does not say the day. */
export function majorityOf(birthDate: string): number | undefined {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(birthDate) ?? [];
  // Whoever was born on a leap day comes of age on the first of March.
  return year === undefined ? undefined : Date.UTC(Number(year) + AGE_OF_MAJORITY, Number(month) - 1, Number(day));
}

export interface AskedEnd {
  readonly kind: RepresentativeKind;
  /** ms; undefined: as long as a child is one. */
  readonly ends: number | undefined;
  readonly birthDate: string;
  /** Of whoever names, where somebody does who acts herself. */
  readonly atMost: number | undefined;
}

/** ms. Throws RepresentativeError `representative.end`. */
export function endOf({ kind, ends, birthDate, atMost }: AskedEnd, now: number): number {
  const majority = majorityOf(birthDate) ?? 0;
  const isChild = majority > now;
  const longest = now + (kind === 'guardian' ? MAX_GUARDIAN_MS : MAX_DELEGATE_MS);
  const latest = Math.min(longest, isChild ? majority : longest, atMost ?? longest);
  const until = ends ?? (isChild && kind === 'guardian' ? latest : undefined);
  if (until === undefined) throw new RepresentativeError({ code: 'representative.end', latest: null });
  if (until <= now || until > latest) throw new RepresentativeError({ code: 'representative.end', latest });
  return until;
}
