// RFC 9180 base mode for our suite, sealing with a known shared secret, from HMAC alone: the part of the key schedule
// that a vector of plain X25519 does not cover.
import { concatBytes, EMPTY_BYTES, fromHex } from '../../common/bytes.ts';
import { aeadSeal, hmacSha256 } from '../../common/crypto/primitives.node.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const KEM = concatBytes(utf8('KEM'), fromHex('0020'));
const HPKE = concatBytes(utf8('HPKE'), fromHex('002000010002'));

function extract(suite: Uint8Array, salt: Uint8Array, label: string, secret: Uint8Array): Uint8Array {
  return hmacSha256(salt, concatBytes(utf8('HPKE-v1'), suite, utf8(label), secret));
}

/** One block of HKDF-Expand: `length` is at most 32. */
function expand(suite: Uint8Array, prk: Uint8Array, label: string, info: Uint8Array, length: number): Uint8Array {
  const labeled = concatBytes(Uint8Array.of(0, length), utf8('HPKE-v1'), suite, utf8(label), info, Uint8Array.of(1));
  return hmacSha256(prk, labeled).subarray(0, length);
}

export interface ReferenceSeal {
  /** X25519 of the two keys. */
  readonly shared: Uint8Array;
  /** The sender's ephemeral public key. */
  readonly enc: Uint8Array;
  readonly recipientPublicKey: Uint8Array;
  readonly info: Uint8Array;
  readonly plaintext: Uint8Array;
}

export function referenceSeal({ shared, enc, recipientPublicKey, info, plaintext }: ReferenceSeal): Uint8Array {
  const eaePrk = extract(KEM, EMPTY_BYTES, 'eae_prk', shared);
  const sharedSecret = expand(KEM, eaePrk, 'shared_secret', concatBytes(enc, recipientPublicKey), 32);
  const pskIdHash = extract(HPKE, EMPTY_BYTES, 'psk_id_hash', EMPTY_BYTES);
  const infoHash = extract(HPKE, EMPTY_BYTES, 'info_hash', info);
  const context = concatBytes(Uint8Array.of(0), pskIdHash, infoHash);
  const secret = extract(HPKE, sharedSecret, 'secret', EMPTY_BYTES);
  const key = expand(HPKE, secret, 'key', context, 32);
  const nonce = expand(HPKE, secret, 'base_nonce', context, 12);
  return concatBytes(enc, aeadSeal(key, nonce, plaintext, EMPTY_BYTES));
}
