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

/** Those that a hold has come to by then, the newest last; a clinic that was away for long says the newest alone. */
export function renewalsOf({ object: hold, clinic, asked }: KnownErasure, now: number): HoldRenewal[] {
  const count = Math.max(0, Math.floor((now - asked) / RENEW_HOLD_MS));
  return Array.from({ length: count }, (_, n) => {
    const which = new Writer(4).u32(n + 1).finish();
    const salt = taggedHash('wardmesh/hold-renewal/1', hold, which).slice(0, SALT_BYTES);
    return { salt, object: objectId(KEYS_HOLD, { type: 'clinic', clinic }, salt) };
  });
}
