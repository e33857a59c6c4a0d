// What a consent is worth once somebody took over what clinics keep of a patient: what a clinic gave before stays until it is
// taken back, what it gives afterwards lets nobody in, and a clinic ends by its word what it shut out itself afterwards. Pure.
import type { ConsentStatus } from './access.ts';
import { LIFTED, ORGANISATION_RULE_OFF, type Terms } from './terms.ts';

/** A consent, and what the chain says of when. */
export interface Dated {
  readonly terms: Terms;
  readonly status: ConsentStatus;
  /** ms. */
  readonly ends: number;
  /** Timestamp of the block that has it, ms; Infinity: in none yet. */
  readonly given: number;
  /** Of the block that took it back, ms; Infinity: none did. */
  readonly taken: number;
  /** Whether a word that counts says that this denial has ended. */
  readonly lifted: boolean;
}

/**
 * `first`: timestamp of the block that finished the first take-over of the patient, ms. Not of the present one: what was void or stood
 * under one key would change with the next. The same block is after it.
 */
export function underTakeOver(
  { terms, status, ends, given, taken, lifted }: Dated,
  first: number,
  at: number,
): ConsentStatus {
  const { grantor, provision, policy } = terms;
  const opens = provision.effect === 'permit' || provision.exceptions.some(({ effect }) => effect === 'permit');
  if (opens && grantor.kind === 'custody' && given >= first) return voided(status);
  if (provision.effect === 'permit') return status;
  if (policy !== LIFTED && lifted) return 'revoked';
  if (status !== 'revoked' || (grantor.kind === 'custody' && taken < first) || isClinics(terms, given, first)) {
    return status;
  }
  return at < ends ? 'active' : 'inactive';
}

/** Of what was given too late: it never counted, and stays over where it was taken back or ended. */
export function voided(status: ConsentStatus): ConsentStatus {
  return status === 'active' ? 'void' : status;
}

/**
 * Whether a clinic shut somebody out by itself, and may end that: after a take-over it does so for nobody else, but for keeping
 * branches out, which a patient may ask of it at any time.
 */
export function isClinics({ grantor, policy }: Terms, given: number, first: number): boolean {
  return grantor.kind === 'custody' && policy !== ORGANISATION_RULE_OFF && given >= first;
}
