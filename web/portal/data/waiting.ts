// What waits for the person who is signed in: things to set up, own changes that an administrator has not decided,
// requests to read the own records, and what an administrator is to decide.
import { useQuery } from '@tanstack/react-query';
import type { SessionView } from '../../../rpc/schema/session.ts';
import { useNode } from '../../shared/node/node-context.tsx';
import { useActing } from '../../shared/session/session-context.tsx';
import { useMyRequests } from '../me/parts/use-mine.ts';
import { askedOf, useRecovery } from '../recovery/use-recovery.ts';
import { useApprovals } from './approvals.ts';

export interface Waiting {
  readonly what: 'vault' | 'device-key' | 'second-factor' | 'recovery' | 'help' | 'change' | 'requests' | 'approvals';
  readonly to: '/set-up' | '/account/security' | '/account' | '/me/requests' | '/admin/approvals' | '/notifications';
  readonly count: number;
}

/** The own account as this clinic keeps it. */
export function useMe(enabled = true) {
  const { client } = useNode();
  return useQuery({ queryKey: ['me'], queryFn: ({ signal }) => client.call('account_me', {}, signal), enabled });
}

export function useWaiting(session: SessionView): readonly Waiting[] {
  const me = useMe();
  const { role } = useActing();
  const decides = role === 'admin';
  const approvals = useApprovals(decides).data?.approvals.length ?? 0;
  const requests = useMyRequests(role === 'patient').data?.requests.filter(({ state }) => state === 'open').length ?? 0;
  const recovery = useRecovery().data;
  const help = askedOf(recovery).filter(({ asked }) => !asked.released).length;
  const waiting: Waiting[] = [];
  if (recovery?.request?.state === 'waiting') waiting.push({ what: 'recovery', to: '/notifications', count: 1 });
  if (help > 0) waiting.push({ what: 'help', to: '/notifications', count: help });
  if (session.mustSetUp === 'vault') waiting.push({ what: 'vault', to: '/set-up', count: 1 });
  if (session.mustSetUp === 'device-key') waiting.push({ what: 'device-key', to: '/account/security', count: 1 });
  if (!session.hasSecondFactor) waiting.push({ what: 'second-factor', to: '/account/security', count: 1 });
  if ((me.data?.changes.length ?? 0) > 0) waiting.push({ what: 'change', to: '/account', count: 1 });
  if (requests > 0) waiting.push({ what: 'requests', to: '/me/requests', count: requests });
  if (decides && approvals > 0) waiting.push({ what: 'approvals', to: '/admin/approvals', count: approvals });
  return waiting;
}
