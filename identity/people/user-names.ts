// User names: one form for every way to type one, after PRECIS UsernameCaseMapped (RFC 8265). Owns no list of names;
// lookalikes.ts says which names look alike.
import { PersonRecordError } from './errors.ts';

/** UTF-16 units that are looked at: NFKC may grow text eighteenfold. */
export const MAX_TYPED_NAME = 256;
/** Characters after folding. */
const MIN_NAME = 3;
export const MAX_NAME_CHARACTERS = 64;

const BETWEEN = '._@-';
const LETTER = /^[\p{L}\p{M}]$/u;
const MARK = /^\p{M}$/u;
const DIGIT = /^\p{Nd}$/u;
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;
/** Marks that stay after composition; more than these on one letter draw over other letters. */
const MAX_MARKS_IN_A_ROW = 3;

/** Alphabets that are written together; any other alphabet stands alone. */
const TOGETHER = ['Latin', 'Han Hiragana Katakana', 'Han Bopomofo', 'Han Hangul'] as const;
const ALONE = [
  'Arabic Armenian Bengali Cherokee Cyrillic Devanagari Ethiopic Georgian Greek Gujarati Gurmukhi Hebrew Kannada Khmer Lao',
  'Malayalam Mongolian Myanmar Oriya Sinhala Tamil Telugu Thaana Thai Tibetan Tifinagh',
]
  .join(' ')
  .split(' ');
/** Letters of no alphabet of their own (Common, Inherited) go with each. */
const ALPHABETS = [...TOGETHER, ...ALONE].map((scripts) => {
  const classes = scripts.split(' ').map((script) => `\\p{Script=${script}}`);
  return new RegExp(`^[${classes.join('')}\\p{Script=Common}\\p{Script=Inherited}]+$`, 'u');
});

/** The form in which a name is kept and compared. Throws PersonRecordError: `user-name.*`. */
export function foldUserName(typed: string): string {
  const name = folded(typed);
  const characters = name === undefined ? [] : [...name];
  if (name === undefined || characters.length < MIN_NAME || characters.length > MAX_NAME_CHARACTERS) {
    throw new PersonRecordError({ code: 'user-name.length', min: MIN_NAME, max: MAX_NAME_CHARACTERS });
  }
  if (INVISIBLE.test(name) || !wellBuilt(characters)) throw new PersonRecordError({ code: 'user-name.characters' });
  const letters = characters.filter((character) => LETTER.test(character)).join('');
  if (letters !== '' && !ALPHABETS.some((alphabet) => alphabet.test(letters))) {
    throw new PersonRecordError({ code: 'user-name.alphabets' });
  }
  const digits = characters.filter((character) => DIGIT.test(character)).map((digit) => digit.codePointAt(0)!);
  if (digits.length > 0 && Math.max(...digits) - Math.min(...digits) >= 10) {
    throw new PersonRecordError({ code: 'user-name.alphabets' });
  }
  return name;
}

/** As `foldUserName` for signing in, where a name that nobody can have is only an unknown one. */
export function knownUserName(typed: string): string | undefined {
  try {
    return foldUserName(typed);
  } catch (error) {
    if (error instanceof PersonRecordError) return undefined;
    throw error;
  }
}

function folded(typed: string): string | undefined {
  if (typed.length > MAX_TYPED_NAME || !typed.isWellFormed()) return undefined;
  // Lower case may need another composition, and composition another lower case; both settle at the second time.
  const once = typed.trim().normalize('NFKC').toLowerCase().normalize('NFKC');
  return once.toLowerCase().normalize('NFKC');
}

/** Letters and digits with single signs between them; a letter or digit first and last. */
function wellBuilt(characters: readonly string[]): boolean {
  let inside = false;
  let marks = 0;
  for (const character of characters) {
    if (BETWEEN.includes(character)) {
      if (!inside) return false;
      inside = false;
    } else if (LETTER.test(character) || DIGIT.test(character)) {
      marks = MARK.test(character) ? marks + 1 : 0;
      if (marks > MAX_MARKS_IN_A_ROW || (marks > 0 && !inside)) return false;
      inside = true;
    } else return false;
  }
  return inside;
}
