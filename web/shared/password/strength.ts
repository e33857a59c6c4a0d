// What is wrong with a new password, judged in the page: it never leaves it to be judged.
import type { Strength } from './strength-engine.ts';

export const MIN_PASSWORD = 10;
const GOOD_SCORE = 3;

export type PasswordFault = 'missing' | 'short' | 'leaked' | 'weak';

/** `own`: words of the person that a guesser would try first. */
export async function passwordFault(password: string, own: readonly string[]): Promise<PasswordFault | undefined> {
  if (password === '') return 'missing';
  if ([...password].length < MIN_PASSWORD) return 'short';
  const { score, leaked } = await judge(password, own);
  if (leaked) return 'leaked';
  return score < GOOD_SCORE ? 'weak' : undefined;
}

export async function judge(password: string, own: readonly string[]): Promise<Strength> {
  const { strengthOf } = await import('./strength-engine.ts');
  return strengthOf(
    password,
    own.filter((word) => word !== ''),
  );
}
