// The estimator with its dictionaries: heavy, so it is loaded when somebody types a new password.
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary as common } from '@zxcvbn-ts/language-common';
import { dictionary as english } from '@zxcvbn-ts/language-en';

const estimator = new ZxcvbnFactory({ dictionary: { ...common, ...english }, graphs: adjacencyGraphs });
const leaked = new Set(common['passwords-common']);

export interface Strength {
  /** 0 to 4. */
  readonly score: number;
  /** Among the passwords that leaks hold most often. */
  readonly leaked: boolean;
}

export function strengthOf(password: string, own: readonly string[]): Strength {
  const { score } = estimator.check(password.slice(0, 128), [...own]);
  return { score, leaked: leaked.has(password.toLowerCase()) };
}
