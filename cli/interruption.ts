// Ctrl+C during long work: the first asks the work to end and to say what was done, a second one ends the process.
export interface Interruption {
  readonly signal: AbortSignal;
  /** Ctrl+C does again what it did before. */
  release(): void;
}

export function onInterrupt(): Interruption {
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort();
    process.stderr.write('\nending after what is on its way; Ctrl+C again ends at once\n');
  };
  process.once('SIGINT', abort);
  return { signal: controller.signal, release: () => process.off('SIGINT', abort) };
}
