// Everybody who can stand at a door, with what they show and what the table says they may: for tests that exhaust it over
// JSON-RPC, WebSocket and REST. The model reads the table by itself and does not ask `decide`.
import { ROLES, type Role } from '../../consensus/ledger/accounts/types.ts';
import { type AccessRule, FRESH_MS } from '../../rpc/access/rule.ts';
import { SCOPES } from '../../rpc/access/table.ts';
import type { AccessEvent, AccessLog } from '../../rpc/ports.ts';
import { TinyKeys, TinySessions } from './tiny-sessions.ts';

export const CLINIC_ID = '1-0a1b2c3d';
export const SESSION_COOKIE = `wardmesh-${CLINIC_ID}`;
export const OPERATOR_TOKEN = 'A'.repeat(43);

type Kind = 'nobody' | 'person' | 'application' | 'operator' | 'refused at the door';

export interface AccessCaller {
  readonly name: string;
  readonly kind: Kind;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  readonly fresh: boolean;
  /** What it sends; an Origin is the test's to add (`http://127.0.0.1:PORT`). */
  readonly headers: Readonly<Record<string, string>>;
}

export interface AccessWorld {
  readonly sessions: TinySessions;
  readonly apiKeys: TinyKeys;
  readonly log: MemoryLog;
  readonly callers: readonly AccessCaller[];
}

export class MemoryLog implements AccessLog {
  readonly events: AccessEvent[] = [];

  record(event: AccessEvent): void {
    this.events.push(event);
  }

  async settled(): Promise<void> {}
}

/** `now`: of the server's clock. */
export function accessWorld(now: number): AccessWorld {
  const sessions = new TinySessions();
  const apiKeys = new TinyKeys();
  const nobody = { kind: 'nobody', roles: [], scopes: [], fresh: false } as const;
  const cookie = (secret: string, name = SESSION_COOKIE) => ({ cookie: `${name}=${secret}` });
  const person = (name: string, roles: readonly string[], factorAt: number | null): AccessCaller => ({
    name,
    kind: 'person',
    roles,
    scopes: [],
    fresh: factorAt !== null && now - factorAt < FRESH_MS && factorAt <= now,
    headers: cookie(sessions.start({ roles: roles as readonly Role[], factorAt })),
  });
  const application = (name: string, scopes: readonly string[]): AccessCaller => ({
    ...{ name, kind: 'application', roles: [], scopes, fresh: false },
    headers: { authorization: `Bearer ${apiKeys.make(scopes)}` },
  });
  const ended = (name: string, end: (secret: string) => void): AccessCaller => {
    const secret = sessions.start({ roles: ROLES, factorAt: now });
    end(secret);
    return { ...nobody, name, headers: cookie(secret) };
  };
  const lost = apiKeys.make(SCOPES);
  apiKeys.end(lost);
  const elsewhere = sessions.start({ roles: ROLES, factorAt: now });
  const callers: AccessCaller[] = [
    { ...nobody, name: 'no session', headers: {} },
    ended('an expired session', (secret) => sessions.expire(secret)),
    ended("a suspended account's session", (secret) => sessions.end(secret)),
    { ...nobody, name: "another clinic's session", headers: cookie(elsewhere, 'wardmesh-2-0a1b2c3d') },
    { ...nobody, name: 'a secret that nobody gave', headers: cookie('f'.repeat(64)) },
    person('no role', [], now),
    person('an unknown role', ['superuser', 'Admin', ''], now),
    ...ROLES.map((role) => person(role, [role], now)),
    ...ROLES.map((role) => person(`${role} without a second factor`, [role], null)),
    ...ROLES.map((role) => person(`${role} with one from long ago`, [role], now - 2 * FRESH_MS)),
    person('admin with one from the future', ['admin'], now + 10 * FRESH_MS),
    person('every role', ROLES, now),
    application('an API key without a scope', []),
    ...SCOPES.map((scope) => application(`an API key for ${scope}`, [scope])),
    application('an API key with every scope', SCOPES),
    application('an application that reads and finds', ['patient/Observation.rs']),
    application('an application that writes', ['system/DiagnosticReport.c']),
    application('an application of SMART v1', ['patient/Observation.read', 'launch/patient']),
    application('an API key with unknown scopes', ['*', 'admin', 'patient', '']),
    { ...nobody, name: 'an ended API key', kind: 'refused at the door', headers: { authorization: `Bearer ${lost}` } },
    { ...nobody, name: 'a wrong token', kind: 'refused at the door', headers: { authorization: 'Bearer wrong' } },
    { ...nobody, name: 'the operator', kind: 'operator', headers: { authorization: `Bearer ${OPERATOR_TOKEN}` } },
  ];
  return { sessions, apiKeys, log: new MemoryLog(), callers };
}

/** The code with which the table refuses this caller; undefined where it permits. */
export function refusalBy(rule: AccessRule, caller: AccessCaller, publicReads: boolean): string | undefined {
  const { kind, roles, scopes, fresh } = caller;
  if (kind === 'refused at the door') return 'rpc.bad-token';
  const forPersons = rule.person === true;
  const openToAll = !forPersons && (rule.who === 'anyone' || (publicReads && rule.who === 'readers'));
  if (openToAll) return undefined;
  if (kind === 'nobody') return 'rpc.unauthorized';
  if (kind === 'operator') return forPersons || rule.notOperator === true ? 'rpc.forbidden' : undefined;
  if (kind === 'application') {
    if (forPersons) return 'rpc.forbidden';
    const { scope, smart } = rule;
    const named = typeof scope === 'string' ? [scope] : (scope ?? []);
    if (named.some((one) => scopes.indexOf(one) >= 0)) return undefined;
    const letters = scopes.flatMap((one) => /^[a-z]+\/[A-Za-z*]+\.([cruds]+)$/.exec(one)?.[1] ?? []).join('');
    return smart !== undefined && letters.indexOf(smart) >= 0 ? undefined : 'rpc.scope';
  }
  if (rule.who === 'operator') return 'rpc.forbidden';
  if (
    typeof rule.who !== 'string' &&
    new Set<string>([...rule.who, ...roles]).size === rule.who.length + roles.length
  ) {
    return 'rpc.forbidden';
  }
  return rule.fresh === true && !fresh ? 'session.factor-needed' : undefined;
}
