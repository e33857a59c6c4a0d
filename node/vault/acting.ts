// How what is done for a patient is told from what she does herself: in the record of accesses, and by what is not hers to do.
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import type { PurposeCode } from '../../records/consent/terms.ts';
import type { NewAccess } from '../audit/ports.ts';
import { accessOf } from '../charts/ports.ts';
import { MeError } from './errors.ts';
import type { AttachedPatient } from './patient-accounts.ts';

export function personOf({ account, acting }: AttachedPatient): {
  readonly account: Uint8Array;
  readonly roles: readonly Role[];
} {
  // No role counts for what one does for another.
  return { account, roles: acting === undefined ? ['patient'] : [] };
}

/** As v3-ActReason has it: a delegate brings the patient's own request. */
export function purposeOf({ acting }: AttachedPatient): Extract<PurposeCode, 'PATRQT' | 'FAMRQT'> {
  return acting?.kind === 'guardian' ? 'FAMRQT' : 'PATRQT';
}

/** Who did something about a patient, and by what right: what is written down beside what was done. */
export type DoneBy = Omit<NewAccess, 'action' | 'records'>;

/** What is written down of it; the purpose is the act's where it has one of its own. */
export function accessBy(options: { readonly clinic: number }, patient: AttachedPatient, purpose?: string) {
  const access = accessOf(options, personOf(patient), patient.handle, purpose ?? purposeOf(patient));
  return { ...access, reason: patient.acting?.kind ?? 'patient' } as const;
}

/** Throws MeError `me.not-hers`: what stands in a vault is opened and made by whose it is. */
export function demandOwn({ acting }: AttachedPatient): void {
  if (acting !== undefined) throw new MeError({ code: 'me.not-hers' });
}
