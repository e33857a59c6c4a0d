// What registering sends: everything secret is made here, and only what opens nothing leaves the page.
import { fromHex, toHex } from '../../../common/bytes.ts';
import { createAccount } from '../../../identity/vault/account.ts';
import { exportVaultFile } from '../../../identity/vault/file.ts';
import { createVault, type OpenVault } from '../../../identity/vault/vault.ts';
import type { Way } from '../../../identity/vault/ways.ts';
import { recoveryKeyOf } from '../../../identity/vault/words.ts';
import type { RpcClient } from '../../../rpc/client.ts';
import type { ParamsIn, Result } from '../../../rpc/schema/methods.ts';
import { stretchPassword, typedWay } from '../../shared/vault/passwords.ts';
import { proveWallet, type Wallet } from '../sign-in/with-wallet.ts';

type Asked = ParamsIn<'account_register'>;

export interface Registration {
  readonly token: string | undefined;
  readonly name: string;
  readonly asked: Asked['asked'];
  readonly profile: Asked['profile'];
  /** A password, or a wallet with a passphrase for the vault. */
  readonly secret: { readonly password: string } | { readonly wallet: Wallet; readonly passphrase: string };
  readonly words: string;
}

export interface RegistrationModules {
  readonly client: RpcClient;
  /** The clinic's time. */
  readonly now: () => number;
}

export interface Registered {
  readonly answer: Result<'account_register'>;
  readonly vault: OpenVault;
}

/** Throws RpcError and VaultError. */
export async function register(registration: Registration, { client, now }: RegistrationModules): Promise<Registered> {
  const { token, name, asked, profile, secret, words } = registration;
  const password = 'password' in secret ? await stretchPassword(secret.password) : undefined;
  const first: Way = password?.way ?? (await typedWay('passphrase', 'passphrase' in secret ? secret.passphrase : ''));
  const vault = await createVault([first, { kind: 'words', words }]);
  const recovery = recoveryKeyOf(words);
  const { genesis } = await client.call('node_health');
  const statement = createAccount(vault, {
    genesisId: fromHex(genesis),
    issued: Math.floor(now()),
    profile: JSON.stringify(profile),
    recoveryKey: recovery.publicKey,
  });
  const wallet = 'wallet' in secret ? await proveWallet(client, secret.wallet) : undefined;
  const answer = await client.call('account_register', {
    ...(token === undefined ? {} : { token }),
    name,
    salt: password?.salt ?? null,
    auth: password?.auth ?? null,
    vault: exportVaultFile(vault.file),
    recovery: { publicKey: toHex(recovery.publicKey) },
    statement: toHex(statement),
    asked,
    profile,
    ...(wallet === undefined ? {} : { wallet: { ticket: wallet.ticket, signature: wallet.signature } }),
  });
  return { answer, vault };
}
