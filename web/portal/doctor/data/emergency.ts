// Emergencies that this person opened, and the one that is open for a patient now.
import { queryOptions, useQuery } from '@tanstack/react-query';
import type { RpcClient } from '../../../../rpc/client.ts';
import type { EmergencyView } from '../../../../rpc/schema/emergency.ts';
import { useNode } from '../../../shared/node/node-context.tsx';
import { usePerson } from '../../../shared/session/session-context.tsx';

const EVERY_MS = 15_000;

export function useOwnEmergencies() {
  const { account } = usePerson();
  return useQuery({
    ...emergencyQuery(useNode().client),
    refetchInterval: EVERY_MS,
    select: ({ emergencies }) => emergencies.filter((one) => one.account === account),
  });
}

/** How long one is open in this network, and when its review is due, ms. */
export function useEmergencyTimes() {
  return useQuery({ ...emergencyQuery(useNode().client), select: ({ openMs, reviewMs }) => ({ openMs, reviewMs }) })
    .data;
}

/** Undefined: none, or not known yet. */
export function useOpenEmergency(handle: string | undefined): EmergencyView | undefined {
  const { data } = useOwnEmergencies();
  return data?.find((one) => one.state === 'open' && one.handle === handle);
}

function emergencyQuery(client: RpcClient) {
  return queryOptions({
    queryKey: ['doctor', 'emergencies'],
    queryFn: ({ signal }) => client.call('emergency_list', {}, signal),
  });
}
