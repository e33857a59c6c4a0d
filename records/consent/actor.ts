// Whom a consent names as the doors say it: ids as hex, one field that tells the kind.
import { fromHex } from '../../common/bytes.ts';
import type { ClinicNumber, OrganisationNumber } from '../../consensus/ledger/types.ts';
import type { Actor } from './terms.ts';

/** Who may be given something: an application too, by its scopes. */
export type NamedRecipient = NamedActor | { readonly application: string; readonly scopes: readonly string[] };

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

export function recipientOf(named: NamedRecipient): Actor {
  if (!('application' in named)) return actorOf(named);
  return { kind: 'application', id: fromHex(named.application), scopes: named.scopes };
}
