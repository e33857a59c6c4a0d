// Governance in tests of whole nodes: approving what another clinic proposed.
import type { RpcClient } from '../../rpc/client.ts';
import { waitFor } from './wait-for.ts';

/** Approves once this clinic knows the proposal: it may still be on its way, or in a block that another took the place of. */
export function approve(at: RpcClient, proposal: string, timeoutMs: number): Promise<{ statement: string }> {
  return waitFor(() => at.call('member_approve', { proposal }), { timeoutMs, what: 'the proposal' });
}
