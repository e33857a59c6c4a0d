// An act about a patient, from a form or a button: shows the second factor again where it is needed, says failures as mistakes,
// and reads anew what these pages show.
import { useQueryClient } from '@tanstack/react-query';
import { codeOf } from '../../../../common/errors.ts';
import type { Mistake } from '../../../shared/form/form.tsx';
import { CANCELLED } from '../../../shared/form/use-action.ts';
import { useFreshFactor } from '../../../shared/session/fresh-factor.tsx';
import { failureText } from '../../../shared/text/errors.ts';

type Mistakes = readonly Mistake[] | undefined;

export function useCareAct(): (work: () => Promise<unknown>) => Promise<Mistakes> {
  const fresh = useFreshFactor();
  const queries = useQueryClient();
  return async (work) => {
    try {
      await fresh(work);
    } catch (error) {
      return codeOf(error) === CANCELLED ? undefined : [{ words: failureText(error) }];
    }
    await queries.invalidateQueries({ queryKey: ['doctor'] });
    return undefined;
  };
}
