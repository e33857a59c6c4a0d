// The content of a record in one piece, for answers that carry it so. What is larger goes as a stream.
import { MAX_DOCUMENT_BYTES, MAX_RECORD_TEXT } from '../../rpc/schema/record.ts';
import { ChartError } from '../charts/errors.ts';
import type { ReadRecord } from '../charts/reading.ts';

const FHIR_JSON = 'application/fhir+json';

export interface ShownContent {
  /** The text of a FHIR resource, byte for byte. */
  readonly resource: string | null;
  /** Base64 of a document; of a large one nothing: it is fetched as a file. */
  readonly bytes: string | null;
}

/** Throws as `wholeContent`. */
export async function shownContent({ manifest, content }: ReadRecord): Promise<ShownContent> {
  const isText = manifest.mediaType === FHIR_JSON;
  const left = !isText && manifest.size > MAX_DOCUMENT_BYTES;
  if (left) await content?.[Symbol.asyncIterator]().return?.();
  if (content === undefined || left) return { resource: null, bytes: null };
  const bytes = await wholeContent(content);
  return isText
    ? { resource: new TextDecoder().decode(bytes), bytes: null }
    : { resource: null, bytes: Buffer.from(bytes).toString('base64') };
}

/** Throws ChartError `record.kind` for more bytes than the longest text has. */
export async function wholeContent(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of content) {
    length += part.length;
    if (length > 4 * MAX_RECORD_TEXT) throw new ChartError({ code: 'record.kind' });
    parts.push(part);
  }
  return Buffer.concat(parts);
}
