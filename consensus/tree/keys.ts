// From state rows to leaves of the tree (PROTOCOL 6.1).
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import type { StateWrite } from '../ledger/types.ts';
import type { LeafUpdate } from './types.ts';

/** Tree key of a raw key, 32 bytes. */
export function treeKey(rawKey: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/state-key/1', rawKey);
}

/** Hash of a row's value, 32 bytes. */
export function stateValueHash(value: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/state-value/1', value);
}

export function leafUpdates(writes: readonly StateWrite[]): readonly LeafUpdate[] {
  return writes.map(([key, value]) => [treeKey(key), value === null ? null : stateValueHash(value)]);
}
