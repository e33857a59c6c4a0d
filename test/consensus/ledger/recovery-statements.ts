// Statements of recoveries, for tests of the ledger: words stand for the recovery key that they derive.
import { signEd25519 } from '#crypto';
import {
  encodeRecoverFinish,
  encodeRecoverStart,
  encodeSetRecovery,
  recoveryObject,
} from '../../../consensus/ledger/accounts/recovery/types.ts';
import { encodeCreate, keyPossessionMessage } from '../../../consensus/ledger/accounts/types.ts';
import * as kinds from '../../../consensus/ledger/kinds.ts';
import type { Statement } from '../../../consensus/ledger/types.ts';
import { createAccount, named, type Person, RULES, salt, statement } from './fixture.ts';

export function createRecoverable(owner: Person, words: Person, fields: Partial<Statement> = {}): Statement {
  const keys = { encryptionKey: named('x25519'), recoveryKey: words.key };
  const payload = encodeCreate({ salt: salt('account'), profile: named('profile'), ...keys });
  return createAccount(owner, { payload, ...fields });
}

export function setRecovery(
  account: Uint8Array,
  by: Person,
  words: Person | undefined,
  version: number,
  fields: Partial<Statement> = {},
): Statement {
  const payload = encodeSetRecovery(words?.key);
  const kind = kinds.ACCOUNTS_SET_RECOVERY;
  return statement({ kind, author: by.author, object: account, version, payload, ...fields });
}

export function recoverStart(
  account: Uint8Array,
  words: Person,
  to: Person,
  version: number,
  fields: Partial<Statement> = {},
): Statement {
  const proof = signEd25519(to.seed, keyPossessionMessage(RULES.genesisId, account, to.key));
  const payload = encodeRecoverStart({ account, key: to.key, encryptionKey: named('x25519 new'), proof });
  const kind = kinds.ACCOUNTS_RECOVER_START;
  return statement({ kind, author: words.author, object: recoveryObject(account), version, payload, ...fields });
}

export function recoverVeto(
  account: Uint8Array,
  by: Person,
  version: number,
  fields: Partial<Statement> = {},
): Statement {
  const kind = kinds.ACCOUNTS_RECOVER_VETO;
  return statement({ kind, author: by.author, object: recoveryObject(account), version, ...fields });
}

export function recoverFinish(
  account: Uint8Array,
  by: Person,
  version: number,
  fields: Partial<Statement> = {},
): Statement {
  const payload = encodeRecoverFinish(account);
  const kind = kinds.ACCOUNTS_RECOVER_FINISH;
  return statement({ kind, author: by.author, object: recoveryObject(account), version, payload, ...fields });
}
