// Any terms, requests and consents, over few enough actors and records that they meet.
import fc from 'fast-check';
import { ROLES } from '../../../consensus/ledger/accounts/types.ts';
import { CATEGORIES } from '../../../records/category.ts';
import type { AccessRequest, EffectiveConsent, Relations, Requester } from '../../../records/consent/access.ts';
import {
  ACCESS_MODES,
  type Actor,
  ALL_DATA,
  PURPOSES,
  type Purpose,
  type Rule,
  type ScopeItem,
  type Span,
  type Terms,
} from '../../../records/consent/terms.ts';
import { DAY, idOf, MOTHER, NOW, PATIENT, relations } from './asking.ts';

const id = fc.constantFrom(idOf('a'), idOf('b'), idOf('c'), PATIENT, MOTHER);
const number = fc.integer({ min: 1, max: 3 });
const role = fc.oneof(
  { arbitrary: fc.constant('doctor' as const), weight: 3 },
  { arbitrary: fc.constantFrom(...ROLES), weight: 1 },
);
const scope = fc.constantFrom('patient/*.rs', 'patient/Observation.r', 'patient/Observation.rs?category=laboratory');

const named: fc.Arbitrary<Exclude<Actor, { kind: 'application' }>> = fc.oneof(
  fc.record({ kind: fc.constant('person' as const), account: id }),
  fc.record({ kind: fc.constant('role' as const), role, clinic: number }, { requiredKeys: ['kind', 'role'] }),
  fc.record({ kind: fc.constant('clinic' as const), clinic: number }),
  fc.record({ kind: fc.constant('organisation' as const), organisation: number }),
);
const actor: fc.Arbitrary<Actor> = fc.oneof(
  { arbitrary: named, weight: 4 },
  {
    arbitrary: fc.record({
      kind: fc.constant('application' as const),
      id,
      scopes: fc.uniqueArray(scope, { maxLength: 3 }),
    }),
    weight: 1,
  },
);
const purpose: fc.Arbitrary<Purpose> = fc.oneof(
  fc.record({ code: fc.constantFrom(...PURPOSES) }),
  fc.record({ code: fc.constant('HRESCH' as const), study: fc.constantFrom('one', 'two') }),
);
export const time = fc.integer({ min: -5, max: 5 }).map((days) => NOW + days * DAY);
const span: fc.Arbitrary<Span> = fc.record({ from: time, until: time }, { requiredKeys: [] });
const label = fc.constantFrom('N', 'R', 'V', 'PSY', 'HIV', 'SDV', 'ETHUD');
const item: fc.Arbitrary<ScopeItem> = fc.oneof(
  fc.record({ kind: fc.constantFrom('record' as const, 'encounter' as const), id }),
  fc.record({ kind: fc.constant('author' as const), author: named }),
);

function some<T>(arbitrary: fc.Arbitrary<T>, maxLength = 3): fc.Arbitrary<T[]> {
  return fc.oneof(
    { arbitrary: fc.constant<T[]>([]), weight: 3 },
    { arbitrary: fc.array(arbitrary, { maxLength }), weight: 1 },
  );
}

const nothing: fc.Arbitrary<Span> = fc.constant({});
export const rule = (effect: fc.Arbitrary<Rule['effect']>): fc.Arbitrary<Rule> =>
  fc.record({
    effect,
    actors: fc.array(actor, { maxLength: 2 }),
    purposes: some(purpose),
    period: fc.oneof({ arbitrary: nothing, weight: 2 }, { arbitrary: span, weight: 1 }),
    data: fc.record({
      categories: some(fc.constantFrom(...CATEGORIES)),
      written: fc.oneof({ arbitrary: nothing, weight: 3 }, { arbitrary: span, weight: 1 }),
      labels: some(label),
      items: some(item),
    }),
  });

const effect = fc.constantFrom('permit' as const, 'deny' as const);
const grantor: fc.Arbitrary<Terms['grantor']> = fc.oneof(
  fc.constant({ kind: 'patient' as const, account: PATIENT }),
  fc.constant({ kind: 'guardian' as const, account: MOTHER }),
  fc.constant({ kind: 'custody' as const, clinic: 1 }),
  fc.record({ kind: fc.constant('custody' as const), clinic: number, account: id }),
);

export const terms = (effects = effect, maxExceptions = 3): fc.Arbitrary<Terms> =>
  fc.record(
    {
      subject: fc.oneof(
        fc.record({ kind: fc.constant('chart' as const), id }),
        fc.record({ kind: fc.constant('patient' as const), handle: id }),
      ),
      grantor,
      givenAt: time,
      mode: fc.constantFrom(...ACCESS_MODES),
      eraseAt: time,
      policy: fc.constantFrom('', 'https://example.org/policy'),
      source: id,
      provision: fc
        .tuple(rule(effects), fc.array(rule(effects), { maxLength: maxExceptions }))
        .map(([base, exceptions]) => ({ ...base, exceptions })),
    },
    { requiredKeys: ['subject', 'grantor', 'givenAt', 'mode', 'policy', 'provision'] },
  );

export const consent = (given = terms()): fc.Arbitrary<EffectiveConsent> =>
  fc.record(
    {
      id: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      terms: given,
      status: fc.constantFrom('active' as const, 'active' as const, 'active' as const, 'revoked' as const),
      ends: time,
    },
    { requiredKeys: ['id', 'terms', 'status'] },
  );

/** Every rule of it denies. */
export const denial = consent(terms(fc.constant('deny')));

/** One rule that limits nothing but whom it names: many of these meet. */
export const plain = (effects = effect): fc.Arbitrary<EffectiveConsent> =>
  consent(
    fc.record({
      subject: fc.constant({ kind: 'patient' as const, handle: PATIENT }),
      grantor,
      givenAt: time,
      mode: fc.constant('store' as const),
      policy: fc.constant(''),
      provision: fc.record({
        effect: effects,
        actors: fc.array(named, { maxLength: 2 }),
        purposes: fc.constant([]),
        period: fc.constant({}),
        data: fc.constant(ALL_DATA),
        exceptions: fc.constant([]),
      }),
    }),
  );
export const permission = consent(terms(fc.constant('permit')));

const requester: fc.Arbitrary<Requester> = fc.record(
  {
    account: id,
    roles: fc.uniqueArray(role, { minLength: 1, maxLength: 2 }),
    clinic: number,
    organisation: number,
    application: fc.record({ id, scopes: fc.constantFrom(['patient/*.rs'], ['user/*.rs', 'patient/Condition.r'], []) }),
  },
  { requiredKeys: ['account', 'roles', 'clinic', 'organisation'] },
);

export const request: fc.Arbitrary<AccessRequest> = fc.record(
  {
    requester,
    purpose: fc.constantFrom(...PURPOSES, 'OTHER'),
    study: fc.constantFrom('one', 'two'),
    mode: fc.constantFrom(...ACCESS_MODES),
    record: fc.oneof(
      fc.record({
        category: fc.constantFrom(...CATEGORIES),
        id,
        kind: fc.constantFrom('Observation', 'Condition'),
        sections: some(fc.constantFrom('laboratory', 'imaging')),
        labels: some(label),
        writtenAt: time,
        encounters: some(id),
        author: fc.record({
          account: id,
          roles: fc.array(role, { maxLength: 1 }),
          clinic: number,
          organisation: number,
        }),
      }),
      fc.record({ category: fc.constantFrom(...CATEGORIES), whole: fc.constant(true as const) }),
    ),
    at: time,
  },
  { requiredKeys: ['requester', 'purpose', 'mode', 'record', 'at'] },
);

export const known: fc.Arbitrary<Relations> = fc.record(
  {
    custodian: fc.constant(relations.custodian),
    patient: fc.constant(PATIENT),
    guardians: fc.constantFrom([], relations.guardians),
    attached: fc.uniqueArray(number, { maxLength: 3 }),
    emergency: fc.record({ account: id, until: time }),
  },
  { requiredKeys: ['custodian', 'guardians', 'attached'] },
);
