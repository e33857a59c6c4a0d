// Time as a module that is handed in: tests drive it by hand. Owns no protocol time; that comes from blocks.

declare const timer: unique symbol;

/** What `setTimeout` gave; only good for `clearTimeout` of the same clock. */
export interface TimerHandle {
  readonly [timer]: true;
}

export interface Clock {
  /** Wall clock in ms since 1970; may step. */
  now(): number;
  /** ms from some fixed start; never goes back. For intervals and limits. */
  monotonic(): number;
  setTimeout(fn: () => void, ms: number): TimerHandle;
  clearTimeout(handle: TimerHandle | undefined): void;
}

/** Longer timers would fire at once. */
const MAX_TIMER_MS = 0x7fff_ffff;

/** The machine's clock. A timer above 24 days fires early: whoever waits that long looks at the time again. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: (fn, ms) => globalThis.setTimeout(fn, Math.min(ms, MAX_TIMER_MS)) as unknown as TimerHandle,
  clearTimeout: (handle) => globalThis.clearTimeout(handle as unknown as ReturnType<typeof setTimeout> | undefined),
};
