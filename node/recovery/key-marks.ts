// Tells when the database of key rows is older than the rest of the data directory: each category key that is made counts up a
// number in both places, here first. Keys that were taken back or shredded since would open again, and epochs begin anew under
// keys that others had before. Owns the number and the comparison.
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import type { KeyValueStore } from '../../records/ports.ts';
import { CHART_TABLES } from '../charts/layout.ts';
import type { KeyRowsDatabase } from '../charts/ports.ts';
import type { LocalWrite } from '../store/local-database.ts';
import { MARK_KEY } from './layout.ts';

export interface KeyMarksModules {
  readonly rows: KeyRowsDatabase;
  /** In the clinical database; what is lost of it in a crash makes the number there lower, which is the safe side. */
  readonly store: Pick<KeyValueStore, 'get' | 'put'>;
}

/** `lost`: the clinic had key rows, and this database has none. */
export type KeysStanding = 'new' | 'whole' | 'lost' | 'older';

const NAME = new Uint8Array(0);

export class KeyMarks {
  private readonly modules: KeyMarksModules;
  private count = 0;

  constructor(modules: KeyMarksModules) {
    this.modules = modules;
  }

  async standing(): Promise<KeysStanding> {
    const { rows, store } = this.modules;
    const [here, there] = [readCount(await rows.get(MARK_KEY)), readCount(await store.get(NAME))];
    this.count = Math.max(here ?? 0, there ?? 0);
    if (here === undefined) return there === undefined ? 'new' : 'lost';
    return here < (there ?? 0) ? 'older' : 'whole';
  }

  /** After `standing`: an older copy of now is known from here on. */
  async advance(writes: readonly LocalWrite[] = []): Promise<void> {
    const { rows, store } = this.modules;
    const value = new Writer(8).u64(++this.count).finish();
    await rows.batch([...writes, { type: 'put', key: MARK_KEY, value }]);
    await store.put(NAME, value);
  }

  /** The database, counting the category keys that are written to it. */
  counting(): KeyRowsDatabase {
    const { rows } = this.modules;
    return {
      get: (key) => rows.get(key),
      range: (range) => rows.range(range),
      batch: (writes) => (writes.some(isNewKey) ? this.advance(writes) : rows.batch(writes)),
    };
  }
}

function isNewKey(write: LocalWrite): boolean {
  return write.type === 'put' && write.key[0] === CHART_TABLES.secret;
}

function readCount(bytes: Uint8Array | undefined): number | undefined {
  return bytes === undefined ? undefined : new Reader(bytes).u64();
}
