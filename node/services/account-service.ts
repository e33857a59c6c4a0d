// account_*: the form of registering and of the own account at the doors. Decisions are node/people.
import { SEES_PHOTOS } from '../../rpc/access/table.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { accountMethods } from '../../rpc/schema/account.ts';
import { PeopleError } from '../people/errors.ts';
import type { People } from '../people/people.ts';
import { sessionOf } from './session-service.ts';

export type AccountHandlers = Pick<Handlers, keyof typeof accountMethods>;

export function accountService({ people }: { readonly people: People }): AccountHandlers {
  const { registrations, resets, own, store } = people;
  return {
    account_invitation: async ({ token }) => {
      const { roles, ...link } = await registrations.link(token);
      return { ...link, roles: [...roles] };
    },
    account_register: ({ token, wallet, ...given }, context) =>
      registrations.register({ ...given, token, wallet }, context),

    account_me: (_, context) => own.me(sessionOf(context)),
    account_changePassword: (params, context) => own.changePassword(sessionOf(context), params, context),
    account_vaultGet: (_, context) => own.vault(sessionOf(context)),
    account_vaultPut: async ({ vault, version }, context) => ({
      version: await own.putVault(sessionOf(context), vault, version),
    }),

    account_totpStart: (_, context) => own.totpStart(sessionOf(context)),
    account_totpFinish: async ({ code }, context) => ({
      recoveryCodes: await own.totpFinish(sessionOf(context), code),
    }),
    account_totpRemove: async (_, context) => ({ removed: await own.totpRemove(sessionOf(context)) }),
    account_recoveryCodesNew: async (_, context) => ({
      recoveryCodes: await own.newRecoveryCodes(sessionOf(context)),
    }),

    account_passkeyStart: (_, context) => own.passkeyStart(sessionOf(context), context),
    account_passkeyFinish: (params, context) => own.passkeyFinish(sessionOf(context), params, context),
    account_passkeyRemove: async ({ id }, context) => ({ removed: await own.passkeyRemove(sessionOf(context), id) }),
    account_walletLink: async ({ ticket, signature }, context) => ({
      address: await own.walletLink(sessionOf(context), ticket, signature, context),
    }),
    account_walletUnlink: async ({ address }, context) => ({
      removed: await own.walletUnlink(sessionOf(context), address),
    }),

    account_profileChange: async (params, context) => {
      const session = sessionOf(context);
      await own.changeProfile(session, params, context);
      const me = await own.me(session);
      return { profile: me.profile, changes: me.changes };
    },
    account_photoPut: async ({ type, bytes }, context) => {
      await own.putPhoto(sessionOf(context), type, bytes);
      return { waiting: true };
    },
    account_photoGet: async ({ user }, context) => {
      const session = sessionOf(context);
      if (user !== undefined && user !== session.user && !session.roles.some((role) => SEES_PHOTOS.includes(role))) {
        throw new PeopleError({ code: 'rpc.forbidden' });
      }
      const photo = await store.get(user ?? session.user, 'photo');
      return photo === undefined ? null : { type: photo.type as 'image/png', bytes: photo.bytes };
    },

    account_resetStart: async ({ nameOrMail }, context) => {
      resets.start(nameOrMail, context);
      return { sent: true };
    },
    account_resetFinish: async ({ token, salt, auth }, context) => ({
      state: await resets.finish(token, salt, auth, context),
    }),
  };
}
