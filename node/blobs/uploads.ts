// Uploads of staff: taken in as streams by their first bytes and their size, sealed in the spool under a key that only this
// process has. Owns no record and no door.
import { open } from 'node:fs/promises';
import { randomBytes, sha256 } from '#crypto';
import { EMPTY_BYTES, toHex } from '../../common/bytes.ts';
import { SNIFF_BYTES } from '../../records/blobs/media-type.ts';
import { EnvelopeError } from '../../records/envelope/errors.ts';
import { DATA_KEY_BYTES } from '../../records/envelope/layout.ts';
import { type OpenedEnvelope, openEnvelope } from '../../records/envelope/open.ts';
import { Pieces } from '../../records/envelope/pieces.ts';
import { sealEnvelope } from '../../records/envelope/seal.ts';
import { mediaTypeOf, UploadError, type UploadType } from './upload-rules.ts';
import { MAX_UPLOADS_OF_PERSON, type UploadSpool } from './upload-spool.ts';

export interface UploadsOptions {
  /** `upload.maxBytes`. */
  readonly maxBytes: number;
  /** `upload.types`. */
  readonly types: readonly UploadType[];
}

export interface UploadBounds {
  readonly maxBytes: number;
  /** Uploads that may wait. */
  readonly count: number;
}

export interface Upload {
  readonly id: string;
  readonly mediaType: string;
  readonly size: number;
  /** The same for the same content. */
  readonly digest: Uint8Array;
}

interface Sealed extends Upload {
  readonly key: Uint8Array;
}

const PART_BYTES = 65_536;

export class Uploads {
  private readonly options: UploadsOptions;
  private readonly spool: UploadSpool;

  constructor(options: UploadsOptions, modules: { readonly spool: UploadSpool }) {
    this.options = options;
    this.spool = modules.spool;
  }

  /** `bounds`: others than the portal's. Nothing stays of what is refused. Throws UploadError. */
  async accept(
    owner: string,
    size: number,
    source: AsyncIterable<Uint8Array>,
    bounds: UploadBounds = { maxBytes: this.options.maxBytes, count: MAX_UPLOADS_OF_PERSON },
  ): Promise<Upload> {
    const { maxBytes, count } = bounds;
    if (size > maxBytes) throw new UploadError({ code: 'upload.too-large', size, limit: maxBytes });
    const pieces = new Pieces(source);
    try {
      return await this.spool.keep(
        owner,
        async (path) => {
          const head = await pieces.take(Math.min(SNIFF_BYTES, size));
          const mediaType = mediaTypeOf(head, this.options.types);
          const key = randomBytes(DATA_KEY_BYTES);
          const hashed = new Hashed();
          await write(path, sealEnvelope(key, { mediaType, kind: 'upload', size }, hashed.parts(head, pieces)));
          const id = toHex(randomBytes(16));
          return { name: id, facts: { id, mediaType, size, digest: hashed.digest, key }, secret: key };
        },
        count,
      );
    } catch (error) {
      if (error instanceof EnvelopeError && error.code === 'envelope.size') {
        throw new UploadError({ code: 'upload.size' });
      }
      throw error;
    } finally {
      await pieces.close();
    }
  }

  /** Throws `upload.unknown`. */
  find(owner: string, id: string): Upload {
    return this.spool.find<Sealed>(owner, id);
  }

  /** Its content, for a record to take up; it stays until it is dropped. Throws `upload.unknown`. */
  async read(owner: string, id: string): Promise<OpenedEnvelope> {
    const { key, path } = this.spool.find<Sealed>(owner, id);
    const file = await open(path, 'r');
    return openEnvelope(key, file.createReadStream());
  }

  drop(owner: string, id: string): Promise<void> {
    return this.spool.drop(owner, id);
  }
}

/** A chain of hashes over parts of one length each. */
class Hashed {
  digest: Uint8Array = EMPTY_BYTES;

  async *parts(head: Uint8Array, pieces: Pieces): AsyncGenerator<Uint8Array, void, undefined> {
    for (let part = head; part.length > 0; part = await pieces.take(PART_BYTES)) {
      this.digest = sha256(this.digest, part);
      yield part;
    }
  }
}

async function write(path: string, source: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const part of source) await file.writeFile(part);
  } finally {
    await file.close();
  }
}
