// Signing in by passkey, which may open the vault too.
import type { RpcClient } from '../../../rpc/client.ts';
import type { SignIn } from '../../../rpc/schema/session.ts';
import { askPasskey, type PasskeyAnswer } from '../../shared/vault/passkeys.ts';

export async function signInWithPasskey(
  client: RpcClient,
  ticket: string | undefined,
): Promise<{ answer: SignIn; way: PasskeyAnswer['way'] }> {
  const started = await client.call('session_passkeyStart', ticket === undefined ? {} : { ticket });
  const { response, way } = await askPasskey(started.options);
  return { answer: await client.call('session_passkeyFinish', { ticket: started.ticket, response }), way };
}
