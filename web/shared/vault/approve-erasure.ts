// One person's approval of an erasure: prepared by the clinic, read and signed here, sent.
import { fromHex, toHex } from '../../../common/bytes.ts';
import { KEYS_ERASE_APPROVE } from '../../../consensus/ledger/kinds.ts';
import { signPrepared } from '../../../identity/vault/device-statements.ts';
import { deviceKeys, type OpenVault } from '../../../identity/vault/vault.ts';
import { submitSigned } from '../../../rpc/client/submit-signed.ts';
import type { RpcClient } from '../../../rpc/client.ts';

/** The id of the statement. Throws RpcError and VaultError. */
export async function approveErasure(client: RpcClient, open: OpenVault, erasure: string): Promise<string> {
  const { seed, publicKey } = deviceKeys(open).signing;
  const { genesis } = await client.call('node_health');
  const prepared = await client.call('erasure_prepare', { erasure, author: toHex(publicKey) });
  const expected = { genesisId: fromHex(genesis), kind: KEYS_ERASE_APPROVE, about: fromHex(erasure) };
  return submitSigned(client, signPrepared(seed, prepared, expected));
}
