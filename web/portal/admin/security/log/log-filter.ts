// Which judged requests are shown. What was done and since when stand in the address of the page; whose requests, or which
// one a visitor read out, never does: addresses are personal data.
import type { ParamsIn } from '../../../../../rpc/schema/methods.ts';
import type { ActionsView } from '../../../../../rpc/schema/security.ts';
import { SINCE, type Since } from '../../access-log/log-filter.ts';
import { isReference } from '../reference.ts';

export const ACTIONS = ['allow', 'challenge', 'limit', 'refuse'] as const satisfies readonly (keyof ActionsView)[];
/** The log goes back two weeks. */
export const PERIODS = ['hour', 'day', 'week'] as const satisfies readonly Since[];

export interface RequestFilter {
  readonly action: (typeof ACTIONS)[number] | undefined;
  readonly since: (typeof PERIODS)[number] | undefined;
  /** An address, a range, or a reference; empty for all. */
  readonly whose: string;
}

export const NO_FILTER: RequestFilter = { action: undefined, since: undefined, whose: '' };

export type RequestSearch = { readonly [K in 'action' | 'since' | 'after']?: string | undefined };

export function filterOf({ action, since }: RequestSearch, whose: string): RequestFilter {
  return {
    action: ACTIONS.find((one) => one === action),
    since: PERIODS.find((one) => one === since),
    whose,
  };
}

export function searchOf({ action, since }: RequestFilter): RequestSearch {
  return { action, since };
}

export function paramsOf(filter: RequestFilter, after: number | undefined, now: number): ParamsIn<'threat_log'> {
  const { action, since, whose } = filter;
  return {
    limit: 50,
    ...(action === undefined ? {} : { action }),
    ...(since === undefined ? {} : { from: Math.max(0, Math.floor(now - SINCE[since])) }),
    ...(whose === '' ? {} : isReference(whose) ? { reference: whose } : { address: whose }),
    ...(after === undefined ? {} : { after }),
  };
}
