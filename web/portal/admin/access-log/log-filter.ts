// Which entries of the event log are shown, as the address has it. What calls were about may name a patient, so it never
// stands there.
import type { ParamsIn } from '../../../../rpc/schema/methods.ts';

export interface LogFilter {
  readonly outcome: 'permitted' | 'refused' | undefined;
  readonly method: string;
  readonly since: Since | undefined;
  /** User or API key. */
  readonly user: string | undefined;
  readonly object: string;
}

const HOUR_MS = 3_600_000;
export const SINCE = { hour: HOUR_MS, day: 24 * HOUR_MS, week: 168 * HOUR_MS, month: 720 * HOUR_MS } as const;
export type Since = keyof typeof SINCE;
export const OUTCOMES = ['permitted', 'refused'] as const;
export const NO_FILTER: LogFilter = { outcome: undefined, method: '', since: undefined, user: undefined, object: '' };

export type LogSearch = { readonly [K in 'outcome' | 'method' | 'since' | 'user' | 'after']?: string | undefined };

export function filterOf({ outcome, method, since, user }: LogSearch, object: string): LogFilter {
  return {
    outcome: OUTCOMES.find((one) => one === outcome),
    method: method ?? '',
    since: since !== undefined && Object.hasOwn(SINCE, since) ? (since as Since) : undefined,
    user: /^(?:[0-9a-f]{2}){1,16}$/.test(user ?? '') ? user : undefined,
    object,
  };
}

export function searchOf({ outcome, method, since, user }: LogFilter): LogSearch {
  return { outcome, since, user, method: method === '' ? undefined : method };
}

export function paramsOf(filter: LogFilter, after: number | undefined, now: number): ParamsIn<'admin_accessLog'> {
  const { outcome, method, since, user, object } = filter;
  return {
    limit: 50,
    ...(outcome === undefined ? {} : { outcome }),
    ...(method === '' ? {} : { method }),
    ...(since === undefined ? {} : { from: Math.max(0, Math.floor(now - SINCE[since])) }),
    ...(user === undefined ? {} : { user }),
    ...(object === '' ? {} : { object }),
    ...(after === undefined ? {} : { after }),
  };
}
