// Pages of a TAXII 2.1 collection over the sequence of changes. A place in it is a time stamp that no two objects share, so
// that paging by `next` and by `added_after` are one, and neither loses what is written meanwhile: what changes moves ahead.
import { STEP } from './change-log.ts';
import type { Listed } from './crowdsec.ts';
import { type PlacedObject, type StixContext, stixObjects, versionOf } from './stix.ts';

export interface TaxiiQuery {
  /** µs since 1970; only what was added later. */
  readonly after: number;
  readonly limit: number;
  readonly ids: readonly string[] | undefined;
  readonly types: readonly string[] | undefined;
  readonly specVersions: readonly string[] | undefined;
  /** Versions by their time stamps; `first`, `last` and `all` are the one that is kept. */
  readonly versions: readonly string[] | undefined;
}

export interface TaxiiPage {
  readonly objects: readonly PlacedObject[];
  readonly more: boolean;
}

const ANY_VERSION = ['all', 'first', 'last'];

export function taxiiPage(context: StixContext, feed: Pick<Listed, 'since'>, query: TaxiiQuery): TaxiiPage {
  const found: PlacedObject[] = [];
  // From the start, so that objects that many changes need are where they always are.
  const entries = feed.since(query.after - STEP).length === 0 ? [] : feed.since(0);
  for (const placed of stixObjects(context, entries, query.after)) {
    if (!matches(placed, query)) continue;
    if (found.length === query.limit) return { objects: found, more: true };
    found.push(placed);
  }
  return { objects: found, more: false };
}

function matches({ object }: PlacedObject, { ids, types, specVersions, versions }: TaxiiQuery): boolean {
  if (ids !== undefined && !ids.includes(object.id)) return false;
  if (types !== undefined && !types.includes(object.type)) return false;
  if (specVersions !== undefined && !specVersions.includes('2.1')) return false;
  if (versions === undefined) return true;
  const version = Date.parse(versionOf(object));
  return versions.some((wanted) => ANY_VERSION.includes(wanted) || Date.parse(wanted) === version);
}
