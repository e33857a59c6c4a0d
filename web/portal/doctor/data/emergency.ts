// Emergencies that this person opened, and the one that is open for a patient now.
import { useQuery } from '@tanstack/react-query';
import type { EmergencyView } from '../../../../rpc/schema/emergency.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import { usePerson } from '../../../shared/session/session-context.tsx';

const EVERY_MS = 15_000;

export function useOwnEmergencies() {
  const { client } = useNode();
  const { account } = usePerson();
  return useQuery({
    queryKey: ['doctor', 'emergencies'],
    queryFn: ({ signal }) => client.call('emergency_list', {}, signal),
    refetchInterval: EVERY_MS,
    select: ({ emergencies }) => emergencies.filter((one) => one.account === account),
  });
}

/** Undefined: none, or not known yet. */
export function useOpenEmergency(handle: string | undefined): EmergencyView | undefined {
  const { data } = useOwnEmergencies();
  return data?.find((one) => one.state === 'open' && one.handle === handle);
}
