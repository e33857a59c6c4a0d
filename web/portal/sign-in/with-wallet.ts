// Wallets of this browser (EIP-6963) and what they are asked: an address, and a signature of the clinic's text (EIP-4361).
import { toHex } from '../../../common/bytes.ts';
import { type RpcClient, RpcError } from '../../../rpc/client.ts';
import type { SignIn } from '../../../rpc/schema/session.ts';

export interface Wallet {
  readonly uuid: string;
  readonly name: string;
  /** A data URI; anything else is not shown. */
  readonly icon: string | undefined;
  readonly provider: { request(ask: { method: string; params?: unknown[] }): Promise<unknown> };
}

/** How many wallets are listed; any page script could announce more. */
export const MAX_WALLETS = 8;
const MAX_NAME = 64;

/** Tells each wallet that announces itself; returns the way to stop listening. */
export function findWallets(found: (wallet: Wallet) => void): () => void {
  const seen = new Set<string>();
  const listen = (event: Event) => {
    const { info, provider } =
      (event as CustomEvent<{ info?: Record<string, unknown>; provider?: Wallet['provider'] }>).detail ?? {};
    if (typeof info?.uuid !== 'string' || typeof info.name !== 'string' || typeof provider?.request !== 'function')
      return;
    if (seen.has(info.uuid) || seen.size === MAX_WALLETS) return;
    seen.add(info.uuid);
    const icon = typeof info.icon === 'string' && info.icon.startsWith('data:image/') ? info.icon : undefined;
    found({ uuid: info.uuid, name: info.name.slice(0, MAX_NAME), icon, provider });
  };
  window.addEventListener('eip6963:announceProvider', listen);
  window.dispatchEvent(new Event('eip6963:requestProvider'));
  return () => window.removeEventListener('eip6963:announceProvider', listen);
}

/** Asks the wallet to sign this clinic's text. Throws RpcError `wallet.refused` when it does not. */
export async function proveWallet(
  client: RpcClient,
  wallet: Wallet,
): Promise<{ ticket: string; signature: string; address: string }> {
  const accounts = await ask(wallet, 'eth_requestAccounts');
  const address = Array.isArray(accounts) ? String(accounts[0]) : '';
  const chainId = Number(await ask(wallet, 'eth_chainId'));
  const { ticket, message } = await client.call('session_walletStart', { address, chainId });
  const bytes = `0x${toHex(new TextEncoder().encode(message))}`;
  return { ticket, signature: String(await ask(wallet, 'personal_sign', [bytes, address])), address };
}

export async function signInWithWallet(client: RpcClient, wallet: Wallet): Promise<SignIn> {
  const { ticket, signature } = await proveWallet(client, wallet);
  return client.call('session_walletFinish', { ticket, signature });
}

async function ask({ provider }: Wallet, method: string, params: unknown[] = []): Promise<unknown> {
  try {
    return await provider.request({ method, params });
  } catch (error) {
    throw new RpcError({ code: 'wallet.refused', number: 0, details: {} }, String(error));
  }
}
