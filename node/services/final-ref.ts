// The last final block as the doors name it.
import { toHex } from '../../common/bytes.ts';
import type { Checkpoint } from '../../consensus/chain/finality/types.ts';
import { EPOCH_BLOCKS } from '../../consensus/limits.ts';

export interface FinalSource {
  readonly finalised: Checkpoint;
}

/** Height 0 and no id while nothing but genesis is final. */
export function finalRef({ epoch, id }: Checkpoint): { height: number; id: string | null } {
  return epoch === 0 ? { height: 0, id: null } : { height: epoch * EPOCH_BLOCKS, id: toHex(id) };
}
