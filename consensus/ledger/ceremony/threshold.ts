// How many shares make a key of the members (PROTOCOL 7.13.2): the majority, and more than any one organisation has where
// that leaves room for a third of the clinics to be away.
import type { OrganisationNumber } from '../types.ts';

export interface Belongs {
  readonly organisation: OrganisationNumber;
}

export function thresholdOf(clinics: readonly Belongs[]): number {
  const count = clinics.length;
  const majority = Math.floor(count / 2) + 1;
  const outvoting = largestOf(clinics) + 1;
  return outvoting > majority && 3 * outvoting <= 2 * count ? outvoting : majority;
}

function largestOf(clinics: readonly Belongs[]): number {
  const sizes = new Map<OrganisationNumber, number>();
  for (const { organisation } of clinics) sizes.set(organisation, (sizes.get(organisation) ?? 0) + 1);
  return Math.max(0, ...sizes.values());
}
