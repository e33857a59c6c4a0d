// Identifiers that this clinic has computed before, encrypted: known patients need no evaluation and no 80 ms.
// Owns no database; keys are HMACs already (patient-identifiers.ts).
import { aeadOpen, aeadSeal, hkdfSha256, randomBytes } from '#crypto';
import { concatBytes, EMPTY_BYTES } from '../../common/bytes.ts';
import { AEAD_NONCE_BYTES } from '../../common/crypto/bounds.ts';
import { CryptoError } from '../../common/crypto/errors.ts';
import type { PidCache } from './patient-identifiers.ts';
import { formatPid, type Pid, pidBytes } from './pid.ts';

/** The part of a key-value database that the cache needs. */
export interface PidCacheStore {
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  put(key: Uint8Array, value: Uint8Array): Promise<void>;
}

export class SealedPidCache implements PidCache {
  private readonly key: Uint8Array;
  private readonly store: PidCacheStore;

  constructor(options: { readonly storageKey: Uint8Array }, modules: { readonly store: PidCacheStore }) {
    this.key = hkdfSha256(options.storageKey, EMPTY_BYTES, new TextEncoder().encode('wardmesh/pid-cache-value/1'), 32);
    this.store = modules.store;
  }

  /** A row that does not open is as good as none: the identifier is computed again. */
  async get(key: Uint8Array): Promise<Pid | undefined> {
    const row = await this.store.get(key);
    if (row === undefined) return undefined;
    try {
      return formatPid(aeadOpen(this.key, row.subarray(0, AEAD_NONCE_BYTES), row.subarray(AEAD_NONCE_BYTES), key));
    } catch (error) {
      if (error instanceof CryptoError) return undefined;
      throw error;
    }
  }

  async put(key: Uint8Array, pid: Pid): Promise<void> {
    const nonce = randomBytes(AEAD_NONCE_BYTES);
    await this.store.put(key, concatBytes(nonce, aeadSeal(this.key, nonce, pidBytes(pid), key)));
  }
}
