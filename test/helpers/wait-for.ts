// Waits for a condition instead of for a time.

export interface WaitForOptions {
  /** Gives up after this many ms (three minutes by default, as on a slow, busy machine); a test that reaches it fails. */
  readonly timeoutMs?: number;
  readonly intervalMs?: number;
  /** Named in the error. */
  readonly what?: string;
}

/** The first value of `condition` that is neither false nor null nor undefined. What it throws counts as "not yet". */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  options: WaitForOptions = {},
): Promise<Exclude<T, false | null | undefined>> {
  const { timeoutMs = 180_000, intervalMs = 10, what = 'the condition' } = options;
  const end = performance.now() + timeoutMs;
  let cause: unknown;
  for (;;) {
    try {
      const value = await condition();
      cause = undefined;
      if (value !== false && value !== null && value !== undefined)
        return value as Exclude<T, false | null | undefined>;
    } catch (error) {
      cause = error;
    }
    if (performance.now() >= end) throw new Error(`${what} did not come true within ${timeoutMs} ms`, { cause });
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}
