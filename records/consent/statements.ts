// What each consent says about one request, and which of several that say something decides.
import { compareBytes, equalBytes } from '../../common/bytes.ts';
import type { Category } from '../category.ts';
import type { AccessRequest, EffectiveConsent, Guardian, Relations } from './access.ts';
import { passedOnFrom } from './delegation.ts';
import { type ActorMatch, matchActor, matchData, matchPeriod, matchPurpose, names, type Somebody } from './match.ts';
import {
  isAboutRules,
  ORGANISATION_RULE_OFF,
  type Provision,
  type PurposeCode,
  type Rule,
  type Terms,
} from './terms.ts';

export interface Statement extends ActorMatch {
  readonly effect: Rule['effect'];
  readonly consent: EffectiveConsent;
  /** What the patient, a guardian or whoever took over says stands above what the custodian does. */
  readonly rank: number;
  readonly until: number | undefined;
}

/** At which moment consents are looked at; `undefined` asks what they would say if none had begun late, ended or been revoked. */
export type Moment = number | undefined;

/** Nothing for a consent that is silent about the request. */
export function statementOf(
  consent: EffectiveConsent,
  request: AccessRequest,
  purpose: PurposeCode,
  relations: Relations,
  moment: Moment,
): Statement | undefined {
  const { terms, status, ends } = consent;
  const { provision } = terms;
  if (moment !== undefined && status !== 'active') return undefined;
  if (isAboutRules(terms)) return undefined;
  const rules: readonly (readonly Rule[])[] = [
    provision.exceptions.map((exception) => inherit(provision, exception)),
    [provision],
  ];
  for (const level of rules) {
    const found: Statement[] = [];
    for (const rule of level) {
      const { effect } = rule;
      if (!hasAuthority(consent, effect, relations, moment)) continue;
      const periods = [provision.period, rule.period, { until: ends }];
      if (moment !== undefined && !periods.every((period) => matchPeriod(effect, period, moment))) continue;
      if (effect === 'permit' && request.mode === 'store' && terms.mode !== 'store') continue;
      if (!matchPurpose(rule, purpose, request.study) || !matchData(rule.data, effect, request.record)) continue;
      const match = matchActor(rule, request);
      if (match === undefined) continue;
      const until = earliest(periods.map((period) => period.until));
      found.push({ ...match, effect, consent, rank: terms.grantor.kind === 'custody' ? 0 : 1, until });
    }
    // Of one consent's rules on one level a denial wins.
    const denials = found.filter(({ effect }) => effect === 'deny');
    if (found.length > 0) return closest(denials.length > 0 ? denials : found);
  }
  return undefined;
}

/**
 * Of all statements the one that decides: the patient's before the custodian's; of those about the same actor the newest;
 * of what is left the closest to the requester; and of equally close ones a denial. What was passed on says nothing against a
 * denial that names the requester, however widely: whoever passes on decides less than who shut out.
 */
export function deciding(all: readonly Statement[]): Statement | undefined {
  const named = all.some(({ effect, depth }) => effect === 'deny' && depth > 0);
  const statements = named ? all.filter((one) => one.effect === 'deny' || !isPassedOn(one)) : all;
  const rank = Math.max(...statements.map((statement) => statement.rank));
  const newest = new Map<string, Statement>();
  for (const statement of statements) {
    if (statement.rank !== rank) continue;
    const other = newest.get(statement.key);
    if (other === undefined || isNewer(statement, other)) newest.set(statement.key, statement);
  }
  let first: Statement | undefined;
  for (const statement of newest.values()) {
    if (first === undefined || isStronger(statement, first)) first = statement;
  }
  return first;
}

/** Whether terms shut out one of these by name, role, clinic or organisation, from whichever records of the categories. */
export function shutsOut(
  { policy, provision }: Pick<Terms, 'policy' | 'provision'>,
  who: readonly Somebody[],
  about: { readonly categories: readonly Category[]; readonly purpose: PurposeCode },
): boolean {
  if (isAboutRules({ policy })) return false;
  return [provision, ...provision.exceptions.map((exception) => inherit(provision, exception))].some(
    (rule) =>
      rule.effect === 'deny' &&
      matchPurpose(rule, about.purpose, undefined) &&
      (rule.data.categories.length === 0 || rule.data.categories.some((one) => about.categories.includes(one))) &&
      rule.actors.some((actor) => actor.kind !== 'application' && who.some((one) => names(actor, one))),
  );
}

/** Whether somebody else was named for the emergency purposes in what covers the record. */
export function namesOthersForEmergencies(
  consent: EffectiveConsent,
  request: AccessRequest,
  relations: Relations,
): boolean {
  const { provision } = consent.terms;
  if (consent.status !== 'active' || isAboutRules(consent.terms)) return false;
  return [provision, ...provision.exceptions.map((exception) => inherit(provision, exception))].some(
    (rule) =>
      rule.effect === 'permit' &&
      rule.actors.length > 0 &&
      rule.purposes.some(({ code }) => isEmergency(code)) &&
      hasAuthority(consent, 'permit', relations, request.at) &&
      [provision.period, rule.period, { until: consent.ends }].every((p) => matchPeriod('permit', p, request.at)) &&
      matchData(rule.data, 'permit', request.record),
  );
}

/** Whether somebody who may say so switched off that branches of one organisation read each other's. */
export function isOrganisationRuleOff(consent: EffectiveConsent, relations: Relations, at: number): boolean {
  const { terms, status, ends } = consent;
  return (
    terms.policy === ORGANISATION_RULE_OFF &&
    status === 'active' &&
    hasAuthority(consent, 'deny', relations, at) &&
    [terms.provision.period, { until: ends }].every((period) => matchPeriod('deny', period, at))
  );
}

export function isEmergency(code: PurposeCode): boolean {
  return code === 'ETREAT' || code === 'BTG';
}

export function isLive(guardian: Guardian, at: number): boolean {
  return (guardian.from === undefined || at >= guardian.from) && (guardian.until === undefined || at < guardian.until);
}

/** What an exception leaves open is as in its provision. */
function inherit(provision: Provision, exception: Rule): Rule {
  const { data } = exception;
  const written = data.written.from !== undefined || data.written.until !== undefined;
  return {
    effect: exception.effect,
    actors: exception.actors.length > 0 ? exception.actors : provision.actors,
    purposes: exception.purposes.length > 0 ? exception.purposes : provision.purposes,
    period: exception.period,
    data: {
      categories: data.categories.length > 0 ? data.categories : provision.data.categories,
      written: written ? data.written : provision.data.written,
      labels: data.labels.length > 0 ? data.labels : provision.data.labels,
      items: data.items.length > 0 ? data.items : provision.data.items,
    },
  };
}

/** A guardian's word counts where it was given in time; what it permits ends with the guardianship. */
function hasAuthority(
  { terms }: EffectiveConsent,
  effect: Rule['effect'],
  relations: Relations,
  moment: Moment,
): boolean {
  const { grantor, givenAt } = terms;
  if (grantor.kind === 'custody') return grantor.clinic === relations.custodian.clinic;
  if (grantor.kind === 'take-over') return relations.takenOver === true;
  if (grantor.kind === 'patient') {
    return relations.patient !== undefined && equalBytes(relations.patient, grantor.account);
  }
  return relations.guardians.some(
    (guardian) =>
      equalBytes(guardian.account, grantor.account) &&
      isLive(guardian, givenAt) &&
      (effect === 'deny' || moment === undefined || isLive(guardian, moment)),
  );
}

function isNewer(a: Statement, b: Statement): boolean {
  const given = a.consent.terms.givenAt - b.consent.terms.givenAt;
  if (given !== 0) return given > 0;
  if (a.effect !== b.effect) return a.effect === 'deny';
  return compareBytes(a.consent.id, b.consent.id) < 0;
}

function isPassedOn({ consent }: Statement): boolean {
  return passedOnFrom(consent.terms) !== undefined;
}

function isStronger(a: Statement, b: Statement): boolean {
  if (a.depth !== b.depth) return a.depth > b.depth;
  return a.effect === b.effect ? isNewer(a, b) : a.effect === 'deny';
}

/** Of equally close ones that which lasts longest. */
function closest(statements: readonly Statement[]): Statement {
  const lasts = ({ until }: Statement) => until ?? Number.POSITIVE_INFINITY;
  return statements.reduce((a, b) => (b.depth > a.depth || (b.depth === a.depth && lasts(b) > lasts(a)) ? b : a));
}

export function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
