// The outbox's database over memory: rows survive the crash of a simulated clinic, unsealed.
import type { OutboxDatabase } from '../../outbox/outbox-store.ts';
import { prefixRange } from '../../store/kv.ts';
import { MemoryLevel } from '../memory-level.ts';

export class MemoryRows implements OutboxDatabase {
  private readonly level = new MemoryLevel();

  batch(writes: Parameters<OutboxDatabase['batch']>[0]): Promise<void> {
    return this.level.batch([...writes]);
  }

  async *range({
    prefix,
    after,
    limit,
    reverse,
  }: Parameters<OutboxDatabase['range']>[0]): AsyncGenerator<readonly [key: Uint8Array, value: Uint8Array]> {
    yield* this.level.iterator({ ...prefixRange(prefix, after), limit, reverse });
  }
}
