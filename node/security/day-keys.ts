// The keys of the security log, one for each day (UTC), each in a file of its own that is overwritten and removed when
// the day's retention ends: what the log's files then still hold, also in the disk's free blocks, nothing opens.
//   NUMBER-DAY.key     the key under the keystore, as in node/store/shred-files.ts
import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from '#crypto';
import { Reader } from '../../common/codec/reader.ts';
import { AEAD_KEY_BYTES } from '../../common/crypto/bounds.ts';
import { makePrivateDirectory } from '../data-directory.ts';
import { destroyKeyFile, readKeyFile, replaceKeyFile } from '../store/shred-files.ts';
import { syncDirectory } from '../sync-directory.ts';

export interface DayKey {
  /** Names it in the log; no two are alike, also where a clock stepped. */
  readonly number: number;
  /** Since 1970. */
  readonly day: number;
  readonly key: Uint8Array;
}

export interface DayKeysOptions {
  readonly path: string;
  /** From the keystore; it seals the key files and nothing else. */
  readonly storageKey: Uint8Array;
  /** Days for which a key is kept after its own. */
  readonly retention: number;
}

const FILE = /^(\d{1,10})-(\d{1,10})\.key$/;
const NAME = 'security log';

export class DayKeys {
  private readonly options: DayKeysOptions;
  private readonly keys = new Map<number, DayKey>();

  constructor(options: DayKeysOptions) {
    this.options = options;
  }

  /** Throws StoreError `store.key`, `store.damaged`. */
  async open(): Promise<void> {
    const { path, storageKey } = this.options;
    await makePrivateDirectory(path);
    for (const name of await readdir(path)) {
      const found = FILE.exec(name);
      if (found === null) continue;
      const day = Number(found[2]);
      const kept = await readKeyFile(join(path, name), storageKey, NAME);
      if (kept === undefined) continue;
      this.keys.set(kept.number, { ...kept, day });
    }
  }

  /** Undefined for a key that was destroyed. */
  get(number: number): DayKey | undefined {
    return this.keys.get(number);
  }

  /** For entries of that day; those of a day that is not within the retention are under the key of today. */
  async of(day: number, today: number): Promise<DayKey> {
    const wanted = day <= today && day >= today - this.options.retention ? day : today;
    const known = [...this.keys.values()].find((key) => key.day === wanted);
    if (known !== undefined) return known;
    const made = { number: this.unused(), day: wanted, key: randomBytes(AEAD_KEY_BYTES) };
    await replaceKeyFile(this.file(made), this.options.storageKey, made);
    this.keys.set(made.number, made);
    return made;
  }

  /** Destroys what has had its time. A key of a day that is still to come, of a clock that was ahead, ends as one of today. */
  async expire(today: number): Promise<void> {
    const { path, retention } = this.options;
    for (const key of [...this.keys.values()]) {
      if (key.day < today - retention) {
        // First: no reader opens anything with it while its file goes.
        this.keys.delete(key.number);
        await destroyKeyFile(this.file(key));
      } else if (key.day > today + 1) {
        const moved = { ...key, day: today };
        await rename(this.file(key), this.file(moved));
        await syncDirectory(path);
        this.keys.set(key.number, moved);
      }
    }
  }

  /** By chance: a number of a key that is gone must not come back. */
  private unused(): number {
    const number = new Reader(randomBytes(4)).u32();
    return this.keys.has(number) ? this.unused() : number;
  }

  private file({ number, day }: DayKey): string {
    return join(this.options.path, `${number}-${day}.key`);
  }
}
