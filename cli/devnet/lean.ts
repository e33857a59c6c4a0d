// How the process of a clinic is started so that several fit on a small machine. Nothing depends on it but memory.

/** Young objects get 8 MB a thread, not 32: blocks are garbage soon, and the engine keeps the room that it once took. */
export const LEAN_FLAGS: readonly string[] = ['--max-semi-space-size=4'];
/** glibc keeps an arena per thread; two save some 30 MB a clinic. */
export const LEAN_ENVIRONMENT: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: '2' };
