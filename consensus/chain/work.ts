// Proof of work as numbers (PROTOCOL 5.2): does an id solve a target, and how much work is that.
import { Reader } from '../../common/codec/reader.ts';

const ALL = 1n << 256n;

/** Hashes that a solution takes on average. */
export function workOf(target: bigint): bigint {
  return ALL / (target + 1n);
}

export function meetsTarget(id: Uint8Array, target: bigint): boolean {
  return new Reader(id).u256() <= target;
}
