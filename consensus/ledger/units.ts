// The public-key work that a transaction causes (PROTOCOL 4.9), known from its bytes alone.
import { UNITS_VERIFY } from '../limits.ts';
import { kindOf } from './kinds.ts';
import type { SealedTransaction } from './types.ts';

export function unitsOf(sealed: SealedTransaction): number {
  let units = UNITS_VERIFY;
  for (const { author, kind } of sealed.transaction.statements) {
    if (author.type === 'person') units += UNITS_VERIFY;
    units += kindOf(kind)?.units ?? 0;
  }
  return units;
}
