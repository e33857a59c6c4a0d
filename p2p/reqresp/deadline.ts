// A time limit on the injected clock in the form that stream calls take: an AbortSignal. Always dispose of it.
import type { Clock } from '../../common/clock.ts';

export interface Deadline {
  readonly signal: AbortSignal;
  /** True when time ran out, false when the caller's signal ended it. */
  readonly expired: () => boolean;
  dispose(): void;
}

/** Aborts after `ms`, or with `outer`. */
export function startDeadline(clock: Clock, ms: number, outer?: AbortSignal): Deadline {
  const controller = new AbortController();
  let expired = false;
  const timer = clock.setTimeout(() => {
    expired = true;
    controller.abort(new DOMException('time is up', 'TimeoutError'));
  }, ms);
  const onOuter = (): void => controller.abort(outer?.reason);
  if (outer?.aborted) onOuter();
  else outer?.addEventListener('abort', onOuter, { once: true });
  return {
    signal: controller.signal,
    expired: () => expired,
    dispose() {
      clock.clearTimeout(timer);
      outer?.removeEventListener('abort', onOuter);
    },
  };
}

/** Runs `work` under a time limit; `onExpired` makes the error for it. */
export async function within<T>(
  clock: Clock,
  ms: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
  onExpired: () => Error,
): Promise<T> {
  const deadline = startDeadline(clock, ms, outer);
  try {
    return await work(deadline.signal);
  } catch (error) {
    throw deadline.expired() ? onExpired() : error;
  } finally {
    deadline.dispose();
  }
}
