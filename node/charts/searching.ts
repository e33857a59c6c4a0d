// Searches the charts that a person may see for words: of this clinic's own records in their content, of others' in what a list
// shows of them. What the words of a record are is noted beside its row under its category key, the first time that somebody
// searches; it goes with the key's epoch and with the chart. Owns the notes; who may see what is reading.ts.
import { equalBytes } from '../../common/bytes.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { BlobStore } from '../../records/blobs/blob-store.ts';
import { type KeyRow, openDataKey } from '../../records/chart/key-row.ts';
import type { Manifest } from '../../records/chart/manifest.ts';
import { matches, openWords, sealWords, wordsOf, wordsOfResource } from '../../records/chart/words.ts';
import { openEnvelope } from '../../records/envelope/open.ts';
import type { ChartStore } from './chart-store.ts';
import { wordsKey } from './layout.ts';
import type { ChartView, Enquiry, Reading } from './reading.ts';

export interface SearchingModules {
  readonly store: Pick<ChartStore, 'batch' | 'database'>;
  readonly reading: Pick<Reading, 'list'>;
  readonly blobs: Pick<BlobStore, 'get'>;
  readonly logger: Logger;
}

/** Contents whose words are noted; of larger ones the title counts. */
const MAX_SEARCHED_BYTES = 1024 * 1024;
const RESOURCE = 'application/fhir+json';
const TEXT = 'text/plain';

export class Searching {
  private readonly modules: SearchingModules;

  constructor(modules: SearchingModules) {
    this.modules = modules;
  }

  /** As a list, with the records alone that have every word of `text`, or one that begins with it. */
  async search(enquiry: Enquiry, text: string): Promise<ChartView[]> {
    const wanted = wordsOf(text);
    const { chart } = enquiry.ref;
    return this.modules.reading.list(enquiry, async ({ manifest }, row, key) => {
      const { title, kind, name, category } = manifest;
      const shown = wordsOf(`${title} ${kind} ${name} ${category}`);
      if (matches(wanted, shown)) return true;
      return equalBytes(row.chart, chart) && matches(wanted, [...shown, ...(await this.words(manifest, row, key))]);
    });
  }

  private async words(manifest: Manifest, row: KeyRow, key: Uint8Array): Promise<readonly string[]> {
    const { mediaType, size, cid } = manifest;
    if (cid === '' || size > MAX_SEARCHED_BYTES || ![RESOURCE, TEXT].includes(mediaType)) return [];
    const { store } = this.modules;
    const place = wordsKey(row, row.record, row.version);
    const noted = await store.database.get(place);
    const known = noted && openWords(row, key, noted);
    if (known !== undefined) return known;
    let words: readonly string[];
    try {
      const text = await this.content(row, key);
      words = mediaType === RESOURCE ? wordsOfResource(JSON.parse(text)) : wordsOf(text);
    } catch (error) {
      // One record that is not readable hides no other.
      this.modules.logger.warn({ clinic: row.clinic, code: codeOf(error) }, 'a record is searched by its title alone');
      return [];
    }
    await store.batch([{ type: 'put', key: place, value: sealWords(row, key, words) }]);
    return words;
  }

  private async content(row: KeyRow, key: Uint8Array): Promise<string> {
    const { content } = await openEnvelope(openDataKey(row, key), this.modules.blobs.get(row.cid));
    const decoder = new TextDecoder();
    let text = '';
    for await (const part of content) text += decoder.decode(part, { stream: true });
    return text + decoder.decode();
  }
}
