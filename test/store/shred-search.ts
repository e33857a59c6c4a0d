// What tests of shredding look for: every file below a directory, byte by byte, and the sealed forms of rows as the engine
// holds them. Owns no expectation.
import { cp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { toHex } from '../../common/bytes.ts';
import { openLevel } from '../../node/store/kv.ts';
import { tableKey } from '../../node/store/layout.ts';
import { DATA } from '../../node/store/local-rows.ts';
import { readKeyFile } from '../../node/store/shred-files.ts';

export async function filesBelow(path: string): Promise<readonly { name: string; bytes: Buffer }[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(files.map(async (name) => ({ name, bytes: await bytesOf(name) })));
}

/** Nothing of a file that went meanwhile: a database that is open puts others in its place. */
async function bytesOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

/** Names of the files that hold any of the needles, raw, as hexadecimal or base64. */
export async function filesWith(path: string, needles: readonly Uint8Array[]): Promise<string[]> {
  const forms = needles.flatMap((needle) => {
    const raw = Buffer.from(needle);
    return [raw, Buffer.from(toHex(needle)), Buffer.from(raw.toString('base64').replace(/=+$/, ''))];
  });
  const files = await filesBelow(path);
  return files.filter(({ bytes }) => forms.some((form) => bytes.includes(form))).map(({ name }) => name);
}

/** Beginning and end of each row's ciphertext as it lies in the database now, and the key that opens them. */
export async function sealedForms(
  path: string,
  storageKey: Uint8Array,
  keys: readonly Uint8Array[],
): Promise<{ readonly rows: Uint8Array[]; readonly generationKey: Uint8Array }> {
  const copy = `${path}.looked-at`;
  await cp(path, copy, { recursive: true });
  const generation = await readKeyFile(join(copy, 'key'), storageKey, 'keys');
  if (generation === undefined) throw new Error('no key file');
  const level = await openLevel(join(copy, `rows-${generation.number}`), { writeBuffer: 1 << 20, cache: 1 << 20 });
  const rows: Uint8Array[] = [];
  for (const key of keys) {
    const sealed = await level.get(tableKey(DATA, key));
    if (sealed !== undefined) rows.push(sealed.slice(12, 36), sealed.slice(-24));
  }
  await level.close();
  await rm(copy, { recursive: true });
  return { rows, generationKey: generation.key.slice() };
}
