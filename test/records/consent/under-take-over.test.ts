// What consents are worth once somebody took over: by when a block had them, and by whose word a denial ends.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALL_DATA, type Grantor, LIFTED, ORGANISATION_RULE_OFF, type Terms } from '../../../records/consent/terms.ts';
import { type Dated, underTakeOver } from '../../../records/consent/under-take-over.ts';

const NOW = 1_000;
const custody: Grantor = { kind: 'custody', clinic: 1 };
const held: Grantor = { kind: 'take-over', word: new Uint8Array(1), signature: new Uint8Array(64) };
const first = 10;
const before = 9;
const after = 11;

function termsOf(effect: 'permit' | 'deny', grantor: Grantor, policy = ''): Terms {
  const provision = { effect, actors: [], purposes: [], period: {}, data: ALL_DATA, exceptions: [] };
  return { subject: { kind: 'chart', id: new Uint8Array(32) }, grantor, givenAt: 1, mode: 'view', policy, provision };
}

const dated = (terms: Terms, about: Partial<Dated> = {}): Dated => ({
  ...{ terms, status: 'active', ends: NOW + 1, given: before, taken: Infinity, lifted: false },
  ...about,
});
const worth = (terms: Terms, about: Partial<Dated> = {}) => underTakeOver(dated(terms, about), first, NOW);

describe('what a clinic gave by its custody', () => {
  const permit = termsOf('permit', custody);

  it('counts where a block had it before, and is void where it came in the same block, later or is in none', () => {
    expect(worth(permit)).toBe('active');
    for (const given of [after, first, Infinity]) expect(worth(permit, { given })).toBe('void');
    expect(worth(permit, { given: after, status: 'revoked' })).toBe('revoked');
  });

  it('is void too where it shuts most out and lets some in', () => {
    const terms = termsOf('deny', custody);
    const exceptions = [termsOf('permit', custody).provision];
    const some = { ...terms, provision: { ...terms.provision, exceptions } };
    expect(worth(some, { given: after })).toBe('void');
    expect(worth(some)).toBe('active');
    // Taken back later it shuts out still.
    expect(worth(some, { status: 'revoked', taken: after })).toBe('active');
    expect(worth(some, { given: after, status: 'revoked', taken: after })).toBe('revoked');
  });

  it('shuts out whenever it was given', () => {
    for (const given of [before, after, Infinity]) expect(worth(termsOf('deny', custody), { given })).toBe('active');
  });
});

describe('a denial', () => {
  it('of a clinic has ended where it was taken back before, and stands where the clinic did that later', () => {
    const denial = termsOf('deny', custody);
    expect(worth(denial, { status: 'revoked', taken: before })).toBe('revoked');
    for (const taken of [first, after, Infinity]) {
      expect(worth(denial, { status: 'revoked', taken })).toBe('active');
      expect(worth(denial, { status: 'revoked', taken, ends: NOW })).toBe('inactive');
    }
  });

  it('that a clinic gave afterwards ends by it too, but for one that keeps branches out', () => {
    for (const given of [first, after, Infinity]) {
      expect(worth(termsOf('deny', custody), { status: 'revoked', given, taken: after })).toBe('revoked');
      const off = termsOf('deny', custody, ORGANISATION_RULE_OFF);
      expect(worth(off, { status: 'revoked', given, taken: after })).toBe('active');
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

const time = fc.oneof(fc.nat(20), fc.constant(Infinity));

it('whatever the times are: no clinic lets somebody in after the take-over, nor back in', () => {
  const any = fc.record({
    grantor: fc.constantFrom(custody, held),
    effect: fc.constantFrom('permit' as const, 'deny' as const),
    status: fc.constantFrom('active' as const, 'inactive' as const, 'revoked' as const),
    policy: fc.constantFrom('', ORGANISATION_RULE_OFF),
    ...{ given: time, taken: time },
  });
  fc.assert(
    fc.property(any, ({ grantor, effect, status, policy, given, taken }) => {
      const now = worth(termsOf(effect, grantor, policy), { status, given, taken });
      if (effect === 'permit') {
        expect(now === 'active').toBe(status === 'active' && (grantor === held || given < first));
      } else if (now === 'revoked') {
        expect([status, grantor]).toEqual(['revoked', custody]);
        expect(taken < first || (given >= first && policy === '')).toBe(true);
      }
    }),
  );
});
