// What became of an act, said beside it and to screen readers.
import classes from './said.module.css';
import type { ActionState } from './use-action.ts';

export function Said({ said }: Pick<ActionState, 'said'>) {
  return (
    <div role="status" className={classes.said} data-failed={said?.failed}>
      {said?.words}
    </div>
  );
}
