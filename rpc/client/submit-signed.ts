// Sends a statement that a person's device key signed.
import { toHex } from '../../common/bytes.ts';
import type { RpcClient } from '../client.ts';
import { RpcError } from '../errors.ts';

/** On the clinic's disk when it resolves, to the id of the statement. Throws RpcError, `statement.*` for one that is refused. */
export async function submitSigned(client: Pick<RpcClient, 'call'>, signed: Uint8Array): Promise<string> {
  const { statements } = await client.call('tx_submit', { statements: [{ statement: toHex(signed) }] });
  const [state] = statements;
  if (state === undefined || state.id === null || state.status === 'refused') {
    throw new RpcError({ code: `statement.${state?.code}`, number: 0, details: {} });
  }
  return state.id;
}
