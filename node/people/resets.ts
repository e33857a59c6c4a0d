// A new password by a link that comes by mail. The link lets its holder sign in (with the second factor, where there is
// one); what the old password sealed stays sealed, so that a mail box that was read opens no records.
import type { Clock } from '../../common/clock.ts';
import { Gcra } from '../../common/gcra.ts';
import type { Logger } from '../../common/logger.ts';
import type { Passwords } from '../../identity/sign-in/password.ts';
import { addressPrefix } from './address-prefix.ts';
import type { Caller } from './caller.ts';
import { PeopleError } from './errors.ts';
import { type Links, RESET_TTL_MS } from './links.ts';
import type { Notices } from './notices.ts';
import { changePasswordAndVault, newPassword } from './password-and-vault.ts';
import type { PeopleIndex, Person } from './people-index.ts';
import type { PeopleStore } from './people-store.ts';
import type { Mailer } from './ports.ts';
import type { Sessions } from './sessions.ts';

/** Links asked for by one network, and sent to one person. */
export const RESET_BUDGET = { rate: 1 / 60, burst: 20 };
export const RESET_MAIL_BUDGET = { rate: 1 / 900, burst: 3 };
const MAX_KEYS = 16_384;
/** Persons of one mail address that one question writes to, each by a mail of its own. */
export const MAX_RESETS_AT_ONCE = 5;

export interface ResetsModules {
  readonly store: PeopleStore;
  readonly index: PeopleIndex;
  readonly links: Links;
  readonly passwords: Passwords;
  readonly sessions: Sessions;
  readonly mailer: Mailer;
  readonly notices: Notices;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class Resets {
  private readonly modules: ResetsModules;
  private readonly networks: Gcra;
  private readonly mails: Gcra;

  constructor(modules: ResetsModules) {
    this.modules = modules;
    this.networks = new Gcra({ ...RESET_BUDGET, maxKeys: MAX_KEYS }, modules);
    this.mails = new Gcra({ ...RESET_MAIL_BUDGET, maxKeys: MAX_KEYS }, modules);
  }

  /** Answers before anything is looked for: neither the answer nor its time says whether there is such a person. */
  start(nameOrMail: string, { client }: Caller): void {
    const verdict = this.networks.take(addressPrefix(client.address));
    if (!verdict.ok) throw new PeopleError({ code: 'rpc.rate-limited', retryAfterMs: verdict.retryAfterMs });
    setImmediate(() => {
      this.send(nameOrMail).catch((error) => this.modules.logger.warn({ err: error }, 'a reset was not sent'));
    });
  }

  /** Throws `account.bad-link`, `session.busy`. */
  async finish(token: string, salt: string, auth: string, { client }: Caller): Promise<'active' | 'waiting'> {
    const { links, index, store, sessions, notices } = this.modules;
    return links.using(token, async (link) => {
      const person = link.kind === 'reset' && link.user !== null ? index.get(link.user) : undefined;
      if (person === undefined) throw new PeopleError({ code: 'account.bad-link' });
      const { user } = person;
      const password = await newPassword({ salt, auth }, this.modules);
      await store.write(
        async () => (await changePasswordAndVault(store, user, { password }, password.changed)).changes,
        [links.deletion(link.id)],
      );
      links.spent(link.id);
      sessions.endAll(user);
      notices.tell(person, 'password-changed', { at: password.changed, address: client.address });
      return person.state === 'waiting' ? 'waiting' : 'active';
    });
  }

  private async send(nameOrMail: string): Promise<void> {
    const { index } = this.modules;
    const named = index.byName(nameOrMail);
    // Also where an address is somebody's user name: neither a name nor a profile keeps another from the own reset.
    const found = [...(named === undefined ? [] : [named]), ...index.byEmail(nameOrMail).filter(mayReset)];
    for (const person of new Set(found.slice(0, MAX_RESETS_AT_ONCE))) {
      if (person.email === undefined || !mayReset(person) || !this.mails.take(person.user).ok) continue;
      await this.sendTo(person, person.email);
    }
  }

  private async sendTo(person: Person, address: string): Promise<void> {
    const { links, clock, mailer, index } = this.modules;
    const { user, displayName } = person;
    await links.revokeOf(user, 'reset');
    const endsAt = clock.now() + RESET_TTL_MS;
    const about = { kind: 'reset', user, roles: [], until: 0, email: null, name: null, by: null } as const;
    const { token } = await links.make({ ...about, endsAt });
    await mailer.send('reset', { address, name: displayName }, { name: index.nameOf(person), token, until: endsAt });
  }
}

function mayReset({ state }: Person): boolean {
  return state === 'active' || state === 'waiting';
}
