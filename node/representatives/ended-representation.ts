// What goes with somebody who does not act for a patient any more, or not as long: what she shared, and whom she named by her word
// with what those shared. The one place that says so, for doors that end, shorten, or take an account back.
import { type AccessLogPort, accessOf } from '../charts/ports.ts';
import type { Person } from '../charts/reading.ts';
import type { DoneBy } from '../vault/acting.ts';
import type { MySharing } from '../vault/my-sharing.ts';
import type { ByWhom } from './kept.ts';
import type { Representatives } from './representatives.ts';

export interface EndedRepresentationModules {
  readonly representatives: Pick<Representatives, 'endNamedBy'>;
  readonly sharing: Pick<MySharing, 'endBy'>;
  readonly log: AccessLogPort;
}

/** By the clinic, whoever of its staff does it. */
export function byStaff(
  options: { readonly clinic: number },
  { person, handle }: { readonly person: Person; readonly handle: Uint8Array },
): DoneBy {
  return { ...accessOf(options, person, handle, 'HOPERAT'), reason: 'custody' };
}

/** Ends those of `account` who would act longer than `beyond`, ms, each with what she shared. */
export async function endNamedBy(
  { representatives, sharing, log }: EndedRepresentationModules,
  { by, access }: { readonly by: ByWhom; readonly access: DoneBy },
  account: Uint8Array,
  beyond = 0,
): Promise<void> {
  for (const one of await representatives.endNamedBy(access.handle, account, beyond, by)) {
    await log.append({ ...access, action: 'represent-end', records: [], grant: one.id });
    await sharing.endBy(access, one.account);
  }
}
