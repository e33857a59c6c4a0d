// Whether one rule of a consent speaks about a request: actor, purpose, time and data. Owns no precedence: decide.ts does.
// Of a whole category nothing but the category is known: a permission then matches when it could, a denial when it must.
import { equalBytes, toHex } from '../../common/bytes.ts';
import { labelsDeny, labelsPermit, sensitivityOf } from '../sensitivity.ts';
import type { AccessRequest, RecordAuthor, RecordFacts, Requester, WholeCategory } from './access.ts';
import { scopesCover, scopesReadAnything } from './smart-scopes.ts';
import type { Actor, DataScope, PurposeCode, Rule, ScopeItem, Span } from './terms.ts';

/** Clocks of two clinics may be this far apart: a permission begins so much early, a denial also ends so much late. */
export const CLOCK_SKEW_MS = 120_000;

/** What a permission without purposes is for: the three that PCF calls basic. */
const BASIC: readonly PurposeCode[] = ['TREAT', 'HPAYMT', 'HOPERAT'];

/** How closely a rule names the requester; the deepest rule decides. */
const DEPTH: Readonly<Record<Actor['kind'], number>> = {
  organisation: 1,
  clinic: 2,
  role: 3,
  person: 4,
  application: 4,
};

export interface ActorMatch {
  /** 0 for a rule that names nobody. */
  readonly depth: number;
  /** The same text for the same actor. */
  readonly key: string;
}

/** The closest naming of the requester, or of its application where there is one. */
export function matchActor({ actors, effect }: Rule, request: AccessRequest): ActorMatch | undefined {
  const { requester } = request;
  // An application is permitted by name alone.
  if (actors.length === 0) {
    return requester.application === undefined || effect === 'deny' ? { depth: 0, key: '*' } : undefined;
  }
  let closest: ActorMatch | undefined;
  for (const actor of actors) {
    if (!isActor(actor, request, effect)) continue;
    const match = { depth: DEPTH[actor.kind], key: actorKey(actor) };
    if (closest === undefined || match.depth > closest.depth) closest = match;
  }
  return closest;
}

export function matchPurpose({ purposes, effect }: Rule, code: PurposeCode, study: string | undefined): boolean {
  if (purposes.length === 0) return effect === 'deny' || BASIC.includes(code);
  return purposes.some(
    (purpose) =>
      purpose.code === code &&
      (purpose.study === undefined || purpose.study === study || (effect === 'deny' && study === undefined)),
  );
}

/** Fails closed at both ends: no clock lengthens a permission or shortens a denial. */
export function matchPeriod(effect: Rule['effect'], { from, until }: Span, at: number): boolean {
  const late = effect === 'deny' ? CLOCK_SKEW_MS : 0;
  return (from === undefined || at >= from - CLOCK_SKEW_MS) && (until === undefined || at < until + late);
}

export function matchData(data: DataScope, effect: Rule['effect'], record: RecordFacts | WholeCategory): boolean {
  const { categories, written, labels, items } = data;
  if (categories.length > 0 && !categories.includes(record.category)) return false;
  if ('whole' in record) {
    const narrow = written.from !== undefined || written.until !== undefined || labels.length > 0 || items.length > 0;
    return effect === 'permit' || !narrow;
  }
  if (written.from !== undefined && record.writtenAt < written.from) return false;
  if (written.until !== undefined && record.writtenAt >= written.until) return false;
  if (labels.length > 0) {
    const sensitivity = sensitivityOf(record.category, record.labels);
    if (!(effect === 'permit' ? labelsPermit : labelsDeny)(labels, sensitivity)) return false;
  }
  return items.length === 0 || items.some((item) => isItem(item, record));
}

function isActor(actor: Actor, { requester, record }: AccessRequest, effect: Rule['effect']): boolean {
  if (requester.application === undefined) return actor.kind !== 'application' && names(actor, requester);
  if (actor.kind !== 'application') return effect === 'deny' && names(actor, requester);
  if (!equalBytes(actor.id, requester.application.id)) return false;
  if (effect === 'deny') return true;
  if ('whole' in record) return scopesReadAnything(actor.scopes);
  return scopesCover(actor.scopes, { action: 'r', type: record.kind, sections: record.sections });
}

export type Somebody = Pick<Requester, 'roles' | 'clinic' | 'organisation'> & { readonly account?: Uint8Array };

export function names(actor: Exclude<Actor, { kind: 'application' }>, who: Somebody): boolean {
  switch (actor.kind) {
    case 'person':
      return who.account !== undefined && equalBytes(actor.account, who.account);
    case 'role':
      return who.roles.includes(actor.role) && (actor.clinic === undefined || actor.clinic === who.clinic);
    case 'clinic':
      return actor.clinic === who.clinic;
    case 'organisation':
      return actor.organisation === who.organisation;
  }
}

function isItem(item: ScopeItem, record: RecordFacts): boolean {
  if (item.kind === 'record') return equalBytes(item.id, record.id);
  if (item.kind === 'author') return names(item.author, record.author satisfies RecordAuthor);
  // The encounter itself belongs to it.
  return equalBytes(item.id, record.id) || record.encounters.some((id) => equalBytes(id, item.id));
}

function actorKey(actor: Actor): string {
  switch (actor.kind) {
    case 'person':
      return `person ${toHex(actor.account)}`;
    case 'role':
      return `role ${actor.role} ${actor.clinic ?? ''}`;
    case 'clinic':
      return `clinic ${actor.clinic}`;
    case 'organisation':
      return `organisation ${actor.organisation}`;
    case 'application':
      return `application ${toHex(actor.id)}`;
  }
}
