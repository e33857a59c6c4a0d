// What a clinic answers when a grantee passes on what she was given: its consents and requests lie in memory.
import { describe, expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { createLogger } from '../../common/logger.ts';
import { MAX_CHART_PERMITS } from '../../node/charts/chart-room.ts';
import { ChartError } from '../../node/charts/errors.ts';
import type { NewConsent } from '../../node/charts/granting.ts';
import { endedWithSource, type RowJudge } from '../../node/charts/judge.ts';
import { MAX_PASSED_ON, PassingOn } from '../../node/charts/passing-on.ts';
import type { KnownTerms } from '../../node/charts/ports.ts';
import type { KnownRequest } from '../../node/charts/requests.ts';
import type { AccessRequestTerms } from '../../records/chart/access-request.ts';
import { decide } from '../../records/consent/decide.ts';
import { passedOnPolicy } from '../../records/consent/delegation.ts';
import { type Actor, ALL_DATA, type DataScope, type PurposeCode, type Terms } from '../../records/consent/terms.ts';

const NOW = 1_900_000_000_000;
const ends = NOW + 86_400_000;
const ref = { clinic: 1, chart: randomBytes(32), handle: randomBytes(32) };
const [xena, yves, zoe, nell] = [randomBytes(32), randomBytes(32), randomBytes(32), randomBytes(32)];
const STAFF = new Map([
  [toHex(xena), [{ role: 'doctor' as const, clinic: 3 }]],
  [toHex(yves), [{ role: 'nurse' as const, clinic: 4 }]],
  [toHex(nell), [{ role: 'nurse' as const, clinic: 3 }]],
  [toHex(zoe), [{ role: 'doctor' as const, clinic: 5 }]],
]);
const person = (account: Uint8Array): Actor => ({ kind: 'person', account });

interface Given {
  readonly effect?: 'permit' | 'deny';
  readonly actor: Actor;
  readonly policy?: string;
  readonly givenAt?: number;
  readonly purposes?: readonly PurposeCode[];
  readonly data?: Partial<DataScope>;
}

function known({ effect = 'permit', actor, policy = '', givenAt = NOW - 100, purposes = [], data }: Given): KnownTerms {
  const terms: Terms = {
    ...{ subject: { kind: 'chart', id: ref.chart }, grantor: { kind: 'custody', clinic: 1 } },
    ...{ givenAt, mode: 'view', policy },
    provision: {
      ...{ effect, actors: [actor], period: { until: ends }, exceptions: [] },
      purposes: purposes.map((code) => ({ code })),
      data: { ...ALL_DATA, categories: ['labs', 'imaging'], ...data },
    },
  };
  return { object: randomBytes(32), terms, status: 'active', ends };
}

/** A clinic with the grant of Xena and what else it gave; says what it answers her, and gives it. */
function clinic(...more: readonly KnownTerms[]) {
  const source = known({ actor: person(xena) });
  const given = [source, ...more];
  const ended = new Map<string, number>();
  const requests = new Map<string, KnownRequest>();
  let heard: (request: KnownRequest) => void = () => undefined;
  let said: (state: string) => void = () => undefined;
  new PassingOn(
    { clinic: 1 },
    {
      granting: {
        list: async () => given,
        give: async (_, { actor, policy = '' }: NewConsent) => {
          if (given.length >= MAX_CHART_PERMITS) throw new ChartError({ code: 'consent.full', limit: given.length });
          const made = known({ actor, policy, givenAt: NOW });
          given.push(made);
          return { consent: made.object, statement: made.object };
        },
      },
      requests: {
        onRequest: (listener) => {
          heard = listener;
          return () => undefined;
        },
        list: async () => [...requests.values()],
        get: async (object) => requests.get(toHex(object)),
        answered: async (_, state) => said(state),
      },
      judge: {
        about: async ({ reader, purpose, mode }): Promise<RowJudge> => {
          const consents = given.map(({ object: id, ...one }) => ({ id, ...one }));
          const relations = { custodian: { clinic: 1, organisation: 1 }, guardians: [], attached: [] };
          const { account, roles, clinic: at, organisation } = reader;
          const asked = { requester: { account, roles, clinic: at, organisation }, purpose, mode, at: NOW };
          return (record) => {
            if (!('whole' in record)) throw new Error('a row');
            return decide({ ...asked, record }, consents, relations);
          };
        },
      },
      store: {
        given: async (object) => ({
          ...{ object, chart: ref.chart, handle: ref.handle, ended: ended.get(toHex(object)) ?? 0 },
        }),
      },
      log: { append: async () => undefined as never },
      clock: { now: () => NOW },
      logger: createLogger({ level: 'silent' }),
      ofHandle: async () => ref,
      rolesOf: async (account) => STAFF.get(toHex(account)) ?? [],
      organisationOf: (number) => number,
    },
  );
  return {
    source,
    given,
    end: (one: KnownTerms, at: number) => {
      given[given.indexOf(one)] = { ...one, status: 'revoked' };
      ended.set(toHex(one.object), at);
    },
    passOn: (delegate: Uint8Array, changes: Partial<AccessRequestTerms> = {}) =>
      new Promise<string>((resolve) => {
        said = resolve;
        const about = { writer: 1, handle: ref.handle, clinic: 3, account: xena, role: 'doctor' } as const;
        const wanted = { purpose: 'TREAT', categories: ['labs'], until: ends, reason: '', delegate } as const;
        const request: KnownRequest = {
          ...{ object: randomBytes(32), request: { ...about, ...wanted, ...changes } },
          ...{ state: 'open', at: NOW, answer: undefined },
        };
        requests.set(toHex(request.object), request);
        heard(request);
      }),
  };
}

describe('a grant is passed on', () => {
  it('to a colleague who treats, and to nobody else', async () => {
    const { passOn, given } = clinic();
    expect(await passOn(yves)).toBe('granted');
    expect(given).toHaveLength(2);
    expect(await passOn(randomBytes(32))).toBe('denied');
    expect(given).toHaveLength(2);
  });

  it('never in a chart that is full of consents: that is answered too, and keeps no other request waiting', async () => {
    const others = Array.from({ length: MAX_CHART_PERMITS - 1 }, () => known({ actor: person(randomBytes(32)) }));
    expect(await clinic(...others).passOn(yves)).toBe('denied');
  });

  it.each<[string, Actor]>([
    ['herself', person(yves)],
    ['her role', { kind: 'role', role: 'nurse' }],
    ['her clinic', { kind: 'clinic', clinic: 4 }],
    ['her organisation', { kind: 'organisation', organisation: 4 }],
  ])('not to a colleague whom a denial shuts out: %s', async (_, actor) => {
    for (const data of [{}, { labels: ['R'] }]) {
      const { passOn, given } = clinic(known({ effect: 'deny', actor, givenAt: NOW - 1000, data }));
      expect(await passOn(yves)).toBe('denied');
      expect(given).toHaveLength(2);
      expect(await passOn(zoe)).toBe('granted');
    }
    const aside = clinic(known({ effect: 'deny', actor, data: { categories: ['notes'] } }));
    expect(await aside.passOn(yves)).toBe('granted');
  });

  it('by whom still reads all of that herself', async () => {
    for (const data of [{}, { labels: ['R'] }]) {
      const denial = { effect: 'deny', actor: person(xena), data } as const;
      expect(await clinic(known({ ...denial, givenAt: NOW - 50 })).passOn(yves)).toBe('denied');
      // Given in spite of it.
      expect(await clinic(known({ ...denial, givenAt: NOW - 500 })).passOn(yves)).toBe('granted');
    }
    // Nurses do not ask for research, whatever they are given, nor let a doctor do so.
    const { passOn } = clinic(known({ actor: person(nell), purposes: ['TREAT', 'HRESCH'] }));
    const hers = { account: nell, role: 'nurse' } as const;
    expect(await passOn(zoe, { ...hers, purpose: 'HRESCH' })).toBe('denied');
    expect(await passOn(zoe, hers)).toBe('granted');
  });

  it('to so many at once, and to each once', async () => {
    const { passOn, given, source, end } = clinic();
    expect(await passOn(yves)).toBe('granted');
    expect(await passOn(yves)).toBe('denied');
    for (let n = 1; n < MAX_PASSED_ON; n++) {
      given.push(known({ actor: person(randomBytes(32)), policy: passedOnPolicy(source.object) }));
    }
    expect(await passOn(zoe)).toBe('denied');
    end(given[given.length - 1], NOW);
    expect(await passOn(zoe)).toBe('granted');
  });

  it('not again to whom it was taken away from, but again to whose time was over', async () => {
    const stopped = clinic();
    expect(await stopped.passOn(yves)).toBe('granted');
    stopped.end(stopped.given[1], NOW);
    expect(await stopped.passOn(yves)).toBe('denied');
    expect(await stopped.passOn(zoe)).toBe('granted');
    const over = clinic();
    expect(await over.passOn(yves)).toBe('granted');
    over.end(over.given[1], ends);
    expect(await over.passOn(yves)).toBe('granted');
  });
});

describe('what was passed on', () => {
  it('says nothing once its source ended, or who passed it on was shut out of some of it by name since', () => {
    const source = known({ actor: person(xena) });
    const passed = known({ actor: person(yves), policy: passedOnPolicy(source.object), purposes: ['TREAT'] });
    const beside = (...more: readonly KnownTerms[]) => endedWithSource(passed, [source, passed, ...more]).status;
    const denial = { effect: 'deny', actor: person(xena), givenAt: NOW - 50 } as const;
    expect(beside()).toBe('active');
    expect(endedWithSource(passed, [{ ...source, status: 'revoked' }, passed]).status).toBe('revoked');
    expect(endedWithSource(passed, [passed]).status).toBe('revoked');
    expect(beside(known(denial))).toBe('revoked');
    expect(beside(known({ ...denial, data: { categories: ['labs'], labels: ['R'] } }))).toBe('revoked');
    // Given in spite of it, of other records, for another purpose, withdrawn, or about a role that she may have.
    expect(beside(known({ ...denial, givenAt: NOW - 500 }))).toBe('active');
    expect(beside(known({ ...denial, data: { categories: ['notes'] } }))).toBe('active');
    expect(beside(known({ ...denial, purposes: ['HRESCH'] }))).toBe('active');
    expect(beside({ ...known(denial), status: 'revoked' })).toBe('active');
    expect(beside(known({ ...denial, actor: { kind: 'role', role: 'doctor' } }))).toBe('active');
    // A grant of their own is nobody else's.
    expect(endedWithSource(source, [source, known(denial)]).status).toBe('active');
  });
});
