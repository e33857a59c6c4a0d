// consent_*: the form of requests and consents at the doors. What they do is node/charts.
import { fromHex, toHex } from '../../common/bytes.ts';
import { codeOf } from '../../common/errors.ts';
import { handleOf } from '../../identity/patient/pid.ts';
import { encounterId } from '../../records/chart/content-facts.ts';
import { actorOf, recipientOf } from '../../records/consent/actor.ts';
import { passedOnFrom } from '../../records/consent/delegation.ts';
import {
  type Actor,
  type DataScope,
  isNarrowed,
  isOrganisationRuleOff,
  type ScopeItem,
} from '../../records/consent/terms.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { ConsentEntry, ConsentRequest } from '../../rpc/schema/consent.ts';
import type { Params } from '../../rpc/schema/methods.ts';
import type { Charts } from '../charts/charts.ts';
import { ChartError } from '../charts/errors.ts';
import { type AccessLogPort, accessOf, type KnownTerms } from '../charts/ports.ts';
import type { Person } from '../charts/reading.ts';
import type { KnownRequest } from '../charts/requests.ts';
import type { ChainReader } from './chain-reader.ts';
import { type ChartPatients, personOf } from './chart-patients.ts';

export type ConsentHandlers = Pick<
  Handlers,
  | 'consent_request'
  | 'consent_delegate'
  | 'consent_grant'
  | 'consent_deny'
  | 'consent_organisation'
  | 'consent_revoke'
  | 'consent_list'
  | 'consent_requests'
>;

export interface ConsentServiceModules {
  readonly charts: Charts;
  readonly patients: ChartPatients;
  readonly log: AccessLogPort;
  readonly reader: Pick<ChainReader, 'standing'>;
}

export function consentService(
  options: { readonly clinic: number; readonly organisation: number },
  { charts, patients, log, reader }: ConsentServiceModules,
): ConsentHandlers {
  const { granting, requests, writing } = charts;

  return {
    consent_request: async ({ clinic: writer, categories, purpose, until, reason, ...lookup }, context) => {
      const { handle, person } = await patients.found(lookup, context);
      const role = person.roles.find((one) => one === 'doctor' || one === 'nurse') ?? 'doctor';
      const asked = {
        writer,
        handle,
        clinic: options.clinic,
        account: person.account,
        role,
        purpose,
        categories,
        until,
      };
      await log.append({
        ...{ ...accessOf(options, person, handle, purpose), writer },
        ...{ action: 'request', reason: 'no-consent', records: [] },
      });
      const made = await requests.make({ ...asked, reason: reason.normalize('NFC') });
      return { request: toHex(made.request), statement: toHex(made.statement), status: await statusOf(made.statement) };
    },
    consent_delegate: async ({ clinic: writer, to, categories, purpose, until, reason, ...lookup }, context) => {
      const { handle, person } = await patients.found(lookup, context);
      const role = person.roles.find((one) => one === 'doctor' || one === 'nurse') ?? 'doctor';
      const asked = { writer, handle, clinic: options.clinic, account: person.account, role, purpose };
      await log.append({
        ...{ ...accessOf(options, person, handle, purpose), writer },
        ...{ action: 'request', reason: 'consent', records: [] },
      });
      const about = { categories, until, reason: reason.normalize('NFC'), delegate: fromHex(to) };
      const made = await requests.make({ ...asked, ...about });
      return { request: toHex(made.request), statement: toHex(made.statement), status: await statusOf(made.statement) };
    },

    consent_grant: (params, context) => give(params, params.mode, 'permit', context),
    consent_deny: (params, context) => give(params, 'view', 'deny', context),

    consent_organisation: async ({ on, ...lookup }, context) => {
      const { pid, handle, person } = await patients.treated(lookup, context);
      const done = await audited(person, handle, on ? 'revoke' : 'deny', 'TREAT', () =>
        granting.organisationRule(writing.ref(pid, handle), on, nameOf(person)),
      );
      for (const { consent: grant } of done) {
        await log.append({
          ...accessOf(options, person, handle, 'TREAT'),
          ...{ action: on ? 'revoke' : 'deny', reason: 'custody', records: [], grant },
        });
      }
      return {
        changed: await Promise.all(
          done.map(async ({ consent, statement }) => ({
            ...{ consent: toHex(consent), statement: toHex(statement), status: await statusOf(statement) },
          })),
        ),
      };
    },

    consent_revoke: async ({ consent }, context) => {
      const object = fromHex(consent);
      const given = await charts.store.given(object);
      if (given === undefined) throw new ChartError({ code: 'consent.unknown' });
      const { statement } = await audited(personOf(context), given.handle, 'revoke', '', () => granting.revoke(object));
      await log.append({
        ...accessOf(options, personOf(context), given.handle, ''),
        ...{ action: 'revoke', reason: 'custody', records: [], grant: object },
      });
      return { statement: toHex(statement), status: await statusOf(statement) };
    },

    consent_list: async (lookup, context) => {
      const { pid, handle } = await patients.found(lookup, context);
      const known = await granting.list(writing.ref(pid, handle));
      const about = (await requests.list()).filter(({ request }) => toHex(request.handle) === toHex(handle));
      return { pid, consents: known.map(consentView), requests: about.map(requestView) };
    },

    consent_requests: async ({ state }) => {
      const found = (await requests.list()).filter((one) => state === undefined || one.state === state);
      return { requests: found.map(requestView) };
    },
  };

  async function give(
    params: Params<'consent_deny'>,
    mode: 'view' | 'store',
    effect: 'permit' | 'deny',
    context: Parameters<ConsentHandlers['consent_deny']>[1],
  ) {
    const { to, categories, purposes, until, request, data, ...lookup } = params;
    const { pid, handle, person } = await patients.treated(lookup, context);
    const asked = request === undefined ? undefined : await requests.open(fromHex(request));
    if (asked !== undefined && toHex(asked.request.handle) !== toHex(handleOf(pid))) {
      throw new ChartError({ code: 'consent.unknown' });
    }
    const ref = writing.ref(pid, handle);
    const scope = data && scopeOf(ref.chart, data);
    const terms = { effect, actor: recipientOf(to), purposes, categories, data: scope, ends: until, mode };
    const made = await audited(person, handle, effect === 'permit' ? 'grant' : 'deny', purposes[0], () =>
      granting.give(ref, { ...terms, by: nameOf(person) }),
    );
    if (asked !== undefined) {
      await requests.answered(asked.object, effect === 'permit' ? 'granted' : 'denied', made.consent);
    }
    await log.append({
      ...accessOf(options, person, handle, purposes[0]),
      ...{ action: effect === 'permit' ? 'grant' : 'deny', reason: 'custody', records: [], grant: made.consent },
    });
    return { consent: toHex(made.consent), statement: toHex(made.statement), status: await statusOf(made.statement) };
  }

  /** What this clinic may no longer decide is written down as what it does decide. */
  async function audited<T>(
    person: Person,
    handle: Uint8Array,
    action: 'grant' | 'deny' | 'revoke',
    purpose: string,
    decide: () => Promise<T>,
  ): Promise<T> {
    return decide().catch(async (error) => {
      if (codeOf(error) === 'consent.taken-over') {
        const access = { ...accessOf(options, person, handle, purpose), outcome: 'refused' as const, records: [] };
        await log.append({ ...access, action, reason: 'taken-over' });
      }
      throw error;
    });
  }

  async function statusOf(statement: Uint8Array) {
    const { status } = await reader.standing(statement);
    return status === 'unknown' ? 'queued' : status;
  }
}

/** Undefined: the operator of the clinic. */
function nameOf({ account }: Person): Uint8Array | undefined {
  return account.some((byte) => byte !== 0) ? account : undefined;
}

function scopeOf(chart: Uint8Array, given: NonNullable<Params<'consent_deny'>['data']>): Omit<DataScope, 'categories'> {
  const { records = [], encounters = [], authors = [], labels = [], from, until } = given;
  const items: ScopeItem[] = [
    ...records.map((id) => ({ kind: 'record' as const, id: fromHex(id) })),
    ...encounters.map((reference) => ({ kind: 'encounter' as const, id: encounterId(chart, reference) })),
    ...authors.map((author) => ({ kind: 'author' as const, author: actorOf(author) })),
  ];
  const written = { ...(from === undefined ? {} : { from }), ...(until === undefined ? {} : { until }) };
  return { written, labels, items };
}

function consentView({ object, terms, status, ends }: KnownTerms): ConsentEntry {
  const { provision, givenAt, mode } = terms;
  return {
    ...{ consent: toHex(object), effect: provision.effect, to: provision.actors.map(actorText), given: givenAt, ends },
    categories: [...provision.data.categories],
    purposes: provision.purposes.map(({ code }) => code),
    ...{ narrowed: isNarrowed(terms), organisationRuleOff: isOrganisationRuleOff(terms) },
    passedOn: passedOnFrom(terms) !== undefined,
    ...{ mode, state: status },
  };
}

function actorText(actor: Actor): string {
  switch (actor.kind) {
    case 'clinic':
      return `clinic ${actor.clinic}`;
    case 'organisation':
      return `organisation ${actor.organisation}`;
    case 'role':
      return `${actor.role} at clinic ${actor.clinic ?? '*'}`;
    case 'person':
      return `account ${toHex(actor.account)}`;
    case 'application':
      return `application ${toHex(actor.id)}`;
  }
}

function requestView({ object, request, state, at }: KnownRequest): ConsentRequest {
  const { writer, clinic, handle, account, role, purpose, categories, until, reason, delegate } = request;
  return {
    ...{ request: toHex(object), writer, clinic, handle: toHex(handle), account: toHex(account), role, purpose },
    ...{ categories: [...categories], until, reason, state, at },
    delegate: delegate === undefined ? null : toHex(delegate),
  };
}
