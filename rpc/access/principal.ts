// Who makes a call, as every door and handler sees them: nobody known, the operator, a person's session, an application.
// Owns the words; who is who is found at the door (rpc/server/), who may do what is said by the table beside.
import type { Role } from '../../consensus/ledger/accounts/types.ts';

export type Principal =
  | { readonly kind: 'open' }
  /** Showed the token file. */
  | { readonly kind: 'operator' }
  | { readonly kind: 'session'; readonly session: SessionRef }
  | { readonly kind: 'application'; readonly key: ApiKeyRef };

export interface SessionRef {
  /** 16 B hex, the session's public name: its secret stands only in the cookie. */
  readonly id: string;
  readonly user: string;
  /** Null while the person's account is not on chain. */
  readonly account: string | null;
  readonly name: string;
  /** Live now at this clinic. */
  readonly roles: readonly Role[];
  /** ms, when a second factor was last shown; null: never in this session. */
  readonly factorAt: number | null;
}

export interface ApiKeyRef {
  readonly id: string;
  readonly name: string;
  /** What it may do: an application has no role of its own. */
  readonly scopes: readonly string[];
  /** What consents, tickets and access events name: 32 bytes, hex. */
  readonly application: string;
  /** What its SMART scopes let it do with some resource: of c, r, u, d, s. */
  readonly actions: string;
  /** Who made it; null: the operator. */
  readonly user: string | null;
}

export const OPEN: Principal = { kind: 'open' };
export const OPERATOR: Principal = { kind: 'operator' };

/** Whose share of the node's time and memory a call takes: strangers cannot crowd out those who are known. */
export type LoadClass = 'open' | 'signed' | 'operator';

export function loadClass(principal: Principal): LoadClass {
  return principal.kind === 'operator' || principal.kind === 'open' ? principal.kind : 'signed';
}

/** The caller's roles at this clinic; of nobody but a person. */
export function rolesOf(principal: Principal): readonly Role[] {
  return principal.kind === 'session' ? principal.session.roles : [];
}

/** The operator, or a person with one of these roles: for what a handler leaves out for everybody else. */
export function mayAs(principal: Principal, ...roles: readonly Role[]): boolean {
  return principal.kind === 'operator' || rolesOf(principal).some((role) => roles.includes(role));
}
