// A patient by the name that this clinic knows; those who are erased by what the chain calls them.
import type { ErasureWishView } from '../../../../rpc/schema/erasure.ts';
import { useActing } from '../../../shared/session/session-context.tsx';
import { ShortIdent } from '../../../shared/ui/ident.tsx';
import { useNamed } from '../../doctor/data/patient.ts';
import { PatientName } from '../../doctor/parts/patient-name.tsx';

export function PatientCell({ handle }: { handle: string }) {
  const { role } = useActing();
  return role === 'auditor' ? <ShortIdent value={handle} /> : <Named handle={handle} />;
}

/** Whom a wish is about: the account of who asks says so where she asks for herself. */
export function WishPatient({ wish: { as, name, handle } }: { wish: ErasureWishView }) {
  return as === 'patient' && name !== null ? <bdi>{name}</bdi> : <PatientCell handle={handle} />;
}

function Named({ handle }: { handle: string }) {
  const card = useNamed([handle])(handle);
  return card === undefined ? <ShortIdent value={handle} /> : <PatientName card={card} />;
}
