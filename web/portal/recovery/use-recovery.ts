// Recoveries by trusted people as the clinic knows them: whom the person chose, what is asked for the own account, and who
// asks the person.
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { Result } from '../../../rpc/schema/methods.ts';
import { useNode } from '../../shared/node/node-context.tsx';

export type Recovery = Result<'recovery_guardians'>;
export type Held = Recovery['held'][number];
export type AskedHeld = Held & { readonly asked: NonNullable<Held['asked']> };

const EVERY_MS = 60_000;

export function useRecovery(): UseQueryResult<Recovery> {
  const { client } = useNode();
  return useQuery({
    queryKey: ['me', 'recovery'],
    queryFn: ({ signal }) => client.call('recovery_guardians', {}, signal),
    refetchInterval: EVERY_MS,
    retry: false,
  });
}

/** Those whom somebody asks for. */
export function askedOf(recovery: Recovery | undefined): AskedHeld[] {
  return (recovery?.held ?? []).flatMap((one) => (one.asked === null ? [] : [{ ...one, asked: one.asked }]));
}
