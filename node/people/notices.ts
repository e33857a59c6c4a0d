// What persons are told by mail. Nobody waits for it and nothing fails by it; what guards the account is told whatever the
// person wishes, the rest as the person wishes.
import type { Logger } from '../../common/logger.ts';
import type { UserId } from '../../identity/people/types.ts';
import type { MailKind, MailValues } from '../mail/mailer.ts';
import type { PeopleIndex, Person } from './people-index.ts';
import type { PeopleStore } from './people-store.ts';
import type { Mailer, RecoveryStarted } from './ports.ts';

/** Kinds that a person may wish not to get. */
export const OPTIONAL_MAIL: readonly MailKind[] = ['waiting', 'approval-needed', 'approved', 'refused', 'new-sign-in'];

export interface NoticesModules {
  readonly mailer: Mailer;
  readonly store: PeopleStore;
  readonly index: PeopleIndex;
  readonly logger: Logger;
  isAdministrator(person: Person): Promise<boolean>;
}

export class Notices {
  private readonly modules: NoticesModules;
  /** The recovery that each person was told of last: a block that takes another's place tells nothing new. */
  private readonly recoveries = new Map<UserId, string>();

  constructor(modules: NoticesModules) {
    this.modules = modules;
  }

  tell<K extends MailKind>(person: Person, kind: K, values: MailValues[K]): void {
    // As of now: the person may be erased before the mail is written.
    const { user, email, displayName } = person;
    if (email !== undefined) this.send(user, { address: email, name: displayName }, kind, values);
  }

  /** In time to stop it; once. */
  tellOfRecovery(person: Person, { statement, at, readyAt }: RecoveryStarted): void {
    if (this.recoveries.get(person.user) === statement) return;
    this.recoveries.set(person.user, statement);
    this.tell(person, 'recovery-started', { at, until: readyAt });
  }

  /** Somebody waits for them. */
  tellAdministrators(count: number): void {
    this.administrators()
      .then((all) => {
        for (const person of all) this.tell(person, 'approval-needed', { count });
      })
      .catch((error) => this.failed(error));
  }

  private send<K extends MailKind>(
    user: string,
    to: { address: string; name: string },
    kind: K,
    values: MailValues[K],
  ): void {
    this.wishes(user, kind)
      .then((wished) => (wished ? this.modules.mailer.send(kind, to, values) : undefined))
      .catch((error) => this.failed(error));
  }

  private async wishes(user: string, kind: MailKind): Promise<boolean> {
    if (!OPTIONAL_MAIL.includes(kind)) return true;
    const { mail = {} } = (await this.modules.store.get(user, 'preferences')) ?? {};
    return !Object.hasOwn(mail, kind) || mail[kind];
  }

  private async administrators(): Promise<Person[]> {
    const found: Person[] = [];
    for (const person of this.modules.index.all()) {
      if (person.email !== undefined && (await this.modules.isAdministrator(person))) found.push(person);
    }
    return found;
  }

  private failed(error: unknown): void {
    this.modules.logger.warn({ err: error }, 'a person is not told by mail');
  }
}
