import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../../common/bytes.ts';
import { CodecError } from '../../../common/codec/errors.ts';
import { REFUSALS, refusalOf } from '../../../consensus/ledger/codes.ts';
import { KINDS, kindOf } from '../../../consensus/ledger/kinds.ts';
import {
  ALREADY_APPLIED,
  APPLIED,
  ATTACHED,
  decodeOutcome,
  encodeOutcome,
  KNOWN,
  listOutcome,
  outcomeRoot,
  refused,
} from '../../../consensus/ledger/outcome.ts';
import type { EntryOutcome, Outcome } from '../../../consensus/ledger/types.ts';
import { named } from './fixture.ts';

const entry: fc.Arbitrary<EntryOutcome> = fc.oneof(
  fc
    .constantFrom('applied' as const, 'already-applied' as const, 'known' as const, 'attached' as const)
    .map((status) => ({
      status,
      code: 0,
    })),
  fc.integer({ min: 1, max: 0xffff }).map((code) => ({ status: 'refused' as const, code })),
);
const outcome: fc.Arbitrary<Outcome> = fc
  .tuple(entry, fc.array(entry, { maxLength: 512 }))
  .map(([whole, entries]) => ({ ...whole, entries }));

describe('outcome codec', () => {
  it('gives back every outcome that it encoded', () => {
    fc.assert(
      fc.property(outcome, (value) => {
        expect(decodeOutcome(encodeOutcome(value))).toEqual(value);
      }),
    );
  });

  it('accepts no other bytes than it would write', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 12 }).map((tail) => Uint8Array.of(1 + (tail.length % 6), ...tail)),
        (bytes) => {
          let value: Outcome;
          try {
            value = decodeOutcome(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(CodecError);
            return;
          }
          expect(encodeOutcome(value)).toEqual(bytes);
        },
      ),
    );
  });

  it('refuses status 0 and 6, a code without a refusal, a refusal without a code, and too many entries', () => {
    const make = (status: number, code: number, count = 0) =>
      Uint8Array.of(status, code >> 8, code & 255, count >> 8, count & 255, ...Array(3 * count).fill(1));
    expect(decodeOutcome(make(1, 0))).toEqual(APPLIED);
    for (const bad of [make(0, 0), make(6, 0), make(1, 1), make(5, 0), make(1, 0, 513)]) {
      expect(() => decodeOutcome(bad)).toThrow(CodecError);
    }
  });
});

describe('the outcome of a list', () => {
  it('is what the entries agree on', () => {
    expect(listOutcome([KNOWN, KNOWN])).toMatchObject({ status: 'known', code: 0 });
    expect(listOutcome([ALREADY_APPLIED])).toMatchObject({ status: 'already-applied' });
    expect(listOutcome([refused('exists'), refused('no-role')])).toMatchObject({ status: 'refused', code: 9 });
  });

  it('is applied when they differ, and keeps each of them', () => {
    const whole = listOutcome([APPLIED, ATTACHED, refused('exists')]);
    expect(whole).toMatchObject({ status: 'applied', code: 0 });
    expect(whole.entries.map((one) => one.status)).toEqual(['applied', 'attached', 'refused']);
    expect(decodeOutcome(encodeOutcome(whole))).toEqual(whole);
  });
});

describe('the outcome root', () => {
  it('depends on every id, every outcome and their order', () => {
    const ids = [named('a'), named('b')];
    const roots = [
      outcomeRoot(ids, [APPLIED, KNOWN]),
      outcomeRoot(ids, [KNOWN, APPLIED]),
      outcomeRoot([ids[1], ids[0]], [APPLIED, KNOWN]),
      outcomeRoot(ids, [APPLIED, refused('version')]),
      outcomeRoot([ids[0]], [APPLIED]),
    ].map(toHex);
    expect(new Set(roots).size).toBe(roots.length);
  });

  it('is zeros for a block without statements', () => {
    expect(outcomeRoot([], [])).toEqual(new Uint8Array(32));
  });
});

describe('tables of codes and kinds', () => {
  it('name every refusal once and find it by its number', () => {
    expect(new Set(REFUSALS.map((one) => one.code)).size).toBe(REFUSALS.length);
    expect(new Set(REFUSALS.map((one) => one.name)).size).toBe(REFUSALS.length);
    for (const refusal of REFUSALS) {
      expect(refusalOf(refusal.code)).toBe(refusal);
      expect(refused(refusal.name).code).toBe(refusal.code);
    }
    expect(refusalOf(0xffff)).toBeUndefined();
  });

  it('number every kind once', () => {
    expect(new Set(KINDS.map((kind) => kind.number)).size).toBe(KINDS.length);
    expect(kindOf(0x0401)?.name).toBe('patients.register');
    expect(kindOf(0x0400)).toBeUndefined();
  });
});
