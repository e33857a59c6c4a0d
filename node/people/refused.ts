// Registrations that were refused: kept until the answer could be seen, then erased, so that the name is free again. Never
// one whose account the chain has: that is an existing person, whom administrators decide about.
import type { Clock, TimerHandle } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { PeopleIndex } from './people-index.ts';
import type { PeopleStore } from './people-store.ts';
import type { ChainAccounts } from './ports.ts';

/** Longer than the mail that says why waits for its server. */
export const REFUSED_TTL_MS = 7 * 86_400_000;
const LOOK_EVERY_MS = 3_600_000;

export interface RefusedModules {
  readonly store: PeopleStore;
  readonly index: PeopleIndex;
  readonly accounts: Pick<ChainAccounts, 'view'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class Refused {
  private readonly modules: RefusedModules;
  private timer: TimerHandle | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(modules: RefusedModules) {
    this.modules = modules;
  }

  start(): void {
    const { clock, logger } = this.modules;
    this.running = this.eraseOld().catch((error) => logger.error({ err: error }, 'a refused registration stayed'));
    this.timer = clock.setTimeout(() => this.start(), LOOK_EVERY_MS);
  }

  async stop(): Promise<void> {
    this.modules.clock.clearTimeout(this.timer);
    await this.running;
  }

  async eraseOld(): Promise<void> {
    const { store, index, accounts, clock } = this.modules;
    const before = clock.now() - REFUSED_TTL_MS;
    for (const { user, state, since, person } of [...index.all()]) {
      if (state !== 'refused' || since > before) continue;
      const known = person.account === null ? undefined : await accounts.view(person.account);
      if (known === undefined) await store.erase(user);
    }
  }
}
