// consent_colleague: the account of a colleague to whom something is passed on, by the name that she signs in with. Nobody lists
// who has an account here; a name that is nobody's and one of somebody who treats nowhere here are the same.
import { fromHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { Gcra } from '../../common/gcra.ts';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import type { ClinicNumber, OrganisationNumber } from '../../consensus/ledger/types.ts';
import { doorError } from '../../rpc/errors.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { Accounts } from '../accounts/accounts.ts';
import { ChartError } from '../charts/errors.ts';
import type { PeopleIndex } from '../people/people-index.ts';
import { GUARDIAN_FIND_BUDGET } from '../people/recovery-guardians/guarded-vaults.ts';

export interface ColleagueServiceModules {
  readonly people: { readonly index: Pick<PeopleIndex, 'byName'> };
  readonly accounts: Pick<Accounts, 'allRoles'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  organisationOf(clinic: ClinicNumber): OrganisationNumber | undefined;
}

/** Callers whose looking is counted at once. */
const MAX_KEYS = 4096;
const TREATS: readonly Role[] = ['doctor', 'nurse'];

export function colleagueService(
  { clinic, organisation }: { readonly clinic: ClinicNumber; readonly organisation: OrganisationNumber },
  { people, accounts, clock, organisationOf }: ColleagueServiceModules,
): Pick<Handlers, 'consent_colleague'> {
  const looks = new Gcra({ ...GUARDIAN_FIND_BUDGET, maxKeys: MAX_KEYS }, { clock });
  return {
    consent_colleague: async ({ user }, { principal }) => {
      const caller = principal.kind === 'session' ? principal.session.account : null;
      const verdict = looks.take(caller ?? '');
      if (!verdict.ok) throw doorError('rpc.rate-limited', { retryAfterMs: verdict.retryAfterMs });
      const found = people.index.byName(user);
      const account = found?.state === 'active' ? found.person.account : null;
      // To oneself nothing is passed on.
      const roles = account === null || account === caller ? [] : await accounts.allRoles(fromHex(account));
      const treating = roles
        .filter((held) => TREATS.includes(held.role) && organisationOf(held.clinic) === organisation)
        .sort((a, b) => Number(b.clinic === clinic) - Number(a.clinic === clinic) || a.clinic - b.clinic);
      if (found === undefined || account === null || treating.length === 0) {
        throw new ChartError({ code: 'consent.actor' });
      }
      const [{ role, clinic: at }] = treating;
      return { account, name: found.displayName, clinic: at, role };
    },
  };
}
