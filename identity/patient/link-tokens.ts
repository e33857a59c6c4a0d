// Tokens by which two registrations of one person are found: of names, birth date and address, each through the same
// oblivious evaluation as identifiers with a domain tag of its own (wardmesh/link/1). Equal tokens are a suggestion, never
// a decision. Owns what goes into a token; stores nothing.
import { hkdfSha256 } from '#crypto';
import { EMPTY_BYTES } from '../../common/bytes.ts';
import { oprfBlind, oprfFinalize } from '../../common/crypto/oprf.ts';
import { mapInSlices } from '../../common/in-slices.ts';
import { IdentifierError } from './errors.ts';
import { type IdentifierEvaluator, MAX_EVALUATIONS } from './evaluator.ts';

/** What a registration says of a person; everything may be missing, in any spelling. */
export interface Demographics {
  readonly given: string | undefined;
  readonly family: string | undefined;
  /** ISO 8601, whole or not. */
  readonly birthDate: string | undefined;
  readonly postcode: string | undefined;
  /** First line of the address. */
  readonly line: string | undefined;
  /** One of twins: who shares family name, birth date and postcode with somebody else. */
  readonly multipleBirth: boolean;
}

/** By byte, from 1; what two persons have in common when their tokens of that kind are equal. */
export const LINK_KINDS = [
  'names-birth-date',
  'family-birth-date-postcode',
  'given-birth-date-postcode',
  'sounds-birth-date',
  'names-swapped-birth-date',
  'names-address',
] as const;
export type LinkKind = (typeof LINK_KINDS)[number];

export const LINK_TOKEN_BYTES = 16;

export interface LinkToken {
  readonly kind: LinkKind;
  readonly token: Uint8Array;
}

export interface LinkInput {
  readonly kind: LinkKind;
  readonly input: Uint8Array;
}

const VERSION = 'wardmesh/link/1';
const MAX_TEXT = 200;
const encoder = new TextEncoder();
const INFO = encoder.encode('link/1');

/** Letters that NFKD leaves whole. */
const LETTERS: Readonly<Record<string, string>> = {
  ...{ ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ð: 'd', þ: 'th', ł: 'l', ı: 'i' },
};
const SOUNDS: Readonly<Record<string, string>> = {
  ...{ b: '1', f: '1', p: '1', v: '1', c: '2', g: '2', j: '2', k: '2', q: '2', s: '2', x: '2', z: '2' },
  ...{ d: '3', t: '3', l: '4', m: '5', n: '5', r: '6' },
};

/** None of what is missing; given and family name count in either order. */
export function linkInputs(person: Demographics): LinkInput[] {
  const given = nameOf(person.given);
  const family = nameOf(person.family);
  const postcode = foldOf(person.postcode)
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '');
  const house = /[0-9]+/.exec(foldOf(person.line))?.[0] ?? '';
  const written = /^\d{4}-\d{2}-\d{2}$/.test(person.birthDate ?? '') ? person.birthDate! : '';
  // What is typed for an unknown date is shared by many; beside a postcode it still says something.
  const born = written.endsWith('-01-01') || written.startsWith('1900-') ? '' : written;
  const names = unordered(given, family);
  const sounds = unordered(soundOf(given), soundOf(family));
  const inputs: LinkInput[] = [];
  const add = (kind: LinkKind, ...parts: readonly string[]): void => {
    if (parts.includes('')) return;
    inputs.push({ kind, input: encoder.encode([VERSION, kind, ...parts].join('|')) });
  };
  add('names-birth-date', names, born);
  if (!person.multipleBirth) add('family-birth-date-postcode', family, written, postcode);
  add('given-birth-date-postcode', given, written, postcode);
  add('sounds-birth-date', sounds, born);
  add('names-swapped-birth-date', names, swapped(born));
  add('names-address', names, postcode, house);
  return inputs;
}

/** Computes tokens as identifiers are computed, without the slow hash: their number is what a quota bounds. */
export class LinkTokens {
  private readonly evaluator: IdentifierEvaluator;

  constructor(modules: { readonly evaluator: IdentifierEvaluator }) {
    this.evaluator = modules.evaluator;
  }

  /** In order of the inputs, at most 256. Throws IdentifierError as an identifier's evaluation does. */
  async compute(inputs: readonly LinkInput[]): Promise<LinkToken[]> {
    if (inputs.length > MAX_EVALUATIONS) throw new IdentifierError({ code: 'identifier.busy' });
    if (inputs.length === 0) return [];
    const blinds = await mapInSlices(inputs, ({ input }) => oprfBlind(input));
    const evaluated = await this.evaluator.evaluate(blinds.map(({ blinded }) => blinded));
    if (evaluated.length !== inputs.length) throw new IdentifierError({ code: 'identifier.evaluation' });
    return mapInSlices(inputs, ({ kind, input }, i) => {
      const output = oprfFinalize(input, blinds[i].blind, evaluated[i]);
      return { kind, token: hkdfSha256(output, EMPTY_BYTES, INFO, LINK_TOKEN_BYTES) };
    });
  }
}

/** Letters of any script alone, without marks, in lower case. */
function nameOf(text: string | undefined): string {
  return foldOf(text)
    .toLowerCase()
    .replace(/[ßæœøđðþłı]/g, (letter) => LETTERS[letter])
    .replace(/[^\p{L}]/gu, '');
}

function foldOf(text = ''): string {
  return text.slice(0, MAX_TEXT).toWellFormed().normalize('NFKD');
}

/** Empty unless there are both. */
function unordered(one: string, other: string): string {
  return one === '' || other === '' ? '' : [one, other].sort().join('~');
}

/** Soundex; empty for what has no Latin letter. */
function soundOf(name: string): string {
  const letters = name.replace(/[^a-z]/g, '');
  if (letters === '') return '';
  let sound = letters[0];
  let last = SOUNDS[letters[0]];
  for (const letter of letters.slice(1)) {
    const code = SOUNDS[letter];
    if (code !== undefined && code !== last) sound += code;
    if (letter !== 'h' && letter !== 'w') last = code;
  }
  return sound.padEnd(4, '0').slice(0, 4);
}

/** The same for a date and the one with day and month exchanged. */
function swapped(date: string): string {
  return date === '' ? '' : [date.slice(0, 4), ...[date.slice(5, 7), date.slice(8)].sort()].join('-');
}
