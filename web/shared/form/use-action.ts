// One act of a page that is no form: runs once at a time, says what failed or what was done.
import { useRef, useState } from 'react';
import { codeOf } from '../../../common/errors.ts';
import { failureText } from '../text/errors.ts';

export interface ActionState {
  readonly busy: boolean;
  /** What to say about the last time: a failure or a success. */
  readonly said: { readonly words: string; readonly failed: boolean } | undefined;
  /** `done`: words when it succeeded. Resolves to whether it did. */
  run(work: () => Promise<unknown>, done?: string): Promise<boolean>;
}

/** Nobody needs to be told that they cancelled. */
export const CANCELLED = 'page.cancelled';

export function useAction(): ActionState {
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState<ActionState['said']>();
  const running = useRef(false);
  return {
    busy,
    said,
    run: async (work, done) => {
      if (running.current) return false;
      running.current = true;
      setBusy(true);
      setSaid(undefined);
      try {
        await work();
        if (done !== undefined) setSaid({ words: done, failed: false });
        return true;
      } catch (error) {
        if (codeOf(error) !== CANCELLED) setSaid({ words: failureText(error), failed: true });
        return false;
      } finally {
        running.current = false;
        setBusy(false);
      }
    },
  };
}
