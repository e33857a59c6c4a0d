// Bytes of a network: `family u8 (4, 6) | prefix u8 | network (4 or 8 bytes)`. Refuses what no report may name.
import { CodecError } from '../common/codec/errors.ts';
import type { Reader } from '../common/codec/reader.ts';
import { Writer } from '../common/codec/writer.ts';
import { type Network, widen } from './address.ts';

/** Gives `out` back: 6 bytes for IPv4, 10 for IPv6. */
export function writeNetwork(out: Writer, { family, prefix, high, low }: Network): Writer {
  out.u8(family).u8(prefix).u32(high);
  return family === 6 ? out.u32(low) : out;
}

/** Throws CodecError for a prefix outside /24-/32 or /48-/64, and for bits behind the prefix. */
export function readNetwork(reader: Reader): Network {
  const family = reader.u8();
  if (family !== 4 && family !== 6) throw new CodecError({ code: 'codec.value', field: 'family' });
  const prefix = reader.u8();
  const [shortest, longest] = family === 4 ? [24, 32] : [48, 64];
  if (prefix < shortest || prefix > longest) throw new CodecError({ code: 'codec.value', field: 'prefix' });
  const high = reader.u32();
  const network: Network = { family, prefix, high, low: family === 6 ? reader.u32() : 0 };
  const canonical = widen(network, prefix);
  if (canonical.high !== high || canonical.low !== network.low) {
    throw new CodecError({ code: 'codec.value', field: 'network' });
  }
  return network;
}

/** 6 bytes for IPv4, 10 for IPv6. */
export function networkBytes(network: Network): Uint8Array {
  return writeNetwork(new Writer(10), network).finish();
}
