// How the starter set is written down: one row a signature, patterns in the form of glob.ts.

import type {
  SignatureCategory,
  SignatureField,
  SignatureSeverity,
  SignatureView,
} from '../../../common/threat-names.ts';
import { parseGlob } from '../glob.ts';
import type { Condition, Signature } from '../signature.ts';

export interface Group {
  readonly name: string;
  readonly category: SignatureCategory;
  readonly severity: SignatureSeverity;
  readonly points: number;
  readonly fields: readonly SignatureField[];
  readonly view: SignatureView;
  /** In the form of glob.ts; an array is several conditions on the same fields. */
  readonly patterns: readonly (string | readonly string[])[];
}

/** Where a client writes freely what an application may evaluate. */
export const INPUTS: readonly SignatureField[] = ['path', 'query', 'body', 'cookie'];
/** Moreover what applications log. */
export const LOGGED: readonly SignatureField[] = ['path', 'query', 'body', 'user-agent', 'referer', 'cookie'];

/** Numbered inside the group; every pattern of an array must hold. */
export function signaturesOf(group: Group): Signature[] {
  const { name, category, severity, points, fields, view } = group;
  return group.patterns.map((pattern, i) => {
    const globs = typeof pattern === 'string' ? [pattern] : pattern;
    const conditions = globs.map((glob): Condition => ({ fields, view, ...parseGlob(glob) }));
    const named = `${name}-${i + 1}`;
    const facts = { category, severity, points, conditions, detectedAt: 0, sources: 0, requests: 0 };
    return { id: `starter/${named}`, name: named, ...facts, effectiveFrom: 0 };
  });
}
