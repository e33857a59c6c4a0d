// Files that were asked for and are yet to be fetched: a name for a few minutes, for the caller who asked and nobody else, so
// that no address names a patient. What stands behind a name is opened, and decided, at each fetch. Owns no file.
import { randomBytes } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { CodedError } from '../../common/errors.ts';
import type { CallContext, OpenFile } from '../../rpc/ports.ts';

export type DownloadErrorType =
  /** Never asked for by this caller, or its time is over. */
  { code: 'download.unknown' } | { code: 'download.full'; limit: number };

const SENTENCES: Readonly<Record<DownloadErrorType['code'], string>> = {
  'download.unknown': 'Ask for this file again: its time is over, or it was asked for elsewhere',
  'download.full': 'Too many files wait to be fetched: fetch them first',
};

export class DownloadError extends CodedError<DownloadErrorType> {
  constructor(type: DownloadErrorType) {
    super(type, SENTENCES[type.code]);
  }
}

/** Who fetches, as they are now; `signal` ends with the fetch. */
export type Fetch = Pick<CallContext, 'principal' | 'signal'>;

/** Opens a file for one fetch. */
export type OpenDownload = (fetch: Fetch) => Promise<OpenFile>;

interface Offered {
  readonly owner: string;
  readonly ends: number;
  readonly open: OpenDownload;
}

/** Of one caller, and of all. */
const MAX_DOWNLOADS_OF_CALLER = 256;
const MAX_DOWNLOADS = 16_384;
const DOWNLOAD_TTL_MS = 10 * 60_000;

export class Downloads {
  private readonly clock: Pick<Clock, 'now'>;
  private readonly offered = new Map<string, Offered>();

  constructor(modules: { readonly clock: Pick<Clock, 'now'> }) {
    this.clock = modules.clock;
  }

  /** Throws `download.full`. */
  offer(owner: string, open: OpenDownload): { readonly download: string; readonly ends: number } {
    const now = this.clock.now();
    let own = 0;
    for (const [id, offered] of this.offered) {
      if (offered.ends <= now) this.offered.delete(id);
      else if (offered.owner === owner) own++;
    }
    if (own >= MAX_DOWNLOADS_OF_CALLER || this.offered.size >= MAX_DOWNLOADS) {
      throw new DownloadError({ code: 'download.full', limit: MAX_DOWNLOADS_OF_CALLER });
    }
    const download = toHex(randomBytes(16));
    const ends = now + DOWNLOAD_TTL_MS;
    this.offered.set(download, { owner, ends, open });
    return { download, ends };
  }

  /** Throws `download.unknown`, and what opening throws. */
  open(owner: string, download: string, fetch: Fetch): Promise<OpenFile> {
    const offered = this.offered.get(download);
    if (offered === undefined || offered.owner !== owner || offered.ends <= this.clock.now()) {
      throw new DownloadError({ code: 'download.unknown' });
    }
    return offered.open(fetch);
  }
}
