// Whom a consent names as the doors say it: ids as hex, one field that tells the kind.
import { fromHex } from '../../common/bytes.ts';
import type { ClinicNumber, OrganisationNumber } from '../../consensus/ledger/types.ts';
import type { Actor } from './terms.ts';

type Role = Extract<Actor, { kind: 'role' }>['role'];

export type NamedActor =
  | { readonly clinic: ClinicNumber }
  | { readonly organisation: OrganisationNumber }
  | { readonly account: string }
  | { readonly role: Role; readonly at: ClinicNumber };

export function actorOf(named: NamedActor): Exclude<Actor, { kind: 'application' }> {
  if ('clinic' in named) return { kind: 'clinic', clinic: named.clinic };
  if ('organisation' in named) return { kind: 'organisation', organisation: named.organisation };
  if ('account' in named) return { kind: 'person', account: fromHex(named.account) };
  return { kind: 'role', role: named.role, clinic: named.at };
}
