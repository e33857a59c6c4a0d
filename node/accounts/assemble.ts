// Joins Accounts to the parts that tell of statements: what was received, what blocks decided, what left the mempool.
import type { Logger } from '../../common/logger.ts';
import type { Core } from '../core.ts';
import { Accounts, type AccountsModules, type AccountsOptions } from './accounts.ts';

/** Nothing is read yet: start it after the outbox. */
export function assembleAccounts(
  options: AccountsOptions,
  modules: Pick<AccountsModules, 'store' | 'clock'> & { readonly core: Core; readonly logger: Logger },
): Accounts {
  const { core, store, clock, logger } = modules;
  const { members, outbox, author, intake, chain, mempool } = core;
  const accounts = new Accounts(options, { store, members, outbox, author, clock, logger });
  intake.onReceived((received) =>
    accounts
      .onReceived(received)
      .catch((error) => logger.error({ err: error }, 'an end of an account counts only from its block')),
  );
  chain.onChange((change) => accounts.follow(change));
  mempool.onRemoved((entry, reason) => accounts.onRemoved(entry, reason));
  return accounts;
}
