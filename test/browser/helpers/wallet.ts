// A wallet in the page, announced by EIP-6963, whose signatures are real: the key is the test's.
import type { Page } from 'playwright-core';
import { toBytes } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';

export const WALLET = 'Test wallet';

/** Before the page is opened. Gives the texts that were signed, as they come. */
export async function addWallet(page: Page, privateKey = generatePrivateKey()): Promise<string[]> {
  const wallet = privateKeyToAccount(privateKey);
  const signed: string[] = [];
  await page.exposeFunction('walletAnswers', async (method: string, params: string[]) => {
    if (method === 'eth_requestAccounts') return [wallet.address];
    if (method === 'eth_chainId') return '0x1';
    const raw = toBytes(params[0] as `0x${string}`);
    signed.push(new TextDecoder().decode(raw));
    return wallet.signMessage({ message: { raw } });
  });
  await page.addInitScript((name) => {
    const scope = window as unknown as { walletAnswers(method: string, params: unknown[]): Promise<unknown> };
    const provider = {
      request: (asked: { method: string; params?: unknown[] }) => scope.walletAnswers(asked.method, asked.params ?? []),
    };
    const info = { uuid: 'test-wallet', name, icon: 'data:image/png;base64,', rdns: 'test.wallet' };
    const announce = () =>
      window.dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail: { info, provider } }));
    window.addEventListener('eip6963:requestProvider', announce);
  }, WALLET);
  return signed;
}
