// The ways to open a vault. Each gives two keys: one locks symmetrically, so only who knows the way's secret can make what
// it opens; to the other the vault key is sealed, so it can be renewed for a way whose secret is not at hand.
import { encryptionKeyPair } from '#crypto';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { derived, type KdfParams, wrapOf } from './kdf.ts';
import { wordsEntropy } from './words.ts';

export type WayKind = 'password' | 'passkey' | 'words' | 'passphrase' | 'guardians';

/** What stands in the file about a way, besides what it locks. */
export type WayHeader =
  /** `salt` and `kdf` are those of the password at sign-in, repeated for a file without a clinic. */
  | {
      readonly kind: 'password' | 'passphrase';
      readonly salt: Uint8Array;
      readonly kdf: KdfParams;
    }
  /** WebAuthn credential id. */
  | { readonly kind: 'passkey'; readonly credential: Uint8Array }
  | { readonly kind: 'words' }
  | { readonly kind: 'guardians' };

/** A header with the secret that belongs to it. */
export type Way =
  /** `master` is what Argon2id gave for this salt. */
  | (Extract<WayHeader, { kind: 'password' | 'passphrase' }> & { readonly master: Uint8Array })
  /** `prf`: 32 bytes that the passkey gave for `PRF_INPUT`. */
  | (Extract<WayHeader, { kind: 'passkey' }> & { readonly prf: Uint8Array })
  | { readonly kind: 'words'; readonly words: string }
  /** What the shares of trusted people give together (recovery-guardians.ts), 32 bytes. */
  | { readonly kind: 'guardians'; readonly secret: Uint8Array };

/** Names a way within its file. */
export type WayName =
  | { readonly kind: Exclude<WayKind, 'passkey'> }
  | { readonly kind: 'passkey'; readonly credential: Uint8Array };

/** What every passkey is asked to evaluate: one constant, since a sign-in without a name knows nothing else. */
export const PRF_INPUT: Uint8Array = taggedHash('wardmesh/passkey-prf/1');

/** 32 bytes each: the symmetric key, and an X25519 pair. */
export interface WayKeys {
  readonly lock: Uint8Array;
  readonly secretKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** Throws VaultError `vault.words` for words that are none. */
export function wayKeys(way: Way): WayKeys {
  const both = derived(wrapOf(secretOf(way)), `wardmesh/vault-way/1/${way.kind}`, 64);
  return { lock: both.slice(0, 32), ...encryptionKeyPair(both.slice(32)) };
}

function secretOf(way: Way): Uint8Array {
  if (way.kind === 'passkey') return way.prf;
  if (way.kind === 'guardians') return way.secret;
  return way.kind === 'words' ? wordsEntropy(way.words) : way.master;
}
