// One consent of a patient's as she sees it: by whose word it came, where it holds, whether it shuts branches out.
import { isOrganisationRuleOff } from '../../records/consent/terms.ts';
import type { PatientWord } from '../../records/vault/word.ts';
import type { KnownTerms } from '../charts/ports.ts';

/** One consent of the patient's, and how it came. */
export interface ShownShare {
  readonly share: Uint8Array;
  readonly consents: readonly KnownTerms[];
  readonly modes: readonly ('clinic' | 'vault')[];
  /** By whose word: the clinic's where it needed none. */
  readonly by: 'patient' | 'representative' | 'clinic' | 'grantee' | 'take-over';
}

export function byOf({ patient, takeOver }: PatientWord): ShownShare['by'] {
  if (takeOver !== undefined) return 'take-over';
  return patient === undefined ? 'patient' : 'representative';
}

export function modesOf(known: readonly KnownTerms[]): ('clinic' | 'vault')[] {
  return known.map(({ terms }) => (isVaults(terms) ? 'vault' : 'clinic'));
}

export function isVaults({ grantor }: KnownTerms['terms']): boolean {
  return grantor.kind === 'patient';
}

export function shutsBranchesOut({ terms, status }: KnownTerms): boolean {
  return status === 'active' && isOrganisationRuleOff(terms);
}
