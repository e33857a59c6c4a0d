// Brings leaf updates into key order; the last of equal keys wins.
import { compareBytes } from '../../common/bytes.ts';
import { TreeError } from './errors.ts';
import { HASH } from './memory.ts';
import type { LeafUpdate } from './types.ts';

const INDEX_BITS = 20;
/** A block of 2 MiB cannot hold more writes than this. */
export const MAX_UPDATES = 1 << INDEX_BITS;

/** Positions of the updates to apply, ascending and distinct by key. */
export function sortUpdates(updates: readonly LeafUpdate[]): Uint32Array {
  const count = updates.length;
  if (count > MAX_UPDATES) throw new TreeError({ code: 'tree.updates', count, limit: MAX_UPDATES });
  // 44 bits of the key above 20 bits of position: sorted natively, equal prefixes are put right below.
  const composite = new BigUint64Array(count);
  const words = new Uint32Array(composite.buffer);
  for (let i = 0; i < count; i++) {
    const [key, valueHash] = updates[i];
    if (key.length !== HASH) throw new TreeError({ code: 'tree.update', reason: 'key' });
    if (valueHash !== null && valueHash.length !== HASH) throw new TreeError({ code: 'tree.update', reason: 'value' });
    words[2 * i] = (key[4] << 24) | ((key[5] & 0xf0) << 16) | i;
    words[2 * i + 1] = (key[0] << 24) | (key[1] << 16) | (key[2] << 8) | key[3];
  }
  composite.sort();
  const order = new Uint32Array(count);
  let ties = false;
  for (let i = 0; i < count; i++) {
    order[i] = words[2 * i] & (MAX_UPDATES - 1);
    if (
      i > 0 &&
      words[2 * i + 1] === words[2 * i - 1] &&
      words[2 * i] >>> INDEX_BITS === words[2 * i - 2] >>> INDEX_BITS
    ) {
      ties = true;
    }
  }
  if (!ties) return order;
  order.sort((a, b) => compareBytes(updates[a][0], updates[b][0]) || a - b);
  return order.filter((at, i) => i + 1 === count || compareBytes(updates[at][0], updates[order[i + 1]][0]) !== 0);
}
