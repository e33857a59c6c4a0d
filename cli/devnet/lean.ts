// How the process of a clinic is started so that several fit on a small machine: some 120 MB less each while a chain is
// fetched. Nothing depends on it but memory.

/**
 * The heap grows by less before it is collected. Young objects have 8 MB from the start: most of what a block makes is garbage
 * at once, and a small nursery copies and keeps what is about to die (`--optimize-for-size`, which saves as much memory, takes
 * a third more processor time for that).
 */
export const LEAN_FLAGS: readonly string[] = [
  '--min-semi-space-size=8',
  '--max-semi-space-size=8',
  '--heap-growing-percent=40',
];

/**
 * glibc keeps an arena per thread, and once a block was freed it takes memory for the next ones from its heap, where they
 * leave holes: with fixed thresholds large buffers go back to the system.
 */
export const LEAN_ENVIRONMENT: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_TRIM_THRESHOLD_: '131072',
  MALLOC_MMAP_THRESHOLD_: '131072',
};
