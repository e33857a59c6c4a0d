// May this person read this record for this purpose now? Pure: the same question has the same answer at every custodian.
// Consents speak first; where they are silent, what holds without one: custody, organisation, patient, guardian, emergency.
import { equalBytes } from '../../common/bytes.ts';
import type { AccessRequest, Decision, EffectiveConsent, NewFacts, Relations } from './access.ts';
import { rolesAllow } from './role-rights.ts';
import { scopesCover, scopesReadAnything } from './smart-scopes.ts';
import {
  deciding,
  earliest,
  isEmergency,
  isLive,
  isOrganisationRuleOff,
  type Moment,
  namesOthersForEmergencies,
  type Statement,
  statementOf,
} from './statements.ts';
import { BY_PATIENT, PURPOSES, type PurposeCode } from './terms.ts';

const BASIC: readonly PurposeCode[] = ['TREAT', 'HPAYMT', 'HOPERAT'];
/** `user` speaks of what a person may who uses the application: without one it says nothing. */
const BY_ITSELF = ['patient', 'system'] as const;
const BY_PERSON = ['patient', 'user'] as const;

/** `consents` are those of the patient that this custodian knows, in any order. */
export function decide(request: AccessRequest, consents: readonly EffectiveConsent[], relations: Relations): Decision {
  const { requester } = request;
  if (requester.application === undefined) return decidePerson(request, consents, relations);
  const { application, ...person } = requester;
  const alone = isAlone(request);
  if (!registeredFor(request)) return { permit: false, reason: 'scope' };
  // Through an application nobody reads more than without it. By itself one reads for what a clinic is there for, and no more.
  const own: Decision = alone
    ? byItself(request)
    : decidePerson({ ...request, requester: person }, consents, relations);
  if (!own.permit) return own;
  const named = decideByConsents(request, consents, relations);
  if (!named.permit) return named;
  const eraseAt = earliest([own.eraseAt, named.eraseAt]);
  return { ...named, ...until(earliest([own.until, named.until])), ...(eraseAt === undefined ? {} : { eraseAt }) };
}

/**
 * Whether an application by itself may write this into a chart of its clinic: by what the clinic registered it for, unless a
 * consent shuts out the application or its clinic. Writing gives no right to read.
 */
export function decideWriting(
  request: Omit<AccessRequest, 'record' | 'mode' | 'purpose'>,
  { action, facts }: { readonly action: 'c' | 'u'; readonly facts: NewFacts },
  consents: readonly EffectiveConsent[],
  relations: Relations,
): Decision {
  const { category, kind: type, sections } = facts;
  const scopes = request.requester.application?.scopes ?? [];
  if (!scopesCover(scopes, { action, type, sections }, BY_ITSELF)) return { permit: false, reason: 'scope' };
  const asked: AccessRequest = {
    ...{ ...request, purpose: 'TREAT', mode: 'view' },
    record: { category, whole: true },
  };
  const statements = statementsAt(request.at, asked, 'TREAT', consents, relations);
  const denial = statements.find(({ effect, depth }) => effect === 'deny' && depth > 0);
  if (denial === undefined) return { permit: true, reason: 'custody' };
  return { permit: false, reason: 'denied-by-consent', consent: denial.consent.id };
}

/** Of an application that no person uses. */
function isAlone({ requester }: Pick<AccessRequest, 'requester'>): boolean {
  return requester.account.every((byte) => byte === 0);
}

function byItself({ purpose }: AccessRequest): Decision {
  const known = PURPOSES.find((code) => code === purpose);
  if (known === undefined) return { permit: false, reason: 'purpose-unknown' };
  return BASIC.includes(known) ? { permit: true, reason: 'consent' } : { permit: false, reason: 'role' };
}

/** What its clinic lets the application have, before any consent. */
function registeredFor({ requester, record }: AccessRequest): boolean {
  const contexts = isAlone({ requester }) ? BY_ITSELF : BY_PERSON;
  const scopes = requester.application?.scopes ?? [];
  if ('whole' in record) return scopesReadAnything(scopes, contexts);
  return scopesCover(scopes, { action: 'r', type: record.kind, sections: record.sections }, contexts);
}

function decidePerson(request: AccessRequest, consents: readonly EffectiveConsent[], relations: Relations): Decision {
  const { requester, record, at } = request;
  const purpose = PURPOSES.find((code) => code === request.purpose);
  if (purpose === undefined) return { permit: false, reason: 'purpose-unknown' };
  if (!rolesAllow(requester.roles, purpose, record.category)) return { permit: false, reason: 'role' };
  if (isEmergency(purpose) && !hasEmergency(request, relations)) return { permit: false, reason: 'no-emergency' };
  const statements = statementsAt(at, request, purpose, consents, relations);
  const decided = deciding(statements);
  if (decided?.effect === 'permit') return permitted(decided);
  const relation = byRelation(request, purpose, consents, relations);
  if (decided === undefined)
    return relation.permit ? relation : refused(request, purpose, consents, relations, relation);
  // Whom a denial names it shuts out. One for everybody leaves the clinic its own chart and those their say who gave it.
  const named = statements.some(({ effect, depth }) => effect === 'deny' && depth > 0);
  const own = ['custody', 'guardian', 'delegate'].includes(relation.reason);
  if (relation.permit && (relation.reason === 'patient' || (own && !named))) return relation;
  return { permit: false, reason: 'denied-by-consent', consent: decided.consent.id };
}

/** For an application: no relation speaks for it. */
function decideByConsents(
  request: AccessRequest,
  consents: readonly EffectiveConsent[],
  relations: Relations,
): Decision {
  const purpose = PURPOSES.find((code) => code === request.purpose);
  if (purpose === undefined) return { permit: false, reason: 'purpose-unknown' };
  const decided = deciding(statementsAt(request.at, request, purpose, consents, relations));
  if (decided?.effect === 'permit') return permitted(decided);
  if (decided !== undefined) return { permit: false, reason: 'denied-by-consent', consent: decided.consent.id };
  return refused(request, purpose, consents, relations, { permit: false, reason: 'no-consent' });
}

function byRelation(
  { requester, record, at }: AccessRequest,
  purpose: PurposeCode,
  consents: readonly EffectiveConsent[],
  relations: Relations,
): Decision {
  const { custodian, patient, guardians, attached, emergency } = relations;
  const { account, clinic, organisation } = requester;
  if (BY_PATIENT.includes(purpose)) {
    const self = purpose === 'PATRQT' && patient !== undefined && equalBytes(patient, account);
    if (self) return { permit: true, reason: 'patient' };
    const guardian = guardians.find((one) => one.mayRead && equalBytes(one.account, account) && isLive(one, at));
    if (guardian !== undefined) {
      return { permit: true, reason: guardian.chosen ? 'delegate' : 'guardian', ...until(guardian.until) };
    }
  }
  if (BASIC.includes(purpose) && clinic === custodian.clinic) return { permit: true, reason: 'custody' };
  const branches = clinic !== undefined && attached.includes(clinic) && attached.includes(custodian.clinic);
  if (purpose === 'TREAT' && branches && organisation === custodian.organisation) {
    const off = consents.some((consent) => isOrganisationRuleOff(consent, relations, at));
    if (!off) return { permit: true, reason: 'organisation' };
  }
  if (isEmergency(purpose)) {
    const request = { requester, record, at, purpose, mode: 'view' } as const;
    if (consents.some((consent) => namesOthersForEmergencies(consent, request, relations))) {
      return { permit: false, reason: 'not-listed' };
    }
    return { permit: true, reason: 'emergency', ...until(emergency?.until) };
  }
  return { permit: false, reason: 'no-consent' };
}

/** Says which of the reasons for silence is worth saying. */
function refused(
  request: AccessRequest,
  purpose: PurposeCode,
  consents: readonly EffectiveConsent[],
  relations: Relations,
  reason: Decision,
): Decision {
  if (reason.reason !== 'no-consent') return reason;
  const viewing = deciding(statementsAt(request.at, { ...request, mode: 'view' }, purpose, consents, relations));
  if (viewing?.effect === 'permit') return { permit: false, reason: 'mode', consent: viewing.consent.id };
  const barred = consents
    .filter(({ status }) => status === 'void')
    .map((one) => ({ ...one, status: 'active' as const }));
  const given = deciding(statementsAt(request.at, request, purpose, barred, relations));
  if (given?.effect === 'permit') return { permit: false, reason: 'taken-over', consent: given.consent.id };
  const ever = deciding(statementsAt(undefined, request, purpose, consents, relations));
  if (ever?.effect === 'permit') return { permit: false, reason: 'consent-ended', consent: ever.consent.id };
  return reason;
}

function statementsAt(
  moment: Moment,
  request: AccessRequest,
  purpose: PurposeCode,
  consents: readonly EffectiveConsent[],
  relations: Relations,
): readonly Statement[] {
  return consents
    .map((consent) => statementOf(consent, request, purpose, relations, moment))
    .filter((statement) => statement !== undefined);
}

function permitted({ consent, until: end }: Statement): Decision {
  const { eraseAt } = consent.terms;
  return {
    permit: true,
    reason: 'consent',
    consent: consent.id,
    ...until(end),
    ...(eraseAt === undefined ? {} : { eraseAt }),
  };
}

function hasEmergency({ requester, at }: AccessRequest, { emergency }: Relations): boolean {
  return emergency !== undefined && equalBytes(emergency.account, requester.account) && at < emergency.until;
}

function until(time: number | undefined): { readonly until?: number } {
  return time === undefined ? {} : { until: time };
}
