// Identity documents and their spellings for property tests.
import fc from 'fast-check';
import type { TypedDocument } from '../../identity/patient/document.ts';
import { isPlaceholder } from '../../identity/patient/placeholders.ts';

const real = (number: string) => !isPlaceholder(number) && number !== '078051120' && number !== '219099999';

/** Accepted documents of types without a check digit. */
export const typedDocument: fc.Arbitrary<TypedDocument> = fc.oneof(
  fc
    .stringMatching(/^[0-9]{9}$/)
    .filter(real)
    .map((number) => ({ country: 'US', type: 'ssn', number })),
  fc.record({
    country: fc.constantFrom('KE', 'PE', 'JP'),
    type: fc.constantFrom('nid', 'passport', 'refugee', 'mrn@a.example/x', 'mrn@3'),
    number: fc.stringMatching(/^[A-Z0-9]{6,10}$/).filter(real),
  }),
);

// Zeros of scripts whose digits people type: ASCII, full-width, Arabic-Indic, Persian, Devanagari, Bengali, Thai.
const ZEROS = [0x30, 0xff10, 0x660, 0x6f0, 0x966, 0x9e6, 0xe50];
const SEPARATORS = ['', '', '', ' ', '-', '\u00a0', '\u00ad', '\u2011', '\u2212', '.', '/', '\u200b', '\t'];

/** The same document otherwise typed: scripts, width, case, separators. */
export function spelling({ country, type, number }: TypedDocument): fc.Arbitrary<TypedDocument> {
  const characters = [...number].map((character) =>
    fc.tuple(fc.constantFrom(...SEPARATORS), fc.constantFrom(...ZEROS), fc.boolean()).map(([separator, zero, wide]) => {
      const digit = character <= '9' ? String.fromCodePoint(zero + Number(character)) : letter(character, wide);
      return separator + digit;
    }),
  );
  const cased = (text: string) => fc.constantFrom(text, text.toLowerCase(), text.toUpperCase(), ` ${text} `);
  return fc.record({
    country: cased(country),
    type: cased(type),
    number: fc.tuple(...characters).map((parts) => parts.join('')),
  });
}

function letter(character: string, wide: boolean): string {
  return wide ? String.fromCodePoint(character.charCodeAt(0) + 0xfee0) : character.toLowerCase();
}
