// Who decides about addresses, signatures and circuit breakers, said here once more than in the table, by role and by key.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ROLES, type Role } from '../../consensus/ledger/accounts/types.ts';
import type { Principal } from '../../rpc/access/principal.ts';
import { decide, FRESH_MS } from '../../rpc/access/rule.ts';
import { ACCESS, SCOPES } from '../../rpc/access/table.ts';

const NOW = 1_800_000_000_000;

const DECIDES = [
  'threat_block',
  'threat_unblock',
  'threat_dispute',
  'threat_pin',
  'threat_unpin',
  'threat_release',
  'threat_signaturePropose',
  'threat_signatureConfirm',
  'threat_signatureRetire',
] as const;
const READS = [
  'threat_list',
  'threat_check',
  'threat_stats',
  'threat_top',
  'threat_log',
  'threat_explain',
  'threat_breakers',
  'threat_pins',
  'threat_signatureList',
] as const;
/** What a gateway's own key may say: what it found, never what a person decided. */
const OF_GATEWAYS = 'threat:gateway';

type Method = (typeof DECIDES)[number] | (typeof READS)[number];

const answer = (method: Method, principal: Principal) =>
  decide(ACCESS[method], principal, NOW, { publicReads: true }) ?? 'permitted';

function person(roles: readonly Role[], factorAt: number | null): Principal {
  return { kind: 'session', session: { roles, factorAt } } as unknown as Principal;
}

function application(scopes: readonly string[]): Principal {
  return { kind: 'application', key: { id: 'k', user: null, scopes, actions: [] } } as unknown as Principal;
}

describe('property 28: admin block and unblock: by role', () => {
  it('whoever asks: permitted is exactly an administrator with a factor of the last minutes, and the operator', () => {
    const people = fc.record({
      roles: fc.subarray([...ROLES]),
      factorAt: fc.oneof(fc.constant(null), fc.integer({ min: NOW - 2 * FRESH_MS, max: NOW + 10 })),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...DECIDES),
        people,
        fc.subarray([...SCOPES]),
        (method, { roles, factorAt }, scopes) => {
          const fresh = factorAt !== null && factorAt <= NOW && NOW - factorAt <= FRESH_MS;
          const expected = !roles.includes('admin') ? 'rpc.forbidden' : fresh ? 'permitted' : 'session.factor-needed';
          expect(answer(method, person(roles, factorAt))).toBe(expected);
          const proposes = method === 'threat_signaturePropose' && scopes.includes(OF_GATEWAYS);
          expect(answer(method, application(scopes))).toBe(proposes ? 'permitted' : 'rpc.scope');
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each(DECIDES)('%s: an administrator with a fresh second factor, or the operator; nobody else', (method) => {
    expect(answer(method, { kind: 'operator' } as Principal)).toBe('permitted');
    expect(answer(method, { kind: 'open' } as Principal)).toBe('rpc.unauthorized');
    for (const role of ROLES) {
      const may = role === 'admin';
      expect(answer(method, person([role], NOW - 1_000))).toBe(may ? 'permitted' : 'rpc.forbidden');
      for (const factorAt of [null, NOW - FRESH_MS - 1, NOW + 1]) {
        expect(answer(method, person([role], factorAt))).toBe(may ? 'session.factor-needed' : 'rpc.forbidden');
      }
    }
    expect(answer(method, person([], NOW))).toBe('rpc.forbidden');
    expect(
      answer(
        method,
        person(
          ROLES.filter((role) => role !== 'admin'),
          NOW,
        ),
      ),
    ).toBe('rpc.forbidden');
    expect(answer(method, application(SCOPES.filter((scope) => scope !== OF_GATEWAYS)))).toBe('rpc.scope');
    // Whoever decided stands in the event log.
    expect(ACCESS[method].logged).toBe(true);
  });

  it.each(DECIDES.filter((method) => method !== 'threat_signaturePropose'))('%s: no key of a gateway', (method) => {
    expect(answer(method, application([OF_GATEWAYS, 'threat:report']))).toBe('rpc.scope');
  });

  it.each(READS)('%s: an administrator, an auditor, the operator, or a key for it', (method) => {
    expect(answer(method, { kind: 'operator' } as Principal)).toBe('permitted');
    expect(answer(method, { kind: 'open' } as Principal)).toBe('rpc.unauthorized');
    for (const role of ROLES) {
      const may = role === 'admin' || role === 'auditor';
      expect(answer(method, person([role], null))).toBe(may ? 'permitted' : 'rpc.forbidden');
    }
    expect(answer(method, application(['threat:read']))).toBe('permitted');
    expect(answer(method, application(SCOPES.filter((scope) => !scope.startsWith('threat:'))))).toBe('rpc.scope');
  });
});
