// Where a statement stands, in words, and how to wait for more; and the option to wait. What a branch says of addresses holds
// before a block has it.
import type { Command } from 'commander';
import type { RpcClient } from '../../rpc/client.ts';
import type { Result } from '../../rpc/schema/methods.ts';
import { parseDuration } from '../duration.ts';
import { waitApplied } from '../wait-applied.ts';

type Status = Result<'tx_wait'>['statements'][number]['status'];

const WORDS: Readonly<Record<Status, string>> = {
  queued:
    'queued: safe on disk here, in no block yet (look with "wardmesh outbox"; with --wait 60s the command waits for it)',
  pending: 'pending: sent to the other clinics, in no block yet (with --wait 60s the command waits for it)',
  applied: 'applied: in a block that may still move',
  final: 'final',
  refused: 'refused',
  unknown: 'unknown to this clinic',
};

export function standing(status: Status): string {
  return WORDS[status];
}

export function waitOption(command: Command): Command {
  return command.option('--wait <time>', 'wait so long until it stands in a block, as 90s, 30m', parseDuration);
}

interface Made {
  readonly statement: string;
  readonly status: Status;
}

/** Waits where somebody asked for it, and says where the statements stand then. */
export async function stood<M extends Made>(
  client: RpcClient,
  made: readonly M[],
  wait: number | undefined,
): Promise<M[]> {
  if (wait === undefined || made.length === 0) return [...made];
  const ids = made.map(({ statement }) => statement);
  await waitApplied(client, ids, wait);
  const { statements } = await client.call('tx_wait', { statements: ids, timeoutMs: 0 });
  const now = new Map(statements.map(({ id, status }) => [id, status]));
  return made.map((one) => ({ ...one, status: now.get(one.statement) ?? one.status }));
}
