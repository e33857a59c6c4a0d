// recovery_*: the form of recoveries by trusted people at the doors. Decisions are node/people/recovery-guardians.
import type { Handlers } from '../../rpc/ports.ts';
import type { recoveryMethods } from '../../rpc/schema/recovery.ts';
import type { People } from '../people/people.ts';
import { sessionOf } from './session-service.ts';

export type RecoveryHandlers = Pick<Handlers, keyof typeof recoveryMethods>;

export function recoveryService({ people }: { readonly people: People }): RecoveryHandlers {
  const { vaults, requests, views } = people.recovery;
  return {
    recovery_guardians: (_, context) => views.of(sessionOf(context)),
    recovery_find: ({ name }, context) => vaults.find(sessionOf(context), name),
    recovery_set: async (given, context) => ({ vaultVersion: await vaults.set(sessionOf(context), given) }),
    recovery_end: async ({ vault, vaultVersion }, context) => ({
      vaultVersion: await vaults.end(sessionOf(context), vault, vaultVersion),
    }),
    recovery_begin: async ({ name, key, token }, context) => ({ until: requests.begin(name, key, token, context) }),
    recovery_collect: async ({ token }, context) => {
      const found = await requests.collect(token, context);
      if (found === undefined) return { state: 'waiting', shares: null };
      const shares = { ...found, hashes: [...found.hashes], released: [...found.released] };
      return { state: 'ready', shares };
    },
    recovery_finish: (given, context) => requests.finish(given, context),
    recovery_release: async ({ user, request, sealed }, context) => ({
      released: await requests.release(sessionOf(context), user, request, sealed),
    }),
    recovery_refuse: async ({ user, request }, context) => {
      await requests.refuse(sessionOf(context), user, request);
      return { closed: true };
    },
    recovery_stop: async ({ request }, context) => {
      await requests.stop(sessionOf(context), request);
      return { closed: true };
    },
  };
}
