// The statement with which a person's first device key makes the account: built and signed where the key is.
import { randomBytes } from '#crypto';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { encodeCreate } from '../../consensus/ledger/accounts/types.ts';
import { ACCOUNTS_CREATE } from '../../consensus/ledger/kinds.ts';
import { objectId, SALT_BYTES } from '../../consensus/ledger/objects.ts';
import { unsignedStatementBytes } from '../../consensus/ledger/statement.ts';
import { derived } from './kdf.ts';
import { signStatement } from './sign.ts';
import { deviceKeys, type OpenVault } from './vault.ts';

export interface NewAccount {
  readonly genesisId: Uint8Array;
  /** ms since 1970, by the clinic's clock. */
  readonly issued: number;
  /** The profile as text; only a commitment to it leaves the page by this statement. */
  readonly profile: string;
  /** Of the recovery words, if there are any. */
  readonly recoveryKey: Uint8Array | undefined;
}

/** The signed `accounts.create`. */
export function createAccount(open: OpenVault, account: NewAccount): Uint8Array {
  const { signing, encryption } = deviceKeys(open);
  const author = { type: 'person', key: signing.publicKey } as const;
  const salt = randomBytes(SALT_BYTES);
  const payload = encodeCreate({
    salt,
    encryptionKey: encryption.publicKey,
    profile: profileCommitment(open, account.profile),
    recoveryKey: account.recoveryKey,
  });
  const object = objectId(ACCOUNTS_CREATE, author, salt);
  const statement = { kind: ACCOUNTS_CREATE, author, object, version: 1, issued: account.issued, payload };
  const unsigned = unsignedStatementBytes({ ...statement, attachment: undefined });
  return signStatement(signing.seed, account.genesisId, unsigned);
}

/** 32 bytes. The salt comes from the vault, so its owner can always show what was committed to, and nobody else guess it. */
export function profileCommitment({ contents }: OpenVault, profile: string): Uint8Array {
  const salt = derived(contents.device.encryption, 'wardmesh/profile-salt/1');
  return taggedHash('wardmesh/profile/1', salt, new TextEncoder().encode(profile));
}
