// Directories that are gone when a measurement is over, also one that failed.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export async function withDirectory<T>(work: (path: string) => Promise<T>): Promise<T> {
  const path = await mkdtemp(join(tmpdir(), 'wardmesh-bench-'));
  await mkdir(join(path, 'data'));
  try {
    // One level down: what a database keeps beside itself is gone with it.
    return await work(join(path, 'data'));
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}
