// Lowers the priority of the calling thread alone. Linux only: there a thread id is accepted where a process id is, and
// /proc/thread-self names it. Elsewhere it would lower the whole process, so nothing is done.
import { readlinkSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';

/** The nice value that the thread now has, or undefined where a thread has none of its own. */
export function lowerThreadPriority(): number | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    setPriority(thread, constants.priority.PRIORITY_LOW);
    return getPriority(thread);
  } catch {
    return undefined;
  }
}
