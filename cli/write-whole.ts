// Files that the command writes, readable by their owner alone and on the disk when it resolves.
import { type FileHandle, open } from 'node:fs/promises';
import { CommandError, EXIT } from './exit.ts';

/** Throws CommandError where there is such a file already. */
export function createNew(path: string): Promise<FileHandle> {
  return open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
    throw new CommandError(`${path} exists already; name another file`, EXIT.usage);
  });
}

/** Throws CommandError where there is such a file already. */
export async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  const file = await createNew(path);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

export async function writeWhole(path: string, source: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    for await (const bytes of source) await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}
