// The work that a transaction causes (PROTOCOL 4.9), known from its bytes alone: public keys, and rows of lists.
import { UNITS_VERIFY } from '../limits.ts';
import { kindOf } from './kinds.ts';
import type { SealedTransaction } from './types.ts';

export function unitsOf(sealed: SealedTransaction): number {
  let units = UNITS_VERIFY;
  for (const { author, kind: number, payload } of sealed.transaction.statements) {
    const kind = kindOf(number);
    if (author.type === 'person') units += UNITS_VERIFY;
    if (kind === undefined) continue;
    units += kind.units;
    if (kind.entryBytes > 0) units += kind.entryUnits * Math.ceil(payload.length / kind.entryBytes);
  }
  return units;
}
