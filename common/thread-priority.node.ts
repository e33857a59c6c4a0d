// Lowers the priority of the calling thread alone. Linux only: there a thread id is accepted where a process id is, and
// /proc/thread-self names it. Elsewhere it would lower the whole process, so nothing is done.
import { readlinkSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';

/** Works on what nobody waits for. */
export const LAST = constants.priority.PRIORITY_LOW;
/** Gives way to threads that answer people, not to those that come last. */
export const AFTER_OTHERS = constants.priority.PRIORITY_BELOW_NORMAL;

/** The nice value that the thread now has, or undefined where a thread has none of its own. A lower one stays. */
export function lowerThreadPriority(nice: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    if (getPriority(thread) < nice) setPriority(thread, nice);
    return getPriority(thread);
  } catch {
    return undefined;
  }
}
