// Opens a database that holds a copy of what the network has. One that is damaged is moved aside and begun anew: the
// content comes again from the peers, nothing is repaired. What exists only here (outbox, clinical data) never goes this way.
import { rename, rm } from 'node:fs/promises';
import { codeOf } from '../common/errors.ts';
import type { Logger } from '../common/logger.ts';

export interface Replaceable<T> {
  readonly path: string;
  open(): Promise<T>;
  close(): Promise<void>;
}

/** The directory that was moved aside last; an older one makes room for it. */
export const asidePath = (path: string): string => `${path}.damaged`;

/** Gives the new path. */
export async function setAside(path: string): Promise<string> {
  const aside = asidePath(path);
  await rm(aside, { recursive: true, force: true });
  await rename(path, aside);
  return aside;
}

/** `onAside` is told before the new one is opened. */
export async function openOrSetAside<T>(
  database: Replaceable<T>,
  logger: Logger,
  onAside?: () => Promise<void>,
): Promise<T> {
  try {
    return await database.open();
  } catch (error) {
    if (codeOf(error) !== 'store.damaged') throw error;
    await database.close();
    const aside = await setAside(database.path);
    logger.warn(
      { err: error, path: database.path, aside },
      'the database is damaged: beginning anew from the peers; what was set aside may be removed once this clinic has caught up',
    );
    await onAside?.();
    return database.open();
  }
}
