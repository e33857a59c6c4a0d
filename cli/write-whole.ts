// A file of a stream, readable by its owner alone and on the disk when it resolves.
import { open } from 'node:fs/promises';

export async function writeWhole(path: string, source: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    for await (const bytes of source) await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}
