// What a request costs by its route. Templates have one meaning each and no backtracking: `:name` stands for one segment, a
// last `*` for the rest of the path, or nothing. Owns no counter.
import { GatewayError } from '../errors.ts';
import { canonicalPath } from '../judge/canonical-path.ts';

export interface Route {
  /** Upper case; undefined for every method. */
  readonly method?: string;
  /** `/api/patients/:id`, `/files/*`. */
  readonly path: string;
  /** Units of the limit, a positive number; 0 is free. */
  readonly cost: number;
}

export const MAX_ROUTES = 1_000;
export const MAX_SEGMENTS = 64;

interface Branch {
  readonly literal: Map<string, Branch>;
  any: Branch | undefined;
  /** By method; '' for every method. */
  readonly ends: Map<string, number>;
  readonly rests: Map<string, number>;
}

/** The more exact route wins: a literal segment before `:name` before `*`, a named method before every method. */
export class RouteTable {
  private readonly root = branch();

  /** Throws `limits.route` with the template that has no one meaning. */
  constructor(routes: readonly Route[]) {
    if (routes.length > MAX_ROUTES) throw new GatewayError({ code: 'limits.full', limit: MAX_ROUTES });
    for (const route of routes) this.add(route);
  }

  /** Units of a request; 1 for a route that nobody named. `path` is without the query, spelt in any way. */
  costOf(method: string, path: string): number {
    return find(this.root, canonicalPath(path), 1, method) ?? 1;
  }

  private add({ method = '', path, cost }: Route): void {
    const segments = canonicalPath(path).split('/').slice(1);
    const wrong = !path.startsWith('/') || segments.length > MAX_SEGMENTS || !(cost >= 0 && cost < 1e6);
    if (wrong || !/^[A-Z]*$/.test(method)) throw new GatewayError({ code: 'limits.route', route: path });
    let at = this.root;
    for (const [index, segment] of segments.entries()) {
      if (segment === '*') {
        if (index !== segments.length - 1) throw new GatewayError({ code: 'limits.route', route: path });
        at.rests.set(method, cost);
        return;
      }
      at = segment.startsWith(':') ? anyOf(at) : literalOf(at, segment);
    }
    at.ends.set(method, cost);
  }
}

/** `from`: where in the path the next segment begins; behind its end once all were read. */
function find(at: Branch, path: string, from: number, method: string): number | undefined {
  if (from > path.length) return of(at.ends, method) ?? of(at.rests, method);
  const slash = path.indexOf('/', from);
  const end = slash === -1 ? path.length : slash;
  const exact = at.literal.get(path.slice(from, end));
  // Both ways may have to be tried, but no branch of the table twice.
  const found = exact === undefined ? undefined : find(exact, path, end + 1, method);
  if (found !== undefined) return found;
  const named = at.any === undefined ? undefined : find(at.any, path, end + 1, method);
  return named ?? of(at.rests, method);
}

function of(costs: ReadonlyMap<string, number>, method: string): number | undefined {
  return costs.get(method) ?? costs.get('');
}

function branch(): Branch {
  return { literal: new Map(), any: undefined, ends: new Map(), rests: new Map() };
}

function anyOf(at: Branch): Branch {
  at.any ??= branch();
  return at.any;
}

function literalOf(at: Branch, segment: string): Branch {
  const known = at.literal.get(segment);
  if (known !== undefined) return known;
  const made = branch();
  at.literal.set(segment, made);
  return made;
}
