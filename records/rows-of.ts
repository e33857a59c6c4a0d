// All rows under a prefix, page by page: what is written between two pages may be seen or not.
import type { KeyValue, KeyValueStore } from './ports.ts';

/** Ascending. `page`: rows that are held at once. */
export async function* rowsOf(
  store: Pick<KeyValueStore, 'range'>,
  prefix: Uint8Array,
  page: number,
): AsyncGenerator<KeyValue> {
  let after: Uint8Array | undefined;
  for (;;) {
    const rows = await store.range(prefix, { limit: page, ...(after === undefined ? {} : { after }) });
    yield* rows;
    if (rows.length < page) return;
    after = rows[rows.length - 1][0];
  }
}
