// Characters of identity numbers under wardmesh/pid/1: from any spelling to A-Z and 0-9, or not at all.
// Owns no document rule.

/** Longest text that is looked at, in UTF-16 units: normalisation may grow it eighteenfold. */
export const MAX_NUMBER_TEXT = 128;

// First code point of each run of decimal digits that NFKC does not fold to ASCII (Unicode 17). Fixed here, so that the
// result does not hang on the Unicode version of the runtime.
const ZEROS = (
  '660 6f0 7c0 966 9e6 a66 ae6 b66 be6 c66 ce6 d66 de6 e50 ed0 f20 1040 1090 17e0 1810 1946 19d0 1a80 1a90 1b50 1bb0 ' +
  '1c40 1c50 a620 a8d0 a900 a9d0 a9f0 aa50 abf0 104a0 10d30 10d40 11066 110f0 11136 111d0 112f0 11450 114d0 11650 ' +
  '116c0 116d0 116da 11730 118e0 11950 11bf0 11c50 11d50 11da0 11de0 11f50 16130 16a60 16ac0 16b50 16d70 1e140 1e2f0 ' +
  '1e4f0 1e5f1 1e950'
)
  .split(' ')
  .map((zero) => Number.parseInt(zero, 16));

const SEPARATOR = /^[\p{P}\p{S}\p{Z}\p{Cc}\p{Cf}]$/u;

/** NFKC, digits of every script to ASCII, upper case. Undefined when it is no text or too long for a number. */
export function foldCharacters(text: string): string | undefined {
  if (text.length > MAX_NUMBER_TEXT || !text.isWellFormed()) return undefined;
  let out = '';
  for (const character of text.normalize('NFKC')) out += asciiDigit(character);
  return out.toUpperCase();
}

/** Drops separators. Undefined when letters or marks outside A-Z are left: dropping them would join different numbers. */
export function dropSeparators(folded: string): string | undefined {
  let out = '';
  for (const character of folded) {
    if (/^[A-Z0-9]$/.test(character)) out += character;
    else if (!SEPARATOR.test(character)) return undefined;
  }
  return out;
}

function asciiDigit(character: string): string {
  const code = character.codePointAt(0)!;
  if (code < 0x660) return character;
  const zero = ZEROS.find((first) => code >= first && code < first + 10);
  return zero === undefined ? character : String(code - zero);
}
