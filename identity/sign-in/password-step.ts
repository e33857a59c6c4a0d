// The first step of a sign-in by password, in the only order that tells strangers nothing: the budget of guesses, then the
// same work for every name, then one answer for all that is wrong.
import type { ScryptVerifier } from '../people/types.ts';
import { SignInError } from './errors.ts';
import type { Attempt, Lockout } from './lockout.ts';
import type { Passwords } from './password.ts';

/**
 * Resolves for the right password. `verifier`: undefined for a name that nobody has, and for a person without a password.
 * Throws SignInError: `rpc.rate-limited`, `session.busy`, `session.refused`.
 */
export async function checkPassword(
  attempt: Omit<Attempt, 'guessed'>,
  auth: Uint8Array,
  verifier: ScryptVerifier | undefined,
  modules: { readonly lockout: Lockout; readonly passwords: Passwords },
): Promise<void> {
  const admitted = modules.lockout.admit({ ...attempt, guessed: 'password' });
  let right: boolean;
  try {
    right = await modules.passwords.check(auth, verifier);
  } catch (error) {
    admitted.cancelled();
    throw error;
  }
  if (right) {
    admitted.succeeded();
    return;
  }
  admitted.failed();
  throw new SignInError({ code: 'session.refused' });
}
