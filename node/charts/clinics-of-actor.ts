// Which members serve the people of an actor that a consent names. Owns nothing else.
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { clinicOfApplication } from '../../records/consent/application.ts';
import type { Actor } from '../../records/consent/terms.ts';
import type { MemberSets } from '../members/member-sets.ts';

export interface ActorClinics {
  readonly members: Pick<MemberSets, 'current'>;
  /** Clinics at which an account has a role now. */
  clinicsOf(account: Uint8Array): Promise<readonly ClinicNumber[]>;
}

/** Members alone; a clinic may be there twice. */
export async function clinicsOfActor(actor: Actor, modules: ActorClinics): Promise<ClinicNumber[]> {
  const { current } = modules.members;
  return (await named(actor, modules)).filter((one) => current.clinic(one) !== undefined);
}

async function named(actor: Actor, { members, clinicsOf }: ActorClinics): Promise<readonly ClinicNumber[]> {
  switch (actor.kind) {
    case 'clinic':
      return [actor.clinic];
    case 'organisation':
      return members.current.clinicsOf(actor.organisation).map(({ number }) => number);
    case 'role':
      return actor.clinic === undefined ? [] : [actor.clinic];
    case 'application': {
      // The one at which it calls.
      const clinic = clinicOfApplication(actor.id);
      return clinic === undefined ? [] : [clinic];
    }
    default:
      return clinicsOf(actor.account);
  }
}
