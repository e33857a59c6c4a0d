// What a decision comes to as a report to the others: which kind of attack, and how sure the gateway is by itself.

import type { SignatureCategory, ThreatCategory } from '../../common/threat-names.ts';
import type { Network } from '../address.ts';
import { STARTER_SET } from '../signatures/starter-set.ts';
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

const STARTER_CATEGORIES: ReadonlyMap<string, SignatureCategory> = new Map(
  STARTER_SET.map(({ id, category }) => [id, category]),
);

const CATEGORIES: Readonly<Partial<Record<FactorName, ThreatCategory>>> = {
  'sign-in-failures': 'bruteforce',
  errors: 'scan',
  pattern: 'scan',
  rate: 'flood',
  'limit-violations': 'flood',
  repeats: 'flood',
};

/**
 * By the factor that weighs most. A failed sign-in is answered with an error, so its points are not the errors'. Signatures of
 * tools and of paths that nobody has a reason to ask for are a scan; those of the chain, which say no more here, an injection.
 */
export function categoryOf({ factors, signatures }: Pick<Decision, 'factors' | 'signatures'>): ThreatCategory {
  const failures = factors.find(({ name }) => name === 'sign-in-failures')?.points ?? 0;
  let heaviest: { readonly points: number; readonly category: ThreatCategory } | undefined;
  for (const { name, points } of factors) {
    const category = name === 'signatures' ? categoryOfMatches(signatures) : CATEGORIES[name];
    const own = name === 'errors' ? points - failures : points;
    if (category !== undefined && own > (heaviest?.points ?? 0)) heaviest = { points: own, category };
  }
  return heaviest?.category ?? 'bot';
}

function categoryOfMatches(signatures: readonly string[]): ThreatCategory {
  const matched = new Set(signatures.map((id) => STARTER_CATEGORIES.get(id) ?? 'injection'));
  if (matched.has('injection') || matched.has('traversal')) return 'injection';
  return matched.has('scanner') || matched.has('probe') ? 'scan' : matched.has('flood') ? 'flood' : 'injection';
}
