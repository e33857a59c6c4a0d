// The 24 recovery words (BIP-39, English): 32 random bytes with a checksum. They open the vault, and they are the seed of
// the Ed25519 key that may start an account's recovery on the chain.
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { randomBytes, signingKeyPair } from '#crypto';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { VaultError } from './errors.ts';
import { derived } from './kdf.ts';

const ENTROPY_BYTES = 32;
export const WORD_COUNT = 24;

/** The words of 32 random bytes, or of the given ones, with single spaces between them. */
export function newWords(entropy = randomBytes(ENTROPY_BYTES)): string {
  return entropyToMnemonic(entropy, wordlist);
}

/** 32 bytes. Upper case, numbering and spaces do not matter. Throws VaultError `vault.words`. */
export function wordsEntropy(words: string): Uint8Array {
  const plain = words.toLowerCase().match(/[a-z]+/g) ?? [];
  if (plain.length !== WORD_COUNT) throw new VaultError({ code: 'vault.words' });
  try {
    return mnemonicToEntropy(plain.join(' '), wordlist);
  } catch {
    throw new VaultError({ code: 'vault.words' });
  }
}

/** The key that starts a recovery. Throws VaultError `vault.words`. */
export function recoveryKeyOf(words: string): { seed: Uint8Array; publicKey: Uint8Array } {
  return signingKeyPair(derived(wordsEntropy(words), 'wardmesh/recovery/1'));
}

/** How many words two people compare by telephone: 66 bits, so that nobody makes another key with the same ones. */
export const CHECK_WORD_COUNT = 6;

/** The same words on the screens of who asks with this key and of who is asked. */
export function checkWords(key: Uint8Array): string {
  const hash = taggedHash('wardmesh/recovery-words/1', key);
  const bits = [...hash].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const places = Array.from({ length: CHECK_WORD_COUNT }, (_, at) =>
    Number.parseInt(bits.slice(11 * at, 11 * at + 11), 2),
  );
  return places.map((place) => wordlist[place]).join(' ');
}
