// Secrets of second factors as they stand in records: sealed under a key of the organisation, bound to the person and the
// factor. Owns no key: the secrets of the organisation are handed in, the newest first.
import { aeadOpen, aeadSeal, hkdfSha256, randomBytes } from '#crypto';
import { concatBytes, EMPTY_BYTES, equalBytes, parseHex, toHex } from '../../common/bytes.ts';
import { AEAD_NONCE_BYTES } from '../../common/crypto/bounds.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';

const utf8 = new TextEncoder();
const KEY_NAME_BYTES = 4;

interface BoxKey {
  /** Tells which secret it was sealed under. */
  readonly name: Uint8Array;
  readonly key: Uint8Array;
}

export class SecretBox {
  private readonly keys: readonly BoxKey[];
  private readonly random: (length: number) => Uint8Array;

  constructor(
    options: { readonly organisationSecrets: readonly Uint8Array[] },
    modules: { readonly random?: (length: number) => Uint8Array } = {},
  ) {
    if (options.organisationSecrets.length === 0) throw new RangeError('a box needs a secret');
    this.keys = options.organisationSecrets.map((secret) => {
      const key = hkdfSha256(secret, EMPTY_BYTES, utf8.encode('wardmesh/factor-secret/1'), 32);
      return { name: taggedHash('wardmesh/factor-secret-name/1', key).subarray(0, KEY_NAME_BYTES), key };
    });
    this.random = modules.random ?? randomBytes;
  }

  /** Hex of `key name 4 | nonce 12 | ciphertext and tag`. */
  seal(secret: Uint8Array, user: string, factor: string): string {
    const [{ name, key }] = this.keys;
    const nonce = this.random(AEAD_NONCE_BYTES);
    return toHex(concatBytes(name, nonce, aeadSeal(key, nonce, secret, binding(user, factor))));
  }

  /** Undefined when it was sealed under a secret that is not here. Throws CryptoError `crypto.open` when it was altered. */
  open(sealed: string, user: string, factor: string): Uint8Array | undefined {
    const bytes = parseHex(sealed) ?? EMPTY_BYTES;
    const key = this.keys.find(({ name }) => equalBytes(name, bytes.subarray(0, KEY_NAME_BYTES)));
    if (key === undefined) return undefined;
    const end = KEY_NAME_BYTES + AEAD_NONCE_BYTES;
    return aeadOpen(key.key, bytes.subarray(KEY_NAME_BYTES, end), bytes.subarray(end), binding(user, factor));
  }
}

function binding(user: string, factor: string): Uint8Array {
  return utf8.encode(`${user}/${factor}`);
}
