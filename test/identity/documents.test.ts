import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeOf } from '../../common/errors.ts';
import {
  compareDocuments,
  documentInput,
  normaliseDocument,
  type TypedDocument,
} from '../../identity/patient/document.ts';
import { IdentifierError } from '../../identity/patient/errors.ts';
import vectors from '../vectors/pid-1.json' with { type: 'json' };
import { spelling, typedDocument } from './generators.ts';

const codeFor = (typed: TypedDocument): string | undefined => {
  try {
    normaliseDocument(typed);
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
};

describe('normalisation wardmesh/pid/1', () => {
  it.each(vectors.accepted)('accepts $country $type $text', ({ country, type, text, document }) => {
    expect(normaliseDocument({ country, type, number: text })).toEqual(document);
  });

  it.each(vectors.refused)('refuses $country $type $text as $code', ({ country, type, text, code }) => {
    expect(codeFor({ country, type, number: text })).toBe(code);
  });

  it('refuses half a character', () => {
    expect(codeFor({ country: 'KE', type: 'nid', number: '123456\ud83d' })).toBe('identifier.characters');
  });

  it('finds every wrong digit where the country has a check digit that finds them all', () => {
    const strict = ['AU', 'CH', 'CN', 'DE', 'ES', 'GB', 'IL', 'IN', 'NL', 'NO', 'PL', 'SE', 'ZA'];
    const documents = vectors.accepted.filter(
      ({ country, document }) => strict.includes(country) && ['nid', 'nhs', 'ihi', 'kvnr'].includes(document.type),
    );
    expect(new Set(documents.map(({ country }) => country)).size).toBe(strict.length);
    for (const { document } of documents) {
      for (let at = 0; at < document.number.length; at++) {
        const digit = document.number[at];
        if (!/[0-9]/.test(digit)) continue;
        const wrong = document.number.slice(0, at) + ((Number(digit) + 1) % 10) + document.number.slice(at + 1);
        expect([wrong, codeFor({ ...document, number: wrong })]).toEqual([
          wrong,
          expect.stringMatching(/check-digit|format/),
        ]);
      }
    }
  });

  it('keeps apart what only a separator tells apart in Finland', () => {
    const number = (text: string) => normaliseDocument({ country: 'FI', type: 'nid', number: text }).number;
    const signs = ['131052-308T', '131052+308T', '131052A308T', '131052Y308T'];
    expect(new Set(signs.map(number)).size).toBe(signs.length);
    for (const text of signs) expect(number(number(text))).toBe(number(text));
  });

  it('warns of a social security number that was never issued, and takes it', () => {
    const warnings = (number: string) => normaliseDocument({ country: 'US', type: 'ssn', number }).warnings;
    expect(warnings('523-45-6789')).toEqual([]);
    for (const number of ['999-77-2159', '666-12-3456', '000-12-3456', '523-00-6789', '523-45-0000']) {
      expect(warnings(number)).toEqual(['ssn-area']);
    }
  });

  it('counts a person by a stated order of documents', () => {
    const types = ['mrn@a.example', 'passport', 'driver@ma', 'library-card', 'ssn', 'mbi', 'nid'];
    const documents = types.map((type) => ({ country: 'KE', type, number: '1' }));
    const order = [...documents].sort(compareDocuments).map(({ type }) => type);
    expect(order).toEqual(['nid', 'ssn', 'mbi', 'passport', 'driver@ma', 'library-card', 'mrn@a.example']);
  });

  it('property 2: patient id determinism: every spelling of a number gives the same document', () => {
    fc.assert(
      fc.property(
        typedDocument.chain((typed) => fc.tuple(fc.constant(typed), spelling(typed))),
        ([typed, spelled]) => {
          expect(normaliseDocument(spelled)).toEqual(normaliseDocument(typed));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('property 2: patient id determinism: a normalised document stays as it is', () => {
    const stored = vectors.accepted.map(({ document }) => document);
    fc.assert(
      fc.property(fc.oneof(typedDocument.map(normaliseDocument), fc.constantFrom(...stored)), (document) => {
        expect(normaliseDocument(document)).toEqual(document);
      }),
    );
  });

  it('property 1: patient id uniqueness: different documents never give one input', () => {
    fc.assert(
      fc.property(typedDocument, typedDocument, (a, b) => {
        const [first, second] = [normaliseDocument(a), normaliseDocument(b)];
        const same = first.country === second.country && first.type === second.type && first.number === second.number;
        expect(Buffer.from(documentInput(first)).equals(documentInput(second))).toBe(same);
      }),
    );
  });

  it('either gives A-Z and 0-9 of a lawful length or refuses with a code, for any text at all', () => {
    const any = fc.string({ unit: 'binary', maxLength: 150 });
    const near = fc.string({ unit: fc.constantFrom(...'0123456789ABab-. \u0661\uff11\u00ad\u0301é|@'), maxLength: 40 });
    const field = fc.oneof(fc.constantFrom('US', 'GB', 'FI', 'ssn', 'nid', 'mrn@x', 'passport'), any);
    fc.assert(
      fc.property(field, field, fc.oneof(any, near), (country, type, number) => {
        try {
          const document = normaliseDocument({ country, type, number });
          expect(document.number).toMatch(/^[A-Z0-9]{1,32}$/);
          expect(document.country).toMatch(/^[A-Z]{2}$/);
          expect(document.type).toMatch(/^[a-z0-9@._:/-]+$/);
        } catch (error) {
          expect(error).toBeInstanceOf(IdentifierError);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('property 5: privacy preservation: no refusal repeats what was typed', () => {
    const secret = fc.stringMatching(/^[a-z][0-9]{9,12}$/);
    fc.assert(
      fc.property(secret, fc.constantFrom('country', 'type', 'number'), (text, field) => {
        const typed = { country: 'US', type: 'ssn', number: '52345678', [field]: text };
        try {
          normaliseDocument(typed);
        } catch (error) {
          expect(`${String(error)}${JSON.stringify(error)}`).not.toContain(text);
        }
      }),
    );
  });
});
