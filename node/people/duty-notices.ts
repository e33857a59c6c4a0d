// Mail about what somebody of this clinic must look at: an emergency, a take-over. Owns who that is; what a mail says and how it
// goes is notices.ts.
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import type { Notices } from './notices.ts';
import type { PeopleIndex, Person } from './people-index.ts';

export interface DutyNoticesModules {
  readonly index: Pick<PeopleIndex, 'all' | 'byAccount'>;
  readonly notices: Pick<Notices, 'tell'>;
  /** Which the person has at this clinic. */
  rolesHere(person: Person): Promise<readonly Role[]>;
}

export class DutyNotices {
  private readonly modules: DutyNoticesModules;

  constructor(modules: DutyNoticesModules) {
    this.modules = modules;
  }

  /** The privacy officers of this clinic, and the patient where the account is one of its persons. Times in ms. */
  async tellOfEmergency(at: number, reviewDue: number, patient: string | undefined): Promise<void> {
    const { index, notices } = this.modules;
    const officers = await this.holders(['privacy-officer']);
    const theirs = patient === undefined ? undefined : index.byAccount(patient);
    if (theirs?.state === 'active') notices.tell(theirs, 'emergency-opened', { at });
    for (const person of officers) notices.tell(person, 'emergency-review', { at, until: reviewDue });
  }

  /** The patient whose account it is, where it is one of this clinic's persons. */
  tellOfTakeOver(account: string, at: number): void {
    const { index, notices } = this.modules;
    const person = index.byAccount(account);
    if (person?.state === 'active') notices.tell(person, 'take-over-begun', { at });
  }

  /** Those who say what this clinic says of a take-over. */
  async tellToAnswerTakeOver(at: number): Promise<void> {
    for (const person of await this.holders(['privacy-officer', 'admin'])) {
      this.modules.notices.tell(person, 'take-over-asked', { at });
    }
  }

  /** All of them before the first is told: where the chain cannot be asked it is tried again, and nobody is told twice. */
  private async holders(wanted: readonly Role[]): Promise<Person[]> {
    const holders: Person[] = [];
    for (const person of this.modules.index.all()) {
      if (person.state !== 'active') continue;
      if ((await this.modules.rolesHere(person)).some((role) => wanted.includes(role))) holders.push(person);
    }
    return holders;
  }
}
