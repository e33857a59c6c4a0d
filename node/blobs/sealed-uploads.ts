// Envelopes that patients' browsers sealed: taken in as ciphertext that nobody here can open, held until the record that they
// belong to takes them up. Owns neither the record nor a door.
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { equalBytes } from '../../common/bytes.ts';
import type { BlobStore, StoredBlob } from '../../records/blobs/blob-store.ts';
import { buildDag } from '../../records/blobs/dag.ts';
import { ENVELOPE_START, envelopeSize, isEnvelopeSize } from '../../records/envelope/layout.ts';
import { UploadError } from './upload-rules.ts';
import type { UploadSpool } from './upload-spool.ts';

export interface SealedUploadsOptions {
  /** `upload.maxBytes`, of the content. */
  readonly maxBytes: number;
}

export interface SealedUploadsModules {
  readonly spool: UploadSpool;
  readonly blobs: Pick<BlobStore, 'put'>;
}

export class SealedUploads {
  private readonly options: SealedUploadsOptions;
  private readonly modules: SealedUploadsModules;

  constructor(options: SealedUploadsOptions, modules: SealedUploadsModules) {
    this.options = options;
    this.modules = modules;
  }

  /** `size`: of the envelope. Throws UploadError. */
  async accept(owner: string, size: number, source: AsyncIterable<Uint8Array>): Promise<StoredBlob> {
    const limit = envelopeSize(this.options.maxBytes);
    if (size > limit) throw new UploadError({ code: 'upload.too-large', size, limit });
    if (!isEnvelopeSize(size)) throw new UploadError({ code: 'upload.type' });
    const { cid } = await this.modules.spool.keep(owner, async (path) => {
      const file = await open(path, 'wx', 0o600);
      try {
        const stored = await buildDag(
          written(source, size, (part) => file.writeFile(part)),
          async () => undefined,
        );
        return { name: stored.cid, facts: stored };
      } finally {
        await file.close();
      }
    });
    return { cid, size };
  }

  /** What this person uploaded, kept as a blob from here on. Throws `upload.unknown`, `upload.size`. */
  async take(owner: string, cid: string, size: number): Promise<StoredBlob> {
    const { spool, blobs } = this.modules;
    const found = spool.find<StoredBlob>(owner, cid);
    if (found.size !== size) throw new UploadError({ code: 'upload.size' });
    const stored = await blobs.put(contentOf(found.path));
    await spool.drop(owner, cid);
    return stored;
  }
}

/** Opened when its first part is wanted: whoever refuses it leaves no open file. */
async function* contentOf(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  yield* createReadStream(path) as AsyncIterable<Uint8Array>;
}

/** Held against what was said of it, and written on the way. */
async function* written(
  source: AsyncIterable<Uint8Array>,
  size: number,
  write: (part: Uint8Array) => Promise<void>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let start = new Uint8Array();
  let length = 0;
  for await (const part of source) {
    length += part.length;
    if (length > size) throw new UploadError({ code: 'upload.size' });
    if (start.length < ENVELOPE_START.length) {
      start = new Uint8Array([...start, ...part.subarray(0, ENVELOPE_START.length - start.length)]);
      if (!equalBytes(start, ENVELOPE_START.subarray(0, start.length))) throw new UploadError({ code: 'upload.type' });
    }
    await write(part);
    yield part;
  }
  if (length !== size) throw new UploadError({ code: 'upload.size' });
}
