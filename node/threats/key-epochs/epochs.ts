// The threat key's epochs as the chain at the tip has them, and which keys of this clinic they are about. Owns no key and
// decides nothing.
import { equalBytes } from '../../../common/bytes.ts';
import type { Genesis } from '../../../consensus/genesis.ts';
import { NEWEST_THREAT_EPOCH_KEY, threatEpochKey } from '../../../consensus/ledger/tables.ts';
import { decodeNewestEpoch, type EpochRow, epochRow } from '../../../consensus/ledger/threats/key-epoch/rows.ts';
import { threatKeyHash } from '../../../consensus/ledger/threats/key-epoch/types.ts';
import { type EpochKey, MAX_THREAT_KEYS } from '../../keystore/contents.ts';

/** State rows at the tip. */
export type ReadStates = (keys: readonly Uint8Array[]) => Promise<readonly (Uint8Array | undefined)[]>;

export interface Epoch {
  readonly epoch: number;
  readonly row: EpochRow;
}

/** The last epochs, as many as there is room for keys, oldest first: at least one. */
export async function readEpochs(genesis: Genesis, states: ReadStates): Promise<Epoch[]> {
  const [bytes] = await states([NEWEST_THREAT_EPOCH_KEY]);
  const newest = decodeNewestEpoch(bytes);
  const first = Math.max(1, newest - MAX_THREAT_KEYS + 1);
  const numbers = Array.from({ length: newest - first + 1 }, (_, n) => first + n);
  const rows = await states(numbers.map(threatEpochKey));
  return numbers.flatMap((epoch, at) => {
    const row = epochRow(genesis, epoch, rows[at]);
    return row === undefined ? [] : [{ epoch, row }];
  });
}

/** The hash that the chain states for each epoch; undefined for one that it does not know. */
export async function epochHashes(
  genesis: Genesis,
  states: ReadStates,
  epochs: readonly number[],
): Promise<(Uint8Array | undefined)[]> {
  const rows = await states(epochs.map(threatEpochKey));
  return epochs.map((epoch, at) => epochRow(genesis, epoch, rows[at])?.hash);
}

export function keyOf(keys: readonly EpochKey[], { epoch, row }: Epoch): EpochKey | undefined {
  return keys.find((key) => key.epoch === epoch && equalBytes(threatKeyHash(key.key), row.hash));
}
