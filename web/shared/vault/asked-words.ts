// Which two of the 24 words are asked back.
import { randomBytes } from '#crypto';
import { WORD_COUNT } from '../../../identity/vault/words.ts';

/** Two places in order, from 0. */
export function askedTwo(): readonly [number, number] {
  const [a = 0, b = 0] = randomBytes(2);
  const first = a % WORD_COUNT;
  const second = (first + 1 + (b % (WORD_COUNT - 1))) % WORD_COUNT;
  return first < second ? [first, second] : [second, first];
}
