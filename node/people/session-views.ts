// A session as the page sees it: who is signed in, with which rights where, and what is still to be set up.

import type { SessionView } from '../../rpc/schema/session.ts';
import type { MemberSets } from '../members/member-sets.ts';
import { hasSecondFactor, type PeopleIndex } from './people-index.ts';
import type { PeopleStore } from './people-store.ts';
import type { ChainAccounts, RoleAt } from './ports.ts';
import type { Sessions } from './sessions.ts';

export interface SessionViewsModules {
  readonly clinic: number;
  readonly store: PeopleStore;
  readonly index: PeopleIndex;
  readonly sessions: Sessions;
  readonly accounts: ChainAccounts;
  readonly members: MemberSets;
}

export class SessionViews {
  private readonly modules: SessionViewsModules;

  constructor(modules: SessionViewsModules) {
    this.modules = modules;
  }

  /** Null for a session that ended meanwhile. */
  async view(id: string): Promise<SessionView | null> {
    const { clinic, index, sessions, accounts } = this.modules;
    const ref = await sessions.current(id);
    const session = sessions.view(id);
    const person = ref === undefined ? undefined : index.get(ref.user);
    if (ref === undefined || session === undefined || person === undefined) return null;
    const roles = ref.account === null ? [] : await accounts.roles(ref.account);
    const { began, lastActive, idleEndsAt, endsAt, factorAt } = session;
    return {
      ...{ id, user: ref.user, account: ref.account, name: ref.name, displayName: person.displayName },
      ...{ roles: [...ref.roles], clinic, clinics: this.clinics(roles) },
      ...{ began, lastActive, idleEndsAt, endsAt, factorAt },
      hasSecondFactor: hasSecondFactor(person),
      mustSetUp: await this.mustSetUp(ref.user, ref.account),
    };
  }

  private clinics(roles: readonly RoleAt[]): SessionView['clinics'] {
    const numbers = [...new Set(roles.map(({ clinic }) => clinic))].sort((a, b) => a - b);
    return numbers.map((number) => ({
      number,
      name: this.modules.members.record(number)?.name ?? `Clinic ${number}`,
      roles: roles.filter(({ clinic }) => clinic === number).map(({ role }) => role),
    }));
  }

  private async mustSetUp(user: string, account: string | null): Promise<SessionView['mustSetUp']> {
    if ((await this.modules.store.get(user, 'vault')) === undefined) return 'vault';
    if (account === null) return null;
    const view = await this.modules.accounts.view(account);
    return view !== undefined && !view.keys.some(({ status }) => status === 'live') ? 'device-key' : null;
  }
}
