// What a User-Agent tells by its form: how much it looks like text that a program made up, and which family it is of.
// Names of tools are the signatures' matter.
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import { hashText } from '../hash.ts';

export interface UserAgentTraits {
  /** u32 of the whole text. */
  readonly hash: number;
  /** u32 of the text without its digits: stays the same from version to version. */
  readonly family: number;
  /** 0 for a text as browsers send it, to 100 for none at all. */
  readonly oddness: number;
}

export const MAX_USER_AGENTS = 2_048;
/** Below this a text names no browser and no library with its version. */
const SHORT_CHARS = 12;
/** Bits per character: browsers' texts lie between 3.5 and 5.2; random ones of their length above. */
const LEAST_ENTROPY = 2.5;
const MOST_ENTROPY = 5.4;
/** A word of this length with no punctuation stands in no browser's text. */
const RANDOM_WORD = /(?=[A-Za-z0-9]*\d[A-Za-z0-9]*\d)(?=[A-Za-z0-9]*[A-Za-z])[A-Za-z0-9]{16,}/;

/** Remembers the traits of texts seen lately: few differ. */
export class UserAgents {
  private readonly seed: number;
  private readonly known = new BoundedMap<string, UserAgentTraits>({ maxEntries: MAX_USER_AGENTS });

  constructor(options: { readonly seed: number }) {
    this.seed = options.seed;
  }

  traitsOf(text: string): UserAgentTraits {
    const known = this.known.get(text);
    if (known !== undefined) return known;
    const traits = {
      hash: hashText(text, this.seed),
      family: hashText(text.replace(/\d+/g, ''), this.seed),
      oddness: oddnessOf(text),
    };
    this.known.set(text, traits);
    return traits;
  }
}

/** 0 to 100. */
export function oddnessOf(text: string): number {
  if (text.length === 0 || text === '-') return 100;
  if (text.length < SHORT_CHARS) return 50;
  const entropy = entropyOf(text);
  if (entropy < LEAST_ENTROPY || entropy > MOST_ENTROPY) return 80;
  return RANDOM_WORD.test(text) && !text.includes('/') ? 80 : 0;
}

/** Bits per character, Shannon's, by the frequencies within the text. */
function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
