// Which limit a request falls under: that of its session, or that of its network. Owns the choice and the cost by route, no
// counter.
import type { RequestFacts } from '../judge/facts.ts';
import { networkKey } from '../network-key.ts';
import type { Limit, Limiter, LimitResult } from './limiter.ts';
import type { RouteTable } from './route-table.ts';

export interface RequestLimitsOptions {
  readonly anonymous: Limit;
  readonly signedIn: Limit;
}

export interface RequestLimitsModules {
  readonly limiter: Limiter;
  readonly routes: RouteTable;
}

export interface Counted {
  readonly limit: Limit;
  readonly result: LimitResult;
}

/** People on pages with many small calls make 136 requests a minute; scanners make thousands. */
export const ANONYMOUS: Limit = { name: 'anonymous', rate: 4, burst: 240 };
export const SIGNED_IN: Limit = { name: 'signed-in', rate: 10, burst: 600 };

export class RequestLimits {
  private readonly options: RequestLimitsOptions;
  private readonly modules: RequestLimitsModules;

  constructor(options: RequestLimitsOptions, modules: RequestLimitsModules) {
    this.options = options;
    this.modules = modules;
  }

  /** Counts the request. `cost`: of its route where the way in knows it, else the table says. A promise only where counters are shared. */
  take(facts: RequestFacts, cost = this.modules.routes.costOf(facts.method, facts.path)): Counted | Promise<Counted> {
    const subject = facts.session === 'valid' ? facts.subject : undefined;
    const limit = subject === undefined ? this.options.anonymous : this.options.signedIn;
    const key = subject ?? networkKey(facts.client);
    const result = this.modules.limiter.take(key, limit, cost);
    return result instanceof Promise ? result.then((late) => ({ limit, result: late })) : { limit, result };
  }
}
