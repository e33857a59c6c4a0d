// Files of uploads between their coming and the record that takes them up: counted by person, gone after an hour, and of no
// use to whoever finds one after a crash, since what opens it is in memory alone. Owns neither what is in them nor a door.
import { mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { UploadError } from './upload-rules.ts';

export interface UploadSpoolOptions {
  /** Uploads of an earlier run are removed from it at the start; whatever else is there stays. */
  readonly directory: string;
}

export interface UploadSpoolModules {
  readonly clock: Pick<Clock, 'now'>;
  /** Throws where nothing new may be taken. */
  readonly demandRoom: () => void;
}

/** What waits, with the facts that its maker told of it. */
export type Spooled<T> = T & { readonly path: string; readonly ends: number };

/** Uploads of one person that wait for a record, of the operator, who brings in whole studies, and of all. */
export const MAX_UPLOADS_OF_PERSON = 64;
export const MAX_UPLOADS_OF_OPERATOR = 512;
const MAX_UPLOADS = 2048;
const UPLOAD_TTL_MS = 60 * 60_000;
/** As files of uploads are called. */
const UPLOAD_NAME = /^[0-9a-f]{32}$/;

interface Held {
  readonly owner: string;
  readonly facts: Spooled<object>;
  /** Overwritten when the upload goes. */
  readonly secret: Uint8Array | undefined;
}

export class UploadSpool {
  private readonly options: UploadSpoolOptions;
  private readonly modules: UploadSpoolModules;
  private readonly held = new Map<string, Held>();
  /** Owners of those that are coming, once for each. */
  private readonly coming: string[] = [];

  constructor(options: UploadSpoolOptions, modules: UploadSpoolModules) {
    this.options = options;
    this.modules = modules;
  }

  async open(): Promise<void> {
    await mkdir(this.options.directory, { recursive: true, mode: 0o700 });
    await this.empty();
  }

  /** `write` fills the file and says what it is, by a name of the owner's own; nothing stays when it throws. */
  async keep<T extends object>(
    owner: string,
    write: (path: string) => Promise<{ readonly name: string; readonly facts: T; readonly secret?: Uint8Array }>,
    most: number = MAX_UPLOADS_OF_PERSON,
  ): Promise<Spooled<T>> {
    this.modules.demandRoom();
    await this.sweep();
    this.checkRoom(owner, most);
    this.coming.push(owner);
    const path = join(this.options.directory, toHex(randomBytes(16)));
    try {
      const { name, facts: given, secret } = await write(path);
      const facts = { ...given, path, ends: this.modules.clock.now() + UPLOAD_TTL_MS };
      await this.drop(owner, name);
      this.held.set(keyOf(owner, name), { owner, facts, secret });
      return facts;
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      this.coming.splice(this.coming.indexOf(owner), 1);
    }
  }

  /** As it was kept under this name by this owner. Throws `upload.unknown`. */
  find<T extends object>(owner: string, name: string): Spooled<T> {
    const held = this.held.get(keyOf(owner, name));
    if (held === undefined || held.facts.ends <= this.modules.clock.now()) {
      throw new UploadError({ code: 'upload.unknown' });
    }
    return held.facts as Spooled<T>;
  }

  async drop(owner: string, name: string): Promise<void> {
    const key = keyOf(owner, name);
    const held = this.held.get(key);
    if (held === undefined) return;
    this.held.delete(key);
    held.secret?.fill(0);
    await rm(held.facts.path, { force: true });
  }

  /** Before the process ends: nothing stays. */
  async close(): Promise<void> {
    for (const { secret } of this.held.values()) secret?.fill(0);
    this.held.clear();
    await this.empty();
    // Left where something else is in it.
    await rmdir(this.options.directory).catch(() => undefined);
  }

  private async empty(): Promise<void> {
    const { directory } = this.options;
    const names = await readdir(directory).catch((error) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    for (const name of names) if (UPLOAD_NAME.test(name)) await rm(join(directory, name), { force: true });
  }

  private checkRoom(owner: string, most: number): void {
    const own = [...this.held.values()].filter((held) => held.owner === owner).length;
    const ownComing = this.coming.filter((name) => name === owner).length;
    if (own + ownComing >= most) throw new UploadError({ code: 'upload.full', limit: most });
    if (this.held.size + this.coming.length >= MAX_UPLOADS) {
      throw new UploadError({ code: 'upload.full', limit: MAX_UPLOADS });
    }
  }

  private async sweep(): Promise<void> {
    const now = this.modules.clock.now();
    for (const [key, { owner, facts }] of [...this.held]) {
      if (facts.ends <= now) await this.drop(owner, key.slice(owner.length + 1));
    }
  }
}

function keyOf(owner: string, name: string): string {
  return `${owner}\n${name}`;
}
