// What a vault keeps: the seeds of the person's device keys, and for each way the lock and public key with which the
// vault is locked anew when another way is taken away. The list in here decides, not the one in the file.
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { VaultError } from './errors.ts';
import { MAX_VAULT_WAYS } from './file.ts';
import type { WayKeys } from './ways.ts';

const VERSION = 1;

/** Two seeds of 32 bytes. */
export interface DeviceSeeds {
  /** Ed25519. */
  readonly signing: Uint8Array;
  /** X25519. */
  readonly encryption: Uint8Array;
}

export type WayLock = Pick<WayKeys, 'lock' | 'publicKey'>;

export interface VaultContents {
  readonly device: DeviceSeeds;
  /** In the order of the file. */
  readonly locks: readonly WayLock[];
}

/** `version u8 = 1 | signing 32 | encryption 32 | ways u8 | lock 32 and public key 32 of each`. */
export function encodeContents({ device, locks }: VaultContents): Uint8Array {
  const out = new Writer(66 + 64 * locks.length);
  out.u8(VERSION).fixed(device.signing, 32).fixed(device.encryption, 32).u8(locks.length);
  for (const { lock, publicKey } of locks) out.fixed(lock, 32).fixed(publicKey, 32);
  return out.finish();
}

/** Throws VaultError `vault.format`. */
export function decodeContents(bytes: Uint8Array): VaultContents {
  try {
    const input = new Reader(bytes);
    if (input.u8() !== VERSION) throw new VaultError({ code: 'vault.format', field: 'contents.version' });
    const device = { signing: input.fixed(32), encryption: input.fixed(32) };
    const count = input.u8();
    if (count > MAX_VAULT_WAYS) throw new VaultError({ code: 'vault.format', field: 'contents.ways' });
    const locks = Array.from({ length: count }, () => ({ lock: input.fixed(32), publicKey: input.fixed(32) }));
    input.end();
    return { device, locks };
  } catch (error) {
    if (error instanceof CodecError) throw new VaultError({ code: 'vault.format', field: 'contents' });
    throw error;
  }
}
