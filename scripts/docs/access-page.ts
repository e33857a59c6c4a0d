// docs/ACCESS.md: the access table as a matrix of method and caller. Every cell is asked of the decision itself.

import { ROLES, type Role } from '../../consensus/ledger/accounts/types.ts';
import type { Principal } from '../../rpc/access/principal.ts';
import { type AccessRule, decide, FRESH_MS, scopesOf } from '../../rpc/access/rule.ts';
import { ACCESS, ROUTE_ACCESS, SCOPES, STREAM_ACCESS, streamRule } from '../../rpc/access/table.ts';

const INTRODUCTION = `# Who may call what

Made from \`rpc/access/table.ts\` by \`npm run docs\`; do not edit. One table, which JSON-RPC, WebSockets and REST obey alike.

A person acts in a session, with the roles that are live at this clinic. The operator shows the token file. An application
shows an API key and may what its scopes name. **yes**: permitted; **own**: for what is the caller's own; **factor**: after a
second factor within ${FRESH_MS / 60_000} minutes; **open**: while \`explorer.public\` is on. Empty: refused, and the refusal is in the
event log. *Logged* calls are in it when permitted, too. What has no row here is refused to everybody.
`;

const SMART = `- SMART v2, such as \`patient/Observation.rs?category=laboratory\`: an application by itself, which is judged record by
  record (PROTOCOL 13.14). The letter in the table is the action that one of its scopes must name: **c** create, **r** read,
  **u** update, **s** search.`;

const SHORT: Readonly<Record<Role, string>> = {
  admin: 'admin',
  doctor: 'doctor',
  nurse: 'nurse',
  reception: 'reception',
  patient: 'patient',
  researcher: 'researcher',
  auditor: 'auditor',
  'privacy-officer': 'privacy officer',
};

export function accessPage(): string {
  const streams = { ...STREAM_ACCESS, 'statements (all)': streamRule('statements', {}) };
  return [
    INTRODUCTION,
    '## Methods\n',
    ...matrix('method', ACCESS),
    '\n## Subscriptions\n',
    ...matrix('stream', streams),
    '\n## Streams of bytes\n',
    ...matrix('what', ROUTE_ACCESS),
    '\n## Scopes of API keys\n',
    ...SCOPES.map((scope) => `- \`${scope}\`: ${methodsOf(scope).join(', ')}`),
    SMART,
    '',
  ].join('\n');
}

function matrix(title: string, rules: Readonly<Record<string, AccessRule | undefined>>): string[] {
  const head = [title, 'nobody', 'no role', ...ROLES.map((role) => SHORT[role]), 'operator', 'API key', 'logged'];
  const rows = Object.entries(rules).map(([name, rule]) => [`\`${name}\``, ...cells(rule)]);
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
}

function cells(rule: AccessRule | undefined): string[] {
  if (rule === undefined) return [];
  const named = [...scopesOf(rule), rule.smart && `SMART ${rule.smart}`].filter((one) => one !== undefined);
  const scope = rule.who === 'anyone' ? '' : named.map((one) => `\`${one}\``).join(', ');
  const permitted = (principal: Principal) => decide(rule, principal, 0, { publicReads: false }) === undefined;
  const open = decide(rule, { kind: 'open' }, 0, { publicReads: true }) === undefined;
  const yes = rule.relation === 'self' ? 'own' : rule.fresh === true ? 'factor' : 'yes';
  const cell = (principal: Principal, word: string) => (permitted(principal) ? word : open ? 'open' : '');
  return [
    cell({ kind: 'open' }, 'yes'),
    cell(personWith([]), yes),
    ...ROLES.map((role) => cell(personWith([role]), yes)),
    cell({ kind: 'operator' }, 'yes'),
    scope,
    rule.logged === true ? 'yes' : '',
  ];
}

function personWith(roles: readonly Role[]): Principal {
  return { kind: 'session', session: { id: '', user: '', account: null, name: '', roles, factorAt: 0 } };
}

function methodsOf(scope: string): string[] {
  const all = { ...ACCESS, ...STREAM_ACCESS, ...ROUTE_ACCESS };
  return Object.entries(all).flatMap(([name, rule]: [string, AccessRule]) =>
    scopesOf(rule).includes(scope) ? `\`${name}\`` : [],
  );
}
