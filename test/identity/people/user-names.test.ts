import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PersonRecordError } from '../../../identity/people/errors.ts';
import { holderOf, lookalikeOf } from '../../../identity/people/lookalikes.ts';
import { foldUserName, knownUserName } from '../../../identity/people/user-names.ts';

const good = [
  ['Anna.Lee', 'anna.lee'],
  ['  anna_lee-2 ', 'anna_lee-2'],
  ['ＡＮＮＡ', 'anna'],
  ['anna@clinic.example', 'anna@clinic.example'],
  ['Müller', 'müller'],
  ['Mu\u0308ller', 'müller'],
  ['ΜΑΡΊΑ', 'μαρία'],
  ['Жанна', 'жанна'],
  ['田中太郎', '田中太郎'],
  ['ハナコ42', 'ハナコ42'],
  ['김민준', '김민준'],
  ['محمد', 'محمد'],
  ['अनीता', 'अनीता'],
  ['ⅷ-ward', 'viii-ward'],
] as const;

const bad = [
  ['ab', 'length'],
  ['a'.repeat(65), 'length'],
  ['a'.repeat(100_000), 'length'],
  ['\ud800nna', 'length'],
  ['', 'length'],
  ['anna lee', 'characters'],
  ['anna..lee', 'characters'],
  ['.anna', 'characters'],
  ['anna-', 'characters'],
  ['an\u200bna', 'characters'],
  ['an\u00adna', 'characters'],
  ['anna\u202e', 'characters'],
  ['an\u034fna', 'characters'],
  ['anna\ufe0f', 'characters'],
  ['<script>', 'characters'],
  ["anna'--", 'characters'],
  ['anna/../x', 'characters'],
  ['anna\0', 'characters'],
  ['anna\n', undefined],
  ['anna😀', 'characters'],
  [`a${'\u0316'.repeat(4)}nna`, 'characters'],
  ['\u0301anna', 'characters'],
  ['аnna', 'alphabets'],
  ['annα', 'alphabets'],
  ['anna١2', 'alphabets'],
] as const;

describe('user names', () => {
  it.each(good)('are one for every way to type them: %j', (typed, name) => {
    expect(foldUserName(typed)).toBe(name);
    expect(foldUserName(name)).toBe(name);
    expect(knownUserName(typed)).toBe(name);
  });

  it.each(bad)('are not what could be mistaken, hidden or run: %j', (typed, reason) => {
    if (reason === undefined) expect(foldUserName(typed)).toBe('anna');
    else {
      expect(() => foldUserName(typed)).toThrow(expect.objectContaining({ code: `user-name.${reason}` }));
      expect(knownUserName(typed)).toBeUndefined();
    }
  });

  it('fold to what folds to itself, in any case and width, and end in a coded refusal otherwise', () => {
    const typed = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.string({ unit: fc.constantFrom(...'aZ.ß_-@İıſΣςDžéﬁ٣3'), maxLength: 20 }),
    );
    fc.assert(
      fc.property(typed, (text) => {
        let name: string;
        try {
          name = foldUserName(text);
        } catch (error) {
          expect(error).toBeInstanceOf(PersonRecordError);
          return;
        }
        expect(foldUserName(name)).toBe(name);
        expect(name).toBe(name.toLowerCase().normalize('NFKC'));
        expect(name).not.toMatch(/[\s/\\<>"'&;%]/u);
        expect(foldUserName(text.normalize('NFD'))).toBe(name);
      }),
      { numRuns: 300 },
    );
  });
});

describe('lookalikes', () => {
  it.each([
    ['anna', 'аппа'.replaceAll('п', 'ո')],
    ['scope', 'ѕсоре'],
    ['user1', 'userl'],
    ['dr0s', 'dros'],
    ['modern', 'modem'],
    ['paypal', 'раураӏ'],
    ['oxo', 'οχο'],
  ])('are one: %s and %s', (a, b) => {
    expect(a).not.toBe(b);
    expect(lookalikeOf(a)).toBe(lookalikeOf(b));
  });

  it.each([
    ['anna', 'hanna'],
    ['anna.lee', 'annalee'],
    ['жанна', 'янина'],
    ['muller', 'müller'],
  ])('are not one: %s and %s', (a, b) => {
    expect(lookalikeOf(a)).not.toBe(lookalikeOf(b));
  });

  it('are stable: the form of a form is itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'rnvmw10olасеοχ.-'), maxLength: 24 }), (name) => {
        expect(lookalikeOf(lookalikeOf(name))).toBe(lookalikeOf(name));
      }),
    );
  });

  it('give a name that was given twice to the same person at every clinic', () => {
    const claim = fc.record({ user: fc.constantFrom('a', 'b', 'c'), made: fc.nat(2), clinic: fc.nat(2) });
    fc.assert(
      fc.property(fc.uniqueArray(claim, { selector: ({ user }) => user }), fc.nat(), (claims, turn) => {
        const others = [...claims.slice(turn % 3), ...claims.slice(0, turn % 3)].reverse();
        expect(holderOf(others)).toEqual(holderOf(claims));
        const holder = holderOf(claims);
        if (holder !== undefined) {
          const same = claims.filter(({ made }) => made === holder.made);
          expect(Math.min(...same.map(({ clinic }) => clinic))).toBe(holder.clinic);
        }
        for (const each of claims) expect(each.made).toBeGreaterThanOrEqual(holderOf(claims)!.made);
      }),
    );
  });
});
