// The resources inside a parsed file: a Bundle's entries, or the one resource itself. Owns no judgement of them.
import { resourceTypeOf } from './patient.ts';

export interface Located {
  /** `Bundle.entry.3`, or empty for the file itself. */
  readonly path: string;
  /** Of unknown shape; undefined for an entry that is none. */
  readonly resource: unknown;
}

/** Entries without a resource (a transaction's deletions) are left out; a Bundle inside a Bundle is a resource like others. */
export function* resourcesOf(json: unknown): Generator<Located> {
  if (resourceTypeOf(json) !== 'Bundle') {
    yield { path: '', resource: json };
    return;
  }
  const { entry } = json as { entry?: unknown };
  if (entry === undefined) return;
  if (!Array.isArray(entry)) {
    yield { path: 'Bundle.entry', resource: undefined };
    return;
  }
  for (const [index, item] of entry.entries()) {
    const path = `Bundle.entry.${index}`;
    if (typeof item !== 'object' || item === null) yield { path, resource: undefined };
    else if (Object.hasOwn(item, 'resource')) yield { path, resource: item.resource };
  }
}
