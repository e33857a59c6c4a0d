// Flipped bytes in the files of a stopped clinic. Owns the flipping; what must come of it is the tests'.
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Files of a directory whose damage matters: not the engine's own diary, not its lock. */
export async function filesOf(directory: string): Promise<string[]> {
  const names = await readdir(directory);
  const paths = names.filter((name) => !/^(LOCK|LOG|LOG\.old)$/.test(name)).map((name) => join(directory, name));
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  return paths.filter((_, i) => sizes[i] > 0).sort();
}

/** Runs `use` while one byte of the file is another; gives back the file as it was. */
export async function withFlip<T>(path: string, at: number, xor: number, use: () => Promise<T>): Promise<T> {
  const good = await readFile(path);
  await flip(path, at, xor);
  try {
    return await use();
  } finally {
    await writeFile(path, good);
  }
}

/** `at` counts from the end when it is negative, and goes around. */
export async function flip(path: string, at: number, xor = 0x20): Promise<void> {
  const bytes = Uint8Array.from(await readFile(path));
  const place = ((at % bytes.length) + bytes.length) % bytes.length;
  bytes[place] ^= xor;
  await writeFile(path, bytes);
}
