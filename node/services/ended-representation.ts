// What goes with somebody who does not act for a patient any more, or not as long: what she shared, and whom she named by her word
// with what those shared. The one place that says so, for doors that end, shorten, or take an account back.
import { type AccessLogPort, accessOf } from '../charts/ports.ts';
import type { ByWhom } from '../representatives/kept.ts';
import type { Representatives } from '../representatives/representatives.ts';
import type { accessBy } from '../vault/acting.ts';
import type { MySharing } from '../vault/my-sharing.ts';
import type { AttachedPatient } from '../vault/patient-accounts.ts';
import type { About } from './chart-patients.ts';

/** What is written down of it. */
export type RepresentationAccess =
  | ReturnType<typeof accessBy>
  | (ReturnType<typeof accessOf> & { readonly reason: 'custody' });

export interface EndedRepresentationModules {
  readonly representatives: Pick<Representatives, 'endNamedBy'>;
  readonly sharing: Pick<MySharing, 'endBy'>;
  readonly log: AccessLogPort;
}

/** By the clinic, whoever of its staff does it. */
export function byStaff(options: { readonly clinic: number }, { person, handle }: About): RepresentationAccess {
  return { ...accessOf(options, person, handle, 'HOPERAT'), reason: 'custody' };
}

/** Ends those of `account` who would act longer than `beyond`, ms, each with what she shared. */
export async function endNamedBy(
  { representatives, sharing, log }: EndedRepresentationModules,
  { patient, by, access }: { patient: AttachedPatient; by: ByWhom; access: RepresentationAccess },
  account: Uint8Array,
  beyond = 0,
): Promise<void> {
  for (const one of await representatives.endNamedBy(patient.handle, account, beyond, by)) {
    await log.append({ ...access, action: 'represent-end', records: [], grant: one.id });
    await sharing.endBy(patient, one.account);
  }
}
