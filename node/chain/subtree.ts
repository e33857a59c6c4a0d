// The descendants of one checkpoint among the blocks in memory: what fork choice prefers, and what finality demands.
// Without a checkpoint, or below the first, every block counts as one.
import { toHex } from '../../common/bytes.ts';
import type { Checkpoint } from '../../consensus/chain/finality/types.ts';
import { EPOCH_BLOCKS } from '../../consensus/limits.ts';
import type { ChainEntry } from '../store/ports.ts';

export class Subtree {
  private root: Checkpoint | undefined;
  private rootKey = '';
  private readonly inside = new Set<string>();

  get checkpoint(): Checkpoint | undefined {
    return this.root;
  }

  /** `entries` from the checkpoint's height up, ascending; `descends` answers for a block that is not among them. */
  async plant(
    root: Checkpoint,
    entries: readonly ChainEntry[],
    descends: (root: Checkpoint, id: Uint8Array) => Promise<boolean>,
  ): Promise<void> {
    this.root = root;
    this.rootKey = toHex(root.id);
    this.inside.clear();
    const known = new Set(entries.map(({ id }) => toHex(id)));
    for (const entry of entries) {
      const { parent, height } = entry.header;
      const orphan = height > root.epoch * EPOCH_BLOCKS && !known.has(toHex(parent));
      this.add(entry, orphan && (await descends(root, parent)));
    }
  }

  /** `descends` says it of a parent that is not in memory. */
  add(entry: ChainEntry, descends: boolean): void {
    const key = toHex(entry.id);
    if (descends || key === this.rootKey || this.inside.has(toHex(entry.header.parent))) this.inside.add(key);
  }

  remove(key: string): void {
    this.inside.delete(key);
  }

  holds({ id }: Pick<ChainEntry, 'id'>): boolean {
    return this.root === undefined || this.inside.has(toHex(id));
  }
}
