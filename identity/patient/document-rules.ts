// What a number of a document type must look like, by country: lengths, form, check digit, warnings (wardmesh/pid/1).
// Owns no normalisation of characters. A rule may be added for a pair that had none only together with a new version.
import { ean13, luhn, mod11Nhs, mod11Twice, verhoeff } from './check-digits.ts';
import * as national from './national-checks.ts';

export interface DocumentRule {
  readonly country: string;
  readonly type: string;
  /** Other names by which this type is asked for in this country. */
  readonly aliases?: readonly string[];
  /** Numbers are unique only per issuer. */
  readonly issuer?: true;
  readonly lengths?: readonly number[];
  readonly form?: RegExp;
  readonly check?: (number: string) => boolean;
  /** Doubts that do not refuse. */
  readonly warn?: (number: string) => string | undefined;
  /** Runs before separators are dropped, where a separator carries meaning. */
  readonly prepare?: (text: string) => string;
  /** Printed samples that people copy. */
  readonly placeholders?: readonly string[];
}

const DIGITS = /^[0-9]+$/;
const MBI = /^[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d[AC-HJKMNP-RT-Y]{2}\d{2}$/;
const CODICE_FISCALE = /^[A-Z]{6}[0-9LMNP-V]{2}[A-EHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]$/;
const NIR = /^[1-478][0-9]{4}(?:[0-9]{2}|2[AB])[0-9]{8}$/;
const NHI = /^[A-HJ-NP-Z]{3}[0-9]{2}(?:[0-9]{2}|[A-HJ-NP-Z]{2})$/;

/** The sign between date and serial names the century in Finland: kept, with P for + and M for -. */
function finnishSign(text: string): string {
  const compact = text.replace(/[\s\p{Cf}]/gu, '').replace(/\p{Pd}|−/gu, '-');
  return compact.replace(/^([0-9]{6})([-+])/, (_, date, sign) => date + (sign === '+' ? 'P' : 'M'));
}

function ssnArea(n: string): string | undefined {
  const area = n.slice(0, 3);
  const never = area === '000' || area === '666' || area[0] === '9' || n.slice(3, 5) === '00' || n.slice(5) === '0000';
  return never ? 'ssn-area' : undefined;
}

function month13(n: string): string | undefined {
  const month = Number(n.slice(2, 4));
  const day = Number(n.slice(4, 6));
  return month < 1 || month > 12 || day < 1 || day > 31 ? 'birth-date' : undefined;
}

const NATIONAL: readonly DocumentRule[] = [
  { country: 'AT', type: 'nid', aliases: ['ssn', 'svnr'], lengths: [10], form: DIGITS, check: national.austria },
  { country: 'AU', type: 'ihi', aliases: ['nid'], lengths: [16], form: /^800360\d{10}$/, check: luhn },
  { country: 'BE', type: 'nid', aliases: ['ssin'], lengths: [11], form: DIGITS, check: national.belgium },
  { country: 'BR', type: 'nid', aliases: ['cpf'], lengths: [11], form: DIGITS, check: national.brazil },
  { country: 'CH', type: 'nid', aliases: ['ahv', 'ssn'], lengths: [13], form: /^756\d{10}$/, check: ean13 },
  { country: 'CN', type: 'nid', lengths: [18], form: /^\d{17}[0-9X]$/, check: national.china },
  { country: 'DE', type: 'kvnr', lengths: [10], form: /^[A-Z]\d{9}$/, check: national.germany },
  {
    country: 'DK',
    type: 'nid',
    aliases: ['cpr'],
    lengths: [10],
    form: DIGITS,
    warn: (n) => (national.denmark(n) ? undefined : 'check-digit'),
  },
  { country: 'EE', type: 'nid', lengths: [11], form: /^[1-8]\d{10}$/, check: mod11Twice },
  {
    country: 'ES',
    type: 'nid',
    aliases: ['dni', 'nie'],
    lengths: [9],
    form: /^[0-9XYZ]\d{7}[A-Z]$/,
    check: national.spain,
  },
  {
    country: 'FI',
    type: 'nid',
    aliases: ['hetu'],
    lengths: [11],
    form: /^\d{6}[MPA-FU-Y]\d{3}[0-9A-Y]$/,
    prepare: finnishSign,
    check: national.finland,
  },
  { country: 'FR', type: 'nid', aliases: ['nir', 'ins', 'ssn'], lengths: [15], form: NIR, check: national.france },
  { country: 'GB', type: 'chi', lengths: [10], form: DIGITS, check: mod11Nhs },
  { country: 'GB', type: 'nhs', aliases: ['nid'], lengths: [10], form: DIGITS, check: mod11Nhs },
  { country: 'IL', type: 'nid', lengths: [9], form: DIGITS, check: luhn },
  { country: 'IN', type: 'abha', lengths: [14], form: DIGITS },
  { country: 'IN', type: 'nid', aliases: ['aadhaar'], lengths: [12], form: /^[2-9]\d{11}$/, check: verhoeff },
  { country: 'IT', type: 'nid', aliases: ['cf'], lengths: [16], form: CODICE_FISCALE, check: national.italy },
  { country: 'LT', type: 'nid', lengths: [11], form: /^[1-6]\d{10}$/, check: mod11Twice },
  { country: 'NL', type: 'nid', aliases: ['bsn', 'ssn'], lengths: [9], form: DIGITS, check: national.netherlands },
  { country: 'NO', type: 'nid', lengths: [11], form: DIGITS, check: national.norway },
  { country: 'NZ', type: 'nhi', aliases: ['nid'], lengths: [7], form: NHI, check: national.newZealand },
  { country: 'PL', type: 'nid', aliases: ['pesel'], lengths: [11], form: DIGITS, check: national.poland },
  { country: 'SE', type: 'nid', lengths: [12], form: /^(?:18|19|20)\d{10}$/, check: (n) => luhn(n.slice(2)) },
  { country: 'US', type: 'driver', issuer: true },
  { country: 'US', type: 'mbi', lengths: [11], form: MBI },
  {
    country: 'US',
    type: 'ssn',
    aliases: ['nid'],
    lengths: [9],
    form: DIGITS,
    warn: ssnArea,
    placeholders: ['078051120', '219099999'],
  },
  { country: 'ZA', type: 'nid', lengths: [13], form: DIGITS, check: luhn, warn: month13 },
];

const PASSPORT: Omit<DocumentRule, 'country'> = { type: 'passport', lengths: [5, 6, 7, 8, 9, 10, 11, 12] };
const MEDICAL_RECORD: Omit<DocumentRule, 'country'> = { type: 'mrn', issuer: true, lengths: lengths(1, 32) };
const GENERIC_LENGTHS = lengths(4, 32);

const rules = new Map<string, DocumentRule>();
for (const rule of NATIONAL) {
  for (const type of [rule.type, ...(rule.aliases ?? [])]) rules.set(`${rule.country}|${type}`, rule);
}

/** The rule for a country and a type without its issuer; an unknown pair gets the generic one. */
export function ruleFor(country: string, type: string): DocumentRule & { readonly lengths: readonly number[] } {
  const rule = rules.get(`${country}|${type}`) ?? { country, ...shared(type) };
  return { ...rule, lengths: rule.lengths ?? GENERIC_LENGTHS };
}

function shared(type: string): Omit<DocumentRule, 'country'> {
  if (type === 'passport') return PASSPORT;
  return type === 'mrn' ? MEDICAL_RECORD : { type };
}

function lengths(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
