// Identity documents under wardmesh/pid/1: from what was typed to (country, type, number), in one form only.
// Owns the order in which documents count; knows no FHIR and no secret.
import { dropSeparators, foldCharacters } from './characters.ts';
import { isCountry } from './countries.ts';
import { type DocumentRule, ruleFor } from './document-rules.ts';
import { IdentifierError } from './errors.ts';
import { isPlaceholder } from './placeholders.ts';

/** As typed or read: any spelling. `country` is the issuer's (ISO 3166-1 alpha-2); `type` may carry `@issuer`. */
export interface TypedDocument {
  readonly country: string;
  readonly type: string;
  readonly number: string;
}

/** Normalised: equal documents have equal fields. `warnings` are doubts that do not refuse. */
export interface IdentityDocument extends TypedDocument {
  readonly warnings: readonly string[];
}

export const NORMALISER = 'wardmesh/pid/1';

const encoder = new TextEncoder();
const TYPE = /^([a-z][a-z0-9-]{0,15})(@[a-z0-9](?:[a-z0-9._:/-]{0,78}[a-z0-9])?)?$/;

// A person is counted once: by the first of these types that was accepted. Other documents give further identifiers.
const ORDER = [
  'nid',
  'ssn',
  'nhs',
  'chi',
  'ihi',
  'nhi',
  'kvnr',
  'abha',
  'mbi',
  'passport',
  'driver',
  'residence',
  'refugee',
  'birth',
];

/** Throws IdentifierError, which never holds the number. */
export function normaliseDocument(typed: TypedDocument): IdentityDocument {
  const country = typed.country.trim().toUpperCase();
  if (!isCountry(country)) throw new IdentifierError({ code: 'identifier.country' });
  const match = TYPE.exec(typed.type.trim().toLowerCase());
  if (match === null) throw new IdentifierError({ code: 'identifier.type' });
  const [, base, issuer = ''] = match;
  const rule = ruleFor(country, base);
  const type = rule.type;
  if (rule.issuer === true && issuer === '') {
    throw new IdentifierError({ code: 'identifier.issuer', country, type: nameable(type) });
  }
  const number = normaliseNumber(rule, country, nameable(type), typed.number);
  const warning = rule.warn?.(number);
  return { country, type: type + issuer, number, warnings: warning === undefined ? [] : [warning] };
}

/** What the identifier is computed from; injective, since neither country, type nor number can hold a `|`. */
export function documentInput(document: IdentityDocument): Uint8Array {
  return encoder.encode(`${NORMALISER}|${document.country}|${document.type}|${document.number}`);
}

/** The order in which a person's documents count; by type, then country, type and number, so equal at every clinic. */
export function compareDocuments(a: TypedDocument, b: TypedDocument): number {
  return (
    rank(a.type) - rank(b.type) || order(a.country, b.country) || order(a.type, b.type) || order(a.number, b.number)
  );
}

/** A type that we do not know is not repeated in errors: a number typed into the wrong field would be. */
function nameable(type: string): string {
  return type === 'mrn' || ORDER.includes(type) ? type : 'other';
}

function normaliseNumber(
  rule: DocumentRule & { lengths: readonly number[] },
  country: string,
  type: string,
  text: string,
): string {
  const folded = foldCharacters(text);
  const number = folded === undefined ? undefined : dropSeparators(rule.prepare?.(folded) ?? folded);
  if (number === undefined) throw new IdentifierError({ code: 'identifier.characters', country, type });
  if (!rule.lengths.includes(number.length)) {
    throw new IdentifierError({ code: 'identifier.length', country, type, length: number.length });
  }
  if (isPlaceholder(number) || rule.placeholders?.includes(number)) {
    throw new IdentifierError({ code: 'identifier.placeholder', country, type });
  }
  if (rule.form !== undefined && !rule.form.test(number)) {
    throw new IdentifierError({ code: 'identifier.format', country, type });
  }
  if (rule.check !== undefined && !rule.check(number)) {
    throw new IdentifierError({ code: 'identifier.check-digit', country, type });
  }
  return number;
}

/** Unknown types count after the named ones, numbers of a single clinic last. */
function rank(type: string): number {
  const base = type.split('@', 1)[0];
  if (base === 'mrn') return ORDER.length + 1;
  const at = ORDER.indexOf(base);
  return at === -1 ? ORDER.length : at;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
