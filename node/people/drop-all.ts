// Every row under a prefix, as writes that take it away.
import type { LocalDatabase, LocalWrite } from '../store/local-database.ts';

export async function dropAll(database: LocalDatabase, prefix: number): Promise<LocalWrite[]> {
  const writes: LocalWrite[] = [];
  for await (const [key] of database.range({ prefix: Uint8Array.of(prefix) })) writes.push({ type: 'del', key });
  return writes;
}
