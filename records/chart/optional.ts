// A field of 32 bytes that may be absent: a flag, then the bytes. One encoding per value.
import { CodecError } from '../../common/codec/errors.ts';
import type { Reader } from '../../common/codec/reader.ts';
import type { Writer } from '../../common/codec/writer.ts';

export function writeOptional32(out: Writer, value: Uint8Array | undefined): Writer {
  return value === undefined ? out.u8(0) : out.u8(1).fixed(value, 32);
}

export function readOptional32(input: Reader): Uint8Array | undefined {
  const flag = input.u8();
  if (flag > 1) throw new CodecError({ code: 'codec.value', field: 'flag' });
  return flag === 1 ? input.fixed(32) : undefined;
}
