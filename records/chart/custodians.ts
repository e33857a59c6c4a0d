// Who keeps the rows of a chart beside the clinic that wrote them: by rendezvous hash, so that every clinic finds the same
// ones from the chain alone and a change of the members moves few. Who may not be one is for the caller to say.
import { compareBytes } from '../../common/bytes.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { clinicBytes } from '../../consensus/ledger/objects.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';

/** Clinics that keep rows beside the one that wrote them. */
export const CUSTODIANS = 2;

/** All other members in the order in which they are custodians of this clinic's chart of this patient. */
export function custodyOrder(
  handle: Uint8Array,
  writer: ClinicNumber,
  members: readonly ClinicNumber[],
): ClinicNumber[] {
  return members
    .filter((member) => member !== writer)
    .map((member) => ({
      member,
      weight: taggedHash('wardmesh/custodian/1', handle, clinicBytes(writer), clinicBytes(member)),
    }))
    .sort((a, b) => compareBytes(a.weight, b.weight))
    .map(({ member }) => member);
}

/** The first of that order that hold no category key of the chart. */
export function custodiansOf(
  order: readonly ClinicNumber[],
  holdsKey: (clinic: ClinicNumber) => boolean,
): ClinicNumber[] {
  return order.filter((clinic) => !holdsKey(clinic)).slice(0, CUSTODIANS);
}
