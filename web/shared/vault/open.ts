// Opens the vault that the clinic hands out, with whatever this page has at hand.
import { codeOf } from '../../../common/errors.ts';
import { parseVaultFile } from '../../../identity/vault/file.ts';
import { type OpenVault, openVault } from '../../../identity/vault/vault.ts';
import type { Way } from '../../../identity/vault/ways.ts';

/** Undefined when this way does not open it: signing in goes on, and the page asks when the vault is needed. */
export async function openQuietly(text: string, way: Way | undefined): Promise<OpenVault | undefined> {
  if (way === undefined) return undefined;
  try {
    return await openVault(parseVaultFile(text), way);
  } catch (error) {
    if (codeOf(error)?.startsWith('vault.') === true) return undefined;
    throw error;
  }
}
