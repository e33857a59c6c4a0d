// emergency_*: emergencies at the doors. Decisions are node/emergency/; this is their form for pages and commands.
import { equalBytes, fromHex, toHex } from '../../common/bytes.ts';
import { handleOf } from '../../identity/patient/pid.ts';
import { mayAs, type Principal } from '../../rpc/access/principal.ts';
import type { Handlers } from '../../rpc/ports.ts';
import type { EmergencyView } from '../../rpc/schema/emergency.ts';
import type { OpenedKey } from '../emergency/asking.ts';
import type { KnownEmergency } from '../emergency/book.ts';
import type { Emergencies } from '../emergency/emergencies.ts';
import { EmergencyError } from '../emergency/errors.ts';
import type { Patients } from '../patients/patients.ts';
import { type KnownPeople, nameOfAccount } from './account-names.ts';

export type EmergencyHandlers = Pick<
  Handlers,
  'emergency_open' | 'emergency_close' | 'emergency_review' | 'emergency_list'
>;

export interface EmergencyServiceModules {
  readonly emergencies: Emergencies;
  readonly patients: Pick<Patients, 'find'>;
  readonly people: KnownPeople;
  readonly clock: { now(): number };
}

export function emergencyService(
  { clinic }: { readonly clinic: number },
  { emergencies, patients, people, clock }: EmergencyServiceModules,
): EmergencyHandlers {
  const view = (known: KnownEmergency): EmergencyView => {
    const { object, signed, closed, review, reviewer, reviewText } = known;
    const { request } = signed;
    const own = request.clinic === clinic;
    const reviewDue = emergencies.reviewDue(known);
    const ended = clock.now() > reviewDue ? 'overdue' : 'ended';
    return {
      ...{ emergency: toHex(object), clinic: request.clinic, account: toHex(request.account) },
      who: nameOfAccount(people, toHex(request.account)),
      ...{ handle: toHex(request.handle), reason: request.reason, text: request.text },
      ...{ opened: request.opened, ends: request.ends, closed: closed === 0 ? null : closed, reviewDue },
      state: review !== undefined ? 'reviewed' : emergencies.isOpen(known) ? 'open' : ended,
      review:
        review === undefined ? null : { ...review, by: own ? toHex(reviewer) : null, text: own ? reviewText : null },
    };
  };
  return {
    emergency_open: async ({ patient, country, type, reason, text }, { principal }) => {
      if (principal.kind !== 'session' || principal.session.account === null) {
        throw new EmergencyError({ code: 'emergency.role' });
      }
      const { pid } = await patients.find(patient, country, type);
      const { account, factorAt } = principal.session;
      const asked = { account: fromHex(account), handle: handleOf(pid), reason, text, factorAt };
      const { emergency, keys } = await emergencies.open(asked);
      return { ...view(emergency), opens: byChart(keys) };
    },

    emergency_close: async ({ emergency }, { principal }) => {
      const object = fromHex(emergency);
      const known = emergencies.list().find((one) => equalBytes(one.object, object));
      const mine = known !== undefined && isOf(principal, known.signed.request.account);
      if (!mine && !mayAs(principal, 'privacy-officer')) throw new EmergencyError({ code: 'emergency.unknown' });
      return view(await emergencies.close(object));
    },

    emergency_review: async ({ emergency, verdict, text }, { principal }) => {
      const by = principal.kind === 'session' ? principal.session.account : null;
      const reviewer = by === null ? new Uint8Array(32) : fromHex(by);
      return view(await emergencies.review(fromHex(emergency), reviewer, verdict, text));
    },

    emergency_list: async (_, { principal }) => {
      const all = mayAs(principal, 'privacy-officer', 'auditor', 'admin');
      const shown = emergencies.list().filter((one) => all || isOf(principal, one.signed.request.account));
      const { openMs, reviewMs } = emergencies.times;
      return { emergencies: shown.map(view), openMs, reviewMs };
    },
  };
}

function isOf(principal: Principal, account: Uint8Array): boolean {
  return principal.kind === 'session' && principal.session.account === toHex(account);
}

function byChart(keys: readonly OpenedKey[]) {
  const charts = new Map<string, { clinic: number; categories: OpenedKey['category'][] }>();
  for (const { clinic, chart, category } of keys) {
    const found = charts.get(toHex(chart)) ?? { clinic, categories: [] };
    charts.set(toHex(chart), found);
    if (!found.categories.includes(category)) found.categories.push(category);
  }
  return [...charts.values()];
}
