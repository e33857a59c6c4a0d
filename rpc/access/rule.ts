// The rule of one method, and the one decision that every door takes by it. Pure: no clock, no table, no transport.
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import type { ApiKeyRef, Principal } from './principal.ts';

export interface AccessRule {
  /**
   * `anyone`: signing in itself, health. `readers`: anyone while the explorer is public, else whoever is signed in.
   * A list: a person with one of these roles at this clinic, or the operator unless `notOperator`.
   */
  readonly who: 'anyone' | 'readers' | 'operator' | 'signed-in' | readonly Role[];
  /** Only a session: the handler needs a person, so that not even the operator will do. */
  readonly person?: true;
  /** Not with the operator token, which runs the node and is no actor whom a patient could permit anything. */
  readonly notOperator?: true;
  /** API keys with this scope, or one of these, may call. Without one no application ever may, except what is open to all. */
  readonly scope?: string | readonly string[];
  /** Of those keys only such as the operator made: what they open leaves the network. */
  readonly operatorKey?: true;
  /** As well those with a SMART scope for this action on something: what of it is decided record by record. */
  readonly smart?: 'c' | 'r' | 'u' | 's';
  /** A session must have shown a second factor within `FRESH_MS`. */
  readonly fresh?: true;
  /** The user, session or account in the parameters must be the caller's own: the handler checks it. */
  readonly relation?: 'self';
  /** The parameter that names what the call is about, or several together; the event log keeps a keyed tag of their values. */
  readonly object?: string | readonly string[];
  /** Permitted calls are written to the event log too; refusals always are. */
  readonly logged?: true;
  /** Credentials are tried with it: what comes of it is told to the guard. */
  readonly signsIn?: true;
  /** Pages call it by themselves: it does not keep a session from its idle end. */
  readonly passive?: true;
}

export interface AccessSettings {
  /** Whether the explorer is public. */
  readonly publicReads: boolean;
}

export type Denial = 'rpc.unauthorized' | 'rpc.forbidden' | 'rpc.scope' | 'session.factor-needed';

export const DENIALS: ReadonlySet<string> = new Set<Denial>([
  'rpc.unauthorized',
  'rpc.forbidden',
  'rpc.scope',
  'session.factor-needed',
]);

/** How long a second factor counts as fresh. */
export const FRESH_MS = 5 * 60_000;

/** Undefined: permitted. What has no rule is refused to everybody. */
export function decide(
  rule: AccessRule | undefined,
  principal: Principal,
  now: number,
  settings: AccessSettings,
): Denial | undefined {
  if (rule === undefined) return 'rpc.forbidden';
  if (rule.person === true && principal.kind !== 'session') {
    return principal.kind === 'open' ? 'rpc.unauthorized' : 'rpc.forbidden';
  }
  if (openToAll(rule, settings)) return undefined;
  switch (principal.kind) {
    case 'open':
      return 'rpc.unauthorized';
    case 'operator':
      return rule.notOperator === true ? 'rpc.forbidden' : undefined;
    case 'application':
      if (!hasScope(rule, principal.key)) return 'rpc.scope';
      return rule.operatorKey === true && principal.key.user !== null ? 'rpc.forbidden' : undefined;
    case 'session':
      return decideSession(rule, principal.session, now);
    default:
      return 'rpc.forbidden';
  }
}

/** The scopes of which a key needs one. */
export function scopesOf({ scope = [] }: AccessRule): readonly string[] {
  return typeof scope === 'string' ? [scope] : scope;
}

function hasScope(rule: AccessRule, { scopes, actions }: ApiKeyRef): boolean {
  const { smart } = rule;
  return scopesOf(rule).some((scope) => scopes.includes(scope)) || (smart !== undefined && actions.includes(smart));
}

function openToAll({ who, person }: AccessRule, { publicReads }: AccessSettings): boolean {
  return person !== true && (who === 'anyone' || (who === 'readers' && publicReads));
}

function decideSession(
  { who, fresh }: AccessRule,
  { roles, factorAt }: { readonly roles: readonly Role[]; readonly factorAt: number | null },
  now: number,
): Denial | undefined {
  const allowed =
    who === 'anyone' || who === 'readers' || who === 'signed-in' || (who !== 'operator' && holdsOne(who, roles));
  if (!allowed) return 'rpc.forbidden';
  return fresh === true && !isFresh(factorAt, now) ? 'session.factor-needed' : undefined;
}

/** Whether a second factor that was shown then still counts. A time ahead of the clock would do so for as long as it is ahead. */
export function isFresh(factorAt: number | null, now: number): boolean {
  return factorAt !== null && factorAt <= now && now - factorAt <= FRESH_MS;
}

function holdsOne(wanted: readonly Role[], held: readonly Role[]): boolean {
  return held.some((role) => wanted.includes(role));
}
