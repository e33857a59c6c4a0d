// What a failed sign-in is at one application: an answer to its form, or a header that the application sets.
import { canonicalPath } from '../judge/canonical-path.ts';
import type { AnswerFacts, RequestFacts } from '../judge/facts.ts';

export interface SignInOptions {
  /** Paths that credentials are sent to, however they are spelt; POST. */
  readonly paths: readonly string[];
  /** Statuses of its answer that mean no. */
  readonly failed: readonly number[];
  /** Statuses that mean yes. Many applications answer a mistake with 200 and the form again, so nothing is taken for granted. */
  readonly succeeded: readonly number[];
}

/** On answers of the application, `ok` or `failed`: counts whatever the path and status. */
export const SIGN_IN_HEADER = 'x-wardmesh-sign-in';
export const SIGN_IN: SignInOptions = {
  paths: ['/login', '/signin', '/api/login'],
  failed: [400, 401, 403, 422],
  succeeded: [],
};

/** `told`: the value of that header. */
export function answerFacts(
  { paths, failed, succeeded }: SignInOptions,
  facts: RequestFacts,
  answer: { readonly at: number; readonly status: number; readonly told: string | undefined },
): AnswerFacts {
  const { at, status, told } = answer;
  if (told !== undefined) return { at, status, signInFailed: told === 'failed', signedIn: told === 'ok' };
  const tried = facts.method === 'POST' && isOneOf(paths, canonicalPath(facts.path));
  return {
    at,
    status,
    signInFailed: tried && failed.includes(status),
    signedIn: tried && succeeded.includes(status),
  };
}

function isOneOf(paths: readonly string[], path: string): boolean {
  return paths.some((one) => canonicalPath(one) === path);
}
