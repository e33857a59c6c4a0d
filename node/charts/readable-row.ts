// A key row as it lies on the disk, where one that is damaged must not stop what goes over all of them.
import { CodecError } from '../../common/codec/errors.ts';
import { decodeKeyRow, type KeyRow } from '../../records/chart/key-row.ts';

/** Undefined for one that cannot be read. */
export function readableRow(bytes: Uint8Array): KeyRow | undefined {
  try {
    return decodeKeyRow(bytes);
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}
