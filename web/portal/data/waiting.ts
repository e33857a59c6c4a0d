// What waits for the person who is signed in: things to set up, own changes that an administrator has not decided.
import { useQuery } from '@tanstack/react-query';
import type { SessionView } from '../../../rpc/schema/session.ts';
import { useNode } from '../../shared/node/node-context.tsx';

export interface Waiting {
  readonly what: 'vault' | 'device-key' | 'second-factor' | 'change';
  readonly to: '/set-up' | '/account/security' | '/account';
}

/** The own account as this clinic keeps it. */
export function useMe(enabled = true) {
  const { client } = useNode();
  return useQuery({ queryKey: ['me'], queryFn: ({ signal }) => client.call('account_me', {}, signal), enabled });
}

export function useWaiting(session: SessionView): readonly Waiting[] {
  const me = useMe();
  const waiting: Waiting[] = [];
  if (session.mustSetUp === 'vault') waiting.push({ what: 'vault', to: '/set-up' });
  if (session.mustSetUp === 'device-key') waiting.push({ what: 'device-key', to: '/account/security' });
  if (!session.hasSecondFactor) waiting.push({ what: 'second-factor', to: '/account/security' });
  if ((me.data?.changes.length ?? 0) > 0) waiting.push({ what: 'change', to: '/account' });
  return waiting;
}
