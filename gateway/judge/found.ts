// What a decision comes to as a report to the others: which kind of attack, and how sure the gateway is by itself.

import type { SignatureCategory, ThreatCategory } from '../../common/threat-names.ts';
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

/** `matched`: kinds of the signatures in force that the request matches. */
export function foundIn(decision: Decision, matched: readonly SignatureCategory[]): FoundThreat {
  const { client, score, factors } = decision;
  const own = factors.reduce((sum, { name, points }) => (name === 'reports' ? sum : sum + points), 0);
  const measured = (wanted: FactorName): number =>
    Number.parseInt(factors.find(({ name }) => name === wanted)?.measured ?? '0', 10);
  return {
    network: client,
    category: categoryOf(decision, matched),
    score,
    ownScore: Math.min(score, own),
    requests: measured('rate'),
    failures: measured('sign-in-failures'),
  };
}

const CATEGORIES: Readonly<Partial<Record<FactorName, ThreatCategory>>> = {
  'sign-in-failures': 'bruteforce',
  errors: 'scan',
  pattern: 'scan',
  rate: 'flood',
  'limit-violations': 'flood',
  repeats: 'flood',
};

const BY_SIGNATURE: Readonly<Record<SignatureCategory, ThreatCategory>> = {
  injection: 'injection',
  traversal: 'injection',
  scanner: 'scan',
  probe: 'scan',
  flood: 'flood',
  coordinated: 'flood',
};
/** The gravest first. */
const GRAVEST: readonly ThreatCategory[] = ['injection', 'scan', 'flood'];

/**
 * By the factor that weighs most. A failed sign-in is answered with an error, so its points are not the errors'. `matched`:
 * kinds of the signatures in force; where none is left that is known, what they gave points for is an injection.
 */
export function categoryOf(
  { factors }: Pick<Decision, 'factors'>,
  matched: readonly SignatureCategory[],
): ThreatCategory {
  const failures = factors.find(({ name }) => name === 'sign-in-failures')?.points ?? 0;
  let heaviest: { readonly points: number; readonly category: ThreatCategory } | undefined;
  for (const { name, points } of factors) {
    const category = name === 'signatures' ? categoryOfMatches(matched) : CATEGORIES[name];
    const own = name === 'errors' ? points - failures : points;
    if (category !== undefined && own > (heaviest?.points ?? 0)) heaviest = { points: own, category };
  }
  return heaviest?.category ?? 'bot';
}

function categoryOfMatches(matched: readonly SignatureCategory[]): ThreatCategory {
  const kinds = new Set(matched.map((category) => BY_SIGNATURE[category]));
  return GRAVEST.find((kind) => kinds.has(kind)) ?? 'injection';
}
