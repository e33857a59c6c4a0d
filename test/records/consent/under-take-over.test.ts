// What consents are worth once somebody took over: by when a block had them, and by whose word a denial ends.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALL_DATA, type Grantor, LIFTED, type Terms } from '../../../records/consent/terms.ts';
import { type Dated, isBefore, type Place, underTakeOver } from '../../../records/consent/under-take-over.ts';

const NOW = 1_000;
const custody: Grantor = { kind: 'custody', clinic: 1 };
const held: Grantor = { kind: 'take-over', word: new Uint8Array(1), signature: new Uint8Array(64) };
const since: Place = { height: 10, transaction: 2, statement: 3 };
const before: Place = { height: 10, transaction: 2, statement: 2 };
const after: Place = { height: 10, transaction: 3, statement: 0 };

function termsOf(effect: 'permit' | 'deny', grantor: Grantor, policy = ''): Terms {
  const provision = { effect, actors: [], purposes: [], period: {}, data: ALL_DATA, exceptions: [] };
  return { subject: { kind: 'chart', id: new Uint8Array(32) }, grantor, givenAt: 1, mode: 'view', policy, provision };
}

const dated = (terms: Terms, about: Partial<Dated> = {}): Dated => ({
  ...{ terms, status: 'active', ends: NOW + 1, given: before, taken: undefined, lifted: false },
  ...about,
});
const worth = (terms: Terms, about: Partial<Dated> = {}, from: Place | undefined = since) =>
  underTakeOver(dated(terms, about), from, NOW);

describe('what a clinic gave by its custody', () => {
  const permit = termsOf('permit', custody);

  it('counts where a block had it before, and is void where it came later or no block is known to have it', () => {
    expect(worth(permit)).toBe('active');
    for (const given of [after, since, undefined]) expect(worth(permit, { given })).toBe('void');
    expect(underTakeOver(dated(permit), undefined, NOW)).toBe('void');
    expect(worth(permit, { given: after, status: 'revoked' })).toBe('revoked');
  });

  it('is void too where it shuts most out and lets some in', () => {
    const terms = termsOf('deny', custody);
    const exceptions = [termsOf('permit', custody).provision];
    const some = { ...terms, provision: { ...terms.provision, exceptions } };
    expect(worth(some, { given: after })).toBe('void');
    expect(worth(some)).toBe('active');
  });

  it('shuts out whenever it was given', () => {
    for (const given of [before, after, undefined]) expect(worth(termsOf('deny', custody), { given })).toBe('active');
  });
});

describe('a denial', () => {
  it('of a clinic has ended where it was taken back before, and stands where the clinic did that later', () => {
    const denial = termsOf('deny', custody);
    expect(worth(denial, { status: 'revoked', taken: before })).toBe('revoked');
    for (const taken of [after, undefined]) {
      expect(worth(denial, { status: 'revoked', taken })).toBe('active');
      expect(worth(denial, { status: 'revoked', taken, ends: NOW })).toBe('inactive');
    }
  });

  it('of whoever took over ends by no statement of a clinic, but by a word that lifts it', () => {
    const denial = termsOf('deny', held);
    expect(worth(denial, { status: 'revoked', taken: after })).toBe('active');
    expect(worth(denial, { lifted: true })).toBe('revoked');
    expect(worth(termsOf('deny', custody), { lifted: true })).toBe('revoked');
    // Nothing lifts what lifts.
    expect(worth(termsOf('deny', held, LIFTED), { lifted: true })).toBe('active');
  });
});

it('a grant of whoever took over counts as the chain has it', () => {
  const grant = termsOf('permit', held);
  for (const status of ['active', 'inactive', 'revoked'] as const) {
    expect(worth(grant, { status, given: after })).toBe(status);
  }
});

const place = fc.record({ height: fc.nat(3), transaction: fc.nat(3), statement: fc.nat(3) });
const maybe = fc.option(place, { nil: undefined });

it('whatever the places are: no clinic lets somebody in after the take-over, nor back in', () => {
  const any = fc.record({
    grantor: fc.constantFrom(custody, held),
    effect: fc.constantFrom('permit' as const, 'deny' as const),
    status: fc.constantFrom('active' as const, 'inactive' as const, 'revoked' as const),
    ...{ given: maybe, taken: maybe, from: maybe },
  });
  fc.assert(
    fc.property(any, ({ grantor, effect, status, given, taken, from }) => {
      const now = underTakeOver(dated(termsOf(effect, grantor), { status, given, taken }), from, NOW);
      if (effect === 'permit') {
        const counts = status === 'active' && (grantor === held || isBefore(given, from));
        expect(now === 'active').toBe(counts);
      } else if (now === 'revoked') {
        expect([status, grantor, isBefore(taken, from)]).toEqual(['revoked', custody, true]);
      }
    }),
  );
});

it('of two places one is before the other, or they are one', () => {
  fc.assert(
    fc.property(place, place, (a, b) => {
      const same = a.height === b.height && a.transaction === b.transaction && a.statement === b.statement;
      expect(Number(isBefore(a, b)) + Number(isBefore(b, a))).toBe(same ? 0 : 1);
    }),
  );
});
