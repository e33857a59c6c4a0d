// A signal of its own that also ends when another does, and lets go of it. Owns one listener.
// AbortSignal.any would need no letting go, but holds what it joins by weak references, which the collector keeps with all
// that hangs on them until it goes through the whole memory: too much for what is made with every call.

/** What the standard gives as reason; made once, for its stack costs more than a call. */
const ABORTED = new DOMException('This operation was aborted', 'AbortError');

export interface LinkedAbort {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
  /** `source` is no longer listened to. */
  unlink(): void;
}

export function linkedAbort(source: AbortSignal): LinkedAbort {
  const own = new AbortController();
  const pass = (): void => own.abort(source.reason);
  if (source.aborted) pass();
  else source.addEventListener('abort', pass, { once: true });
  return {
    signal: own.signal,
    abort: (reason = ABORTED) => own.abort(reason),
    unlink: () => source.removeEventListener('abort', pass),
  };
}
