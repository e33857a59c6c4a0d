// Waits until statements stand in blocks: what the command says of them then is what became of them.
import type { RpcClient } from '../rpc/client.ts';
import { CommandError, EXIT } from './exit.ts';

/** Ids in one call of tx_wait. */
const WAIT_BATCH = 512;
const WAIT_STEP_MS = 30_000;

/** Throws when a statement was refused, the time was over or `signal` fell; either way nothing acknowledged is lost. */
export async function waitApplied(
  client: RpcClient,
  statements: readonly string[],
  waitMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const end = Date.now() + waitMs;
  for (let at = 0; at < statements.length; at += WAIT_BATCH) {
    const batch = statements.slice(at, at + WAIT_BATCH);
    for (let reached = false; !reached; ) {
      const timeoutMs = Math.max(0, Math.min(WAIT_STEP_MS, end - Date.now()));
      const result = await client.call('tx_wait', { statements: batch, timeoutMs }, signal);
      reached = result.reached;
      const refused = result.statements.find(({ status }) => status === 'refused');
      if (refused !== undefined) throw new CommandError(`refused: ${refused.reason ?? refused.code}`, EXIT.refused);
      if (!reached && Date.now() >= end) {
        throw new CommandError(
          'not in a block yet; it is queued on disk and will be sent (see wardmesh outbox)',
          EXIT.timeout,
        );
      }
    }
  }
}
