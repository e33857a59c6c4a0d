// An act that is no form: shows the second factor again where it is needed, and reads the account anew after it.
import { useQueryClient } from '@tanstack/react-query';
import { type ActionState, useAction } from '../../shared/form/use-action.ts';
import { useFreshFactor } from '../../shared/session/fresh-factor.tsx';
import { useSessionModules } from '../../shared/session/session-context.tsx';

/** `area`: what is read anew: the own account, or the administrators' lists. */
export function useAct(area: 'me' | 'admin' = 'me'): ActionState {
  const action = useAction();
  const fresh = useFreshFactor();
  const queries = useQueryClient();
  const { sessions } = useSessionModules();
  return {
    ...action,
    run: (work, done) =>
      action.run(async () => {
        await fresh(work);
        await Promise.all([queries.invalidateQueries({ queryKey: [area] }), sessions.refresh()]);
      }, done),
  };
}
