// Decoding a payload inside a rule: what is malformed is an outcome, not an invalid block (PROTOCOL 4.10).
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';

/** Undefined when the bytes are not exactly one such payload. Its byte fields may be views into the transaction. */
export function decodePayload<T>(payload: Uint8Array, read: (input: Reader) => T): T | undefined {
  const input = new Reader(payload);
  try {
    const value = read(input);
    input.end();
    return value;
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}
