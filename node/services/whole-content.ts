// The content of a record in one piece, for answers that carry it so. What is larger goes as a stream.
import { MAX_RECORD_TEXT } from '../../rpc/schema/record.ts';
import { ChartError } from '../charts/errors.ts';

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
