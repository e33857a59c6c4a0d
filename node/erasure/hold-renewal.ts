// Holds that last longer than what a statement can name: it names the newest pseudonyms of a patient, back for eight years, so an
// erasure of later years names none of those of an old hold. Such a hold is said again, of the quarters since. Owns when, and under
// which names: they follow from the hold, so that who releases it finds them all.
import { Writer } from '../../common/codec/writer.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { KEYS_HOLD } from '../../consensus/ledger/kinds.ts';
import { objectId, SALT_BYTES } from '../../consensus/ledger/objects.ts';
import type { KnownErasure } from './book.ts';

/** Half of what a statement reaches back: each renewal and any later erasure until the next name some quarters in common. */
export const RENEW_HOLD_MS = 4 * 365 * 86_400_000;

export interface HoldRenewal {
  readonly salt: Uint8Array;
  /** Its object on the chain. */
  readonly object: Uint8Array;
}

/** Of one hold: for 256 years. All of them are looked for when it is released. */
const MAX_HOLD_RENEWALS = 64;

/** Those that a hold has come to by then, in the time of blocks; the newest last; a clinic that was away for long says it alone. */
export function renewalsOf(hold: KnownErasure, now: number): HoldRenewal[] {
  return firstOf(hold, Math.max(0, Math.floor((now - hold.asked) / RENEW_HOLD_MS)));
}

/** Those that it can ever come to, also what was said by a clock that was wrong. */
export function allRenewalsOf(hold: KnownErasure): HoldRenewal[] {
  return firstOf(hold, MAX_HOLD_RENEWALS);
}

function firstOf({ object: hold, clinic }: KnownErasure, count: number): HoldRenewal[] {
  return Array.from({ length: Math.min(count, MAX_HOLD_RENEWALS) }, (_, n) => {
    const which = new Writer(4).u32(n + 1).finish();
    const salt = taggedHash('wardmesh/hold-renewal/1', hold, which).slice(0, SALT_BYTES);
    return { salt, object: objectId(KEYS_HOLD, { type: 'clinic', clinic }, salt) };
  });
}
