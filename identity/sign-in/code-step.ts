// A typed code as the second step of a sign-in: what it was, and that it counts once. What is found here must be written as
// used (`spentUse`) before anybody is let in by it.
import { mergeUses } from '../people/merge.ts';
import type { FactorId, FactorUse, RecoveryCodesPart, TotpPart, UsesPart } from '../people/types.ts';
import { usedCode } from './recovery-codes.ts';
import type { SecretBox } from './secret-box.ts';
import { usedStep } from './totp.ts';

export interface CodeFactors {
  readonly user: string;
  readonly totp: TotpPart | null | undefined;
  readonly codes: RecoveryCodesPart | null | undefined;
  readonly uses: UsesPart;
}

export interface NewUse {
  readonly factor: FactorId;
  readonly use: FactorUse;
}

/** Undefined: wrong, used before, or the person has no such factor here. */
export function shownCode(
  method: 'totp' | 'recovery-code',
  typed: string,
  { user, totp, codes, uses }: CodeFactors,
  now: number,
  box: SecretBox,
): NewUse | undefined {
  if (method === 'totp') {
    const secret = totp == null ? undefined : box.open(totp.secret, user, totp.id);
    if (totp == null || secret === undefined) return undefined;
    const step = usedStep(secret, typed, now, markOf(uses, totp.id) ?? -1);
    return step === undefined ? undefined : { factor: totp.id, use: { mark: step, at: now } };
  }
  if (codes == null) return undefined;
  const used = markOf(uses, codes.id) ?? 0;
  const index = usedCode(codes, typed, user, used);
  return index === undefined ? undefined : { factor: codes.id, use: { mark: used | (1 << index), at: now } };
}

/**
 * The uses with one more, to be written; undefined when somebody was faster with the same code. A passkey whose counter stays
 * at 0 has none; its challenge counts once.
 */
export function spentUse(uses: UsesPart, { factor, use }: NewUse): UsesPart | undefined {
  const before = markOf(uses, factor);
  const uncounted = factor.startsWith('p-') && use.mark === 0 && (before ?? 0) === 0;
  const after = mergeUses(uses, { [factor]: use });
  return uncounted || markOf(after, factor) !== before ? after : undefined;
}

/** How far a factor was used; undefined when it was not. */
export function markOf(uses: UsesPart, factor: FactorId): number | undefined {
  return Object.hasOwn(uses, factor) ? uses[factor].mark : undefined;
}
