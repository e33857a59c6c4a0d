// Uploads between their coming and the record that takes them up: on disk under a key that only this process has, so that
// what a crash or a thief finds opens nothing. Counted by person, and gone after an hour. Owns no record and no door.
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { EnvelopeError } from '../../records/envelope/errors.ts';
import { DATA_KEY_BYTES } from '../../records/envelope/layout.ts';
import { type OpenedEnvelope, openEnvelope } from '../../records/envelope/open.ts';
import { Pieces } from '../../records/envelope/pieces.ts';
import { sealEnvelope } from '../../records/envelope/seal.ts';
import { mediaTypeOf, SNIFF_BYTES, UploadError, type UploadType } from './upload-rules.ts';

export interface UploadsOptions {
  /** `upload.dir`: emptied at the start. */
  readonly path: string;
  /** `upload.maxBytes`. */
  readonly maxBytes: number;
  /** `upload.types`. */
  readonly types: readonly UploadType[];
}

export interface UploadsModules {
  readonly clock: Pick<Clock, 'now'>;
  readonly demandRoom: () => void;
}

export interface Upload {
  readonly id: string;
  readonly mediaType: string;
  readonly size: number;
}

interface Held extends Upload {
  readonly owner: string;
  readonly key: Uint8Array;
  readonly path: string;
  readonly ends: number;
}

/** Uploads of one person that wait for a record, and of all. */
const MAX_UPLOADS_OF_PERSON = 16;
const MAX_UPLOADS = 1024;
const UPLOAD_TTL_MS = 60 * 60_000;

export class Uploads {
  private readonly options: UploadsOptions;
  private readonly modules: UploadsModules;
  private readonly held = new Map<string, Held>();
  /** Owners of those that are coming, once for each. */
  private readonly coming: string[] = [];

  constructor(options: UploadsOptions, modules: UploadsModules) {
    this.options = options;
    this.modules = modules;
  }

  async open(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
  }

  /** Takes it in as a stream; nothing of it stays when it is refused. Throws UploadError. */
  async accept(owner: string, size: number, source: AsyncIterable<Uint8Array>): Promise<Upload> {
    const { maxBytes, types } = this.options;
    this.modules.demandRoom();
    if (size > maxBytes) throw new UploadError({ code: 'upload.too-large', size, limit: maxBytes });
    await this.sweep();
    this.checkRoom(owner);
    this.coming.push(owner);
    const pieces = new Pieces(source);
    const id = toHex(randomBytes(16));
    const path = join(this.directory, id);
    try {
      const head = await pieces.take(Math.min(SNIFF_BYTES, size));
      const mediaType = mediaTypeOf(head, types);
      const key = randomBytes(DATA_KEY_BYTES);
      const envelope = sealEnvelope(key, { mediaType, kind: 'upload', size }, rest(head, pieces));
      await write(path, envelope);
      const ends = this.modules.clock.now() + UPLOAD_TTL_MS;
      this.held.set(id, { id, mediaType, size, owner, key, path, ends });
      return { id, mediaType, size };
    } catch (error) {
      await rm(path, { force: true });
      if (error instanceof EnvelopeError && error.code === 'envelope.size')
        throw new UploadError({ code: 'upload.size' });
      throw error;
    } finally {
      await pieces.close();
      this.coming.splice(this.coming.indexOf(owner), 1);
    }
  }

  /** Its content, for a record to take up; it stays until it is dropped. Throws `upload.unknown`. */
  async read(owner: string, id: string): Promise<OpenedEnvelope> {
    const held = this.held.get(id);
    if (held === undefined || held.owner !== owner || held.ends <= this.modules.clock.now()) {
      throw new UploadError({ code: 'upload.unknown' });
    }
    const file = await open(held.path, 'r');
    return openEnvelope(held.key, file.createReadStream());
  }

  async drop(owner: string, id: string): Promise<void> {
    const held = this.held.get(id);
    if (held?.owner !== owner) return;
    this.held.delete(id);
    held.key.fill(0);
    await rm(held.path, { force: true });
  }

  /** Before the process ends: nothing stays. */
  async close(): Promise<void> {
    for (const { key } of this.held.values()) key.fill(0);
    this.held.clear();
    await rm(this.directory, { recursive: true, force: true });
  }

  private get directory(): string {
    return join(this.options.path, 'uploads');
  }

  private checkRoom(owner: string): void {
    const own = [...this.held.values()].filter((held) => held.owner === owner).length;
    const ownComing = this.coming.filter((name) => name === owner).length;
    if (own + ownComing >= MAX_UPLOADS_OF_PERSON) {
      throw new UploadError({ code: 'upload.full', limit: MAX_UPLOADS_OF_PERSON });
    }
    if (this.held.size + this.coming.length >= MAX_UPLOADS) {
      throw new UploadError({ code: 'upload.full', limit: MAX_UPLOADS });
    }
  }

  private async sweep(): Promise<void> {
    const now = this.modules.clock.now();
    for (const { owner, id, ends } of [...this.held.values()]) if (ends <= now) await this.drop(owner, id);
  }
}

async function* rest(head: Uint8Array, pieces: Pieces): AsyncGenerator<Uint8Array, void, undefined> {
  yield head;
  for (let part = await pieces.take(PART_BYTES); part.length > 0; part = await pieces.take(PART_BYTES)) yield part;
}

const PART_BYTES = 65_536;

async function write(path: string, source: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const part of source) await file.writeFile(part);
  } finally {
    await file.close();
  }
}
