// What a person is called whose account is all that stands somewhere: known to this organisation, or not at all.
import type { Person } from '../people/people-index.ts';

export interface KnownPeople {
  readonly index: {
    byAccount(account: string): Pick<Person, 'displayName'> | undefined;
  };
}

/** Null where nobody here knows. */
export function nameOfAccount({ index }: KnownPeople, account: string | null): string | null {
  return account === null ? null : (index.byAccount(account)?.displayName ?? null);
}
