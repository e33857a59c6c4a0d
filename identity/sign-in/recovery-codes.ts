// Ten codes for the day on which the second factor is lost: 80 bits each, shown once, kept as hashes, each good once.
// Random codes of this length need no slow hash.
import { equalSecret, randomBytes } from '#crypto';
import { fromHex, toHex } from '../../common/bytes.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { RECOVERY_CODES } from '../people/part-values.ts';
import type { RecoveryCodesPart } from '../people/types.ts';

/** Crockford's: no I, L, O, U. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CODE_BYTES = 10;
const CHARACTERS = 16;
const GROUP = 4;
const MAX_TYPED_CODE = 64;

const utf8 = new TextEncoder();

/** `XXXX-XXXX-XXXX-XXXX`, ten of them. */
export function newRecoveryCodes(random: (length: number) => Uint8Array = randomBytes): string[] {
  return Array.from({ length: RECOVERY_CODES }, () => formatted(random(CODE_BYTES)));
}

/** What is kept; `user` and `set` keep a hash from being good elsewhere. */
export function hashRecoveryCodes(codes: readonly string[], user: string, set: string): string[] {
  return codes.map((code) => toHex(hashOf(parsed(code)!, user, set)));
}

/**
 * Which of the codes it is, from 0; undefined for none of them or one that was used. Used ones stand as bits in `used`.
 * Every code of the set is compared, whichever fits.
 */
export function usedCode(
  codes: Pick<RecoveryCodesPart, 'id' | 'hashes'>,
  typed: string,
  user: string,
  used: number,
): number | undefined {
  const bytes = parsed(typed);
  if (bytes === undefined) return undefined;
  const hash = hashOf(bytes, user, codes.id);
  let found: number | undefined;
  for (const [index, kept] of codes.hashes.entries()) if (equalSecret(hash, fromHex(kept))) found = index;
  return found === undefined || (used & (1 << found)) !== 0 ? undefined : found;
}

/** Codes that are left. */
export function codesLeft(codes: Pick<RecoveryCodesPart, 'hashes'>, used: number): number {
  return codes.hashes.filter((_, index) => (used & (1 << index)) === 0).length;
}

function hashOf(bytes: Uint8Array, user: string, set: string): Uint8Array {
  return taggedHash('wardmesh/recovery-code/1', utf8.encode(`${user}/${set}/`), bytes);
}

function formatted(bytes: Uint8Array): string {
  let value = BigInt(`0x${toHex(bytes)}`);
  let text = '';
  for (let i = 0; i < CHARACTERS; i++) {
    text = ALPHABET[Number(value & 31n)] + text;
    value >>= 5n;
  }
  return text.match(new RegExp(`.{${GROUP}}`, 'g'))!.join('-');
}

/** Forgives small letters, spaces and dashes, and the letters that look like digits. */
function parsed(typed: string): Uint8Array | undefined {
  if (typed.length > MAX_TYPED_CODE) return undefined;
  const text = typed.toUpperCase().replace(/[\s-]/g, '').replace(/[IL]/g, '1').replaceAll('O', '0');
  if (text.length !== CHARACTERS) return undefined;
  let value = 0n;
  for (const character of text) {
    const digit = ALPHABET.indexOf(character);
    if (digit < 0) return undefined;
    value = (value << 5n) | BigInt(digit);
  }
  return fromHex(value.toString(16).padStart(2 * CODE_BYTES, '0'));
}
