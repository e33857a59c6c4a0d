// Which accesses to records are shown, as the address has it. Patient and person may be looked for, and never stand there.
import { type AccessArea, accessArea } from '../../../../rpc/schema/audit.ts';
import type { ParamsIn } from '../../../../rpc/schema/methods.ts';
import { OUTCOMES, SINCE, type Since } from '../access-log/log-filter.ts';

export interface AccessFilter {
  readonly area: AccessArea | undefined;
  readonly outcome: (typeof OUTCOMES)[number] | undefined;
  readonly since: Since | undefined;
  /** An identity number or a PID, as typed. */
  readonly patient: string;
}

export const NO_FILTER: AccessFilter = { area: undefined, outcome: undefined, since: undefined, patient: '' };

export type AccessSearch = { readonly [K in 'area' | 'outcome' | 'since' | 'after']?: string | undefined };

export function filterOf({ area, outcome, since }: AccessSearch, patient: string): AccessFilter {
  return {
    area: accessArea.options.find((one) => one === area),
    outcome: OUTCOMES.find((one) => one === outcome),
    since: since !== undefined && Object.hasOwn(SINCE, since) ? (since as Since) : undefined,
    patient,
  };
}

export function searchOf({ area, outcome, since }: AccessFilter): AccessSearch {
  return { area, outcome, since };
}

export function paramsOf(filter: AccessFilter, after: number | undefined, now: number): ParamsIn<'audit_events'> {
  const { area, outcome, since, patient } = filter;
  return {
    limit: 50,
    ...(area === undefined ? {} : { area }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(since === undefined ? {} : { from: Math.max(0, Math.floor(now - SINCE[since])) }),
    ...(patient === '' ? {} : { patient }),
    ...(after === undefined ? {} : { after }),
  };
}
