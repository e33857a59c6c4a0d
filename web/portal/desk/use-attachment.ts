// Whose account is that of a patient, as reception found it. Each asking is written down: again after an act, not by the clock.
import { useQuery } from '@tanstack/react-query';
import type { Result } from '../../../rpc/schema/methods.ts';
import { useNode } from '../../shared/node/node-context.tsx';

export type Attached = NonNullable<Result<'patient_account'>['attached']>;

export function useAttachment(patient: string, here: boolean) {
  const { client } = useNode();
  return useQuery({
    queryKey: ['doctor', 'account', patient],
    queryFn: ({ signal }) => client.call('patient_account', { patient }, signal),
    enabled: here,
  });
}
