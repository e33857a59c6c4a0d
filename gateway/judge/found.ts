// What a decision comes to as a report to the others: which kind of attack, and how sure the gateway is by itself.

import type { ThreatCategory } from '../../common/threat-names.ts';
import type { Network } from '../address.ts';
import type { Decision, FactorName } from './decision.ts';

export interface FoundThreat {
  readonly network: Network;
  readonly category: ThreatCategory;
  /** 0 to 100: with and without what others reported. */
  readonly score: number;
  readonly ownScore: number;
  /** Of the last minute, and failed sign-ins; 0 where they gave no points. */
  readonly requests: number;
  readonly failures: number;
}

export function foundIn(decision: Decision): FoundThreat {
  const { client, score, factors } = decision;
  const own = factors.reduce((sum, { name, points }) => (name === 'reports' ? sum : sum + points), 0);
  const measured = (wanted: FactorName): number =>
    Number.parseInt(factors.find(({ name }) => name === wanted)?.measured ?? '0', 10);
  return {
    network: client,
    category: categoryOf(decision),
    score,
    ownScore: Math.min(score, own),
    requests: measured('rate'),
    failures: measured('sign-in-failures'),
  };
}

const CATEGORIES: Readonly<Partial<Record<FactorName, ThreatCategory>>> = {
  'sign-in-failures': 'bruteforce',
  signatures: 'injection',
  errors: 'scan',
  pattern: 'scan',
  rate: 'flood',
  'limit-violations': 'flood',
};

/** By the factor that weighs most. */
export function categoryOf({ factors }: Pick<Decision, 'factors'>): ThreatCategory {
  for (const { name } of factors) {
    const category = CATEGORIES[name];
    if (category !== undefined) return category;
  }
  return 'bot';
}
