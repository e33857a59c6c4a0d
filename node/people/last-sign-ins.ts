// When each person last signed in at this clinic. Of this clinic alone, and no secret: a write that is lost in a crash is
// made up for by the next sign-in.
import { concatBytes, fromHex, toHex } from '../../common/bytes.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import type { UserId } from '../../identity/people/types.ts';
import type { LocalDatabase } from '../store/local-database.ts';

const ROW = 0x6c;

export class LastSignIns {
  private readonly database: LocalDatabase;
  private readonly times = new Map<UserId, number>();

  constructor(modules: { readonly database: LocalDatabase }) {
    this.database = modules.database;
  }

  async start(): Promise<void> {
    for await (const [key, value] of this.database.range({ prefix: Uint8Array.of(ROW) })) {
      this.times.set(toHex(key.subarray(1)), new Reader(value).u64());
    }
  }

  of(user: UserId): number | undefined {
    return this.times.get(user);
  }

  async set(user: UserId, time: number): Promise<void> {
    this.times.set(user, time);
    await this.database.batch([{ type: 'put', key: rowKey(user), value: new Writer(8).u64(time).finish() }]);
  }

  async forget(user: UserId): Promise<void> {
    if (this.times.delete(user)) await this.database.batch([{ type: 'del', key: rowKey(user) }]);
  }
}

function rowKey(user: UserId): Uint8Array {
  return concatBytes(Uint8Array.of(ROW), fromHex(user));
}
