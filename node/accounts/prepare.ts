// The statements that a person's keys sign about an account, from what the account is now, and in words what they mean.
// Pure: the clock and the salt are handed in; nothing is signed or sent here.
import { equalBytes, toHex } from '../../common/bytes.ts';
import {
  encodeRecoverFinish,
  encodeRecoverStart,
  encodeSetRecovery,
  recoveryObject,
} from '../../consensus/ledger/accounts/recovery/types.ts';
import {
  encodeAddKey,
  encodeCreate,
  encodeRevokeKey,
  keyObject,
  keyPossessionMessage,
  type RevokeReason,
} from '../../consensus/ledger/accounts/types.ts';
import * as kinds from '../../consensus/ledger/kinds.ts';
import { objectId } from '../../consensus/ledger/objects.ts';
import type { UnsignedStatement } from '../../consensus/ledger/statement.ts';
import type { Params } from '../../consensus/params.ts';
import { AccountError } from './errors.ts';
import type { AccountView, RecoveryView } from './view.ts';

interface NewDevice {
  readonly key: Uint8Array;
  readonly encryptionKey: Uint8Array;
  readonly proof: Uint8Array | undefined;
}

export interface Creation {
  readonly action: 'create';
  readonly key: Uint8Array;
  readonly encryptionKey: Uint8Array;
  readonly profile: Uint8Array;
  readonly recoveryKey: Uint8Array | undefined;
}

/** What is done to an account that is there. */
export type AccountAction =
  | ({ readonly action: 'add-key'; readonly author: Uint8Array } & NewDevice)
  | {
      readonly action: 'revoke-key';
      readonly author: Uint8Array;
      readonly key: Uint8Array;
      readonly reason: RevokeReason;
    }
  | { readonly action: 'set-recovery'; readonly author: Uint8Array; readonly recoveryKey: Uint8Array | undefined }
  | ({ readonly action: 'recover-start' } & NewDevice)
  | { readonly action: 'recover-veto'; readonly author: Uint8Array }
  | { readonly action: 'recover-finish' };

export interface PrepareOptions {
  readonly genesisId: Uint8Array;
  readonly params: Pick<Params, 'recoveryDelay' | 'blockInterval'>;
  /** ms since 1970. */
  readonly now: number;
}

export interface Prepared {
  readonly account: Uint8Array;
  readonly signer: Uint8Array;
  readonly words: string;
  /** Undefined while the new device has not shown that its key is held. */
  readonly statement: UnsignedStatement | undefined;
  /** What the new device signs for that. */
  readonly possession: Uint8Array | undefined;
}

/** `salt`: 16 random bytes. */
export function prepareCreate(options: PrepareOptions, creation: Creation, salt: Uint8Array): Prepared {
  const { key, encryptionKey, profile, recoveryKey } = creation;
  const account = objectId(kinds.ACCOUNTS_CREATE, { type: 'person', key }, salt);
  const payload = encodeCreate({ salt, encryptionKey, profile, recoveryKey });
  const statement = said(options, { kind: kinds.ACCOUNTS_CREATE, signer: key, object: account, version: 1, payload });
  const recovery =
    recoveryKey === undefined ? 'It cannot be recovered by words.' : 'Its recovery words can recover it.';
  const words = `Makes an account whose first device is ${short(key)}. ${recovery}`;
  return { account, signer: key, words, statement, possession: undefined };
}

/** Throws AccountError where the ledger would refuse it as the account is now. */
export function prepare(options: PrepareOptions, view: AccountView, action: AccountAction): Prepared {
  const { account } = view;
  if (view.suspended) throw new AccountError({ code: 'account.suspended' });
  if ('author' in action) checkAuthor(view, action.author);
  switch (action.action) {
    case 'add-key': {
      const { author: signer, key } = action;
      checkNewKey(view, key);
      const words = `Adds the device ${short(key)} to the account. From then on it can sign for the account like this one.`;
      return withPossession(options, { account, signer, words, device: action }, (device) => ({
        ...{ kind: kinds.ACCOUNTS_ADD_KEY, object: keyObject(account, key), version: 1 },
        payload: encodeAddKey(device),
      }));
    }
    case 'revoke-key': {
      const { author: signer, key, reason } = action;
      if (!view.keys.some((known) => equalBytes(known.key, key))) notNow('This is no device of the account');
      const payload = encodeRevokeKey({ key, reason });
      const object = keyObject(account, key);
      const statement = said(options, { kind: kinds.ACCOUNTS_REVOKE_KEY, signer, object, version: 1, payload });
      const words =
        reason === 'rotated'
          ? `Takes the device ${short(key)} out of use. What it signed before still counts for a while.`
          : `Reports the device ${short(key)} lost or stolen. Nothing that it signs counts any more.`;
      return { account, signer, words, statement, possession: undefined };
    }
    case 'set-recovery': {
      const { author: signer, recoveryKey } = action;
      if (recoveryKey !== undefined) checkNewKey(view, recoveryKey, 'A device cannot be the recovery key');
      const payload = encodeSetRecovery(recoveryKey);
      const about = { kind: kinds.ACCOUNTS_SET_RECOVERY, object: account, version: view.version + 1, payload };
      const now =
        recoveryKey === undefined ? 'The account has no recovery words any more.' : 'New recovery words count.';
      const words = `${now} Earlier words do nothing any more, and a recovery under way ends.`;
      return { account, signer, words, statement: said(options, { ...about, signer }), possession: undefined };
    }
    case 'recover-start': {
      const signer = view.recoveryKey;
      if (signer === undefined) return notNow('The account has no recovery words');
      checkNewKey(view, action.key);
      const object = recoveryObject(account);
      const version = (view.recovery?.version ?? 0) + 1;
      const words = `Asks to recover the account to the device ${short(action.key)}. Every device of the account can stop this for ${span(options.params.recoveryDelay)}; after that it takes the place of all of them.`;
      return withPossession(options, { account, signer, words, device: action }, (device) => ({
        ...{ kind: kinds.ACCOUNTS_RECOVER_START, object, version },
        payload: encodeRecoverStart({ account, ...device }),
      }));
    }
    case 'recover-veto': {
      const { key, version } = openRecovery(view);
      const about = { kind: kinds.ACCOUNTS_RECOVER_VETO, object: recoveryObject(account), version };
      const statement = said(options, { ...about, signer: action.author, payload: new Uint8Array(0) });
      const words = `Stops the recovery of the account to the device ${short(key)}.`;
      return { account, signer: action.author, words, statement, possession: undefined };
    }
    case 'recover-finish': {
      const { key: signer, version, readyAt } = openRecovery(view);
      // by the clock of whoever mines the block, which may be behind this one
      if (options.now < readyAt + options.params.blockInterval)
        notNow('The devices of the account can still stop this recovery');
      const about = { kind: kinds.ACCOUNTS_RECOVER_FINISH, object: recoveryObject(account), version };
      const statement = said(options, { ...about, signer, payload: encodeRecoverFinish(account) });
      const words = `Finishes the recovery: ${short(signer)} becomes the one device of the account. Nothing that its earlier devices sign counts any more.`;
      return { account, signer, words, statement, possession: undefined };
    }
  }
}

interface About {
  readonly kind: number;
  readonly object: Uint8Array;
  readonly version: number;
  readonly payload: Uint8Array;
}

function said({ now }: PrepareOptions, { signer, ...about }: About & { signer: Uint8Array }): UnsignedStatement {
  return { ...about, author: { type: 'person', key: signer }, issued: now, attachment: undefined };
}

function withPossession(
  options: PrepareOptions,
  { device, ...about }: Pick<Prepared, 'account' | 'signer' | 'words'> & { device: NewDevice },
  make: (device: NewDevice & { proof: Uint8Array }) => About,
): Prepared {
  const { key, encryptionKey, proof } = device;
  const possession = keyPossessionMessage(options.genesisId, about.account, key);
  if (proof === undefined) return { ...about, statement: undefined, possession };
  const statement = said(options, { ...make({ key, encryptionKey, proof }), signer: about.signer });
  return { ...about, statement, possession: undefined };
}

function checkAuthor(view: AccountView, author: Uint8Array): void {
  const key = view.keys.find((known) => equalBytes(known.key, author));
  if (key === undefined) notNow('This is no device of the account');
  else if (key.status !== 'live') notNow('This device was taken out of use');
}

function checkNewKey(view: AccountView, key: Uint8Array, reason = 'The account has this device already'): void {
  const { keys, recoveryKey } = view;
  const isDevice = keys.some((device) => equalBytes(device.key, key));
  if (isDevice || (recoveryKey !== undefined && equalBytes(recoveryKey, key))) notNow(reason);
}

function openRecovery({ recovery }: AccountView): RecoveryView {
  return recovery?.state === 'open' ? recovery : notNow('No recovery of the account is open');
}

function notNow(reason: string): never {
  throw new AccountError({ code: 'account.not-now', reason });
}

/** As pages show keys. */
function short(key: Uint8Array): string {
  return toHex(key.subarray(0, 4));
}

function span(ms: number): string {
  const hours = ms / 3_600_000;
  return hours >= 1 ? `${Math.round(hours)} hours` : `${Math.max(1, Math.round(ms / 1000))} seconds`;
}
