// From what the clinic prepared to what the chain gets: read, signed in this page, sent.
import { fromHex } from '../../../common/bytes.ts';
import { signPrepared } from '../../../identity/vault/device-statements.ts';
import { submitSigned } from '../../../rpc/client/submit-signed.ts';
import type { RpcClient } from '../../../rpc/client.ts';
import type { ParamsIn } from '../../../rpc/schema/methods.ts';

type Asked = ParamsIn<'account_prepare'>;

export interface Signing {
  readonly seed: Uint8Array;
  /** Kind of the statement. */
  readonly kind: number;
  /** What its payload begins with. */
  readonly about: Uint8Array;
}

/** Resolves when the statement is safe on the clinic's disk. Throws RpcError and VaultError. */
export async function prepareAndSend(client: RpcClient, asked: Asked, signing: Signing): Promise<void> {
  const { genesis } = await client.call('node_health');
  const prepared = await client.call('account_prepare', asked);
  const expected = { genesisId: fromHex(genesis), kind: signing.kind, about: signing.about };
  await submitSigned(client, signPrepared(signing.seed, prepared, expected));
}
