// Every row of a list that the node gives in pages, however many there are: waits where the node asks for patience.
import { RpcError } from '../../../../rpc/client.ts';

/** The most that the node gives at once. */
export const PAGE_MAX = 200;

export interface ListPage<T, C> {
  readonly rows: readonly T[];
  readonly next: C | null;
}

export async function allPages<T, C>(read: (after: C | undefined) => Promise<ListPage<T, C>>): Promise<T[]> {
  const all: T[] = [];
  let after: C | undefined;
  for (;;) {
    const { rows, next } = await patiently(() => read(after));
    all.push(...rows);
    if (next === null) return all;
    after = next;
  }
}

async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const wait = error instanceof RpcError && error.code === 'rpc.rate-limited' ? error.details.retryAfterMs : null;
      if (typeof wait !== 'number') throw error;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}
