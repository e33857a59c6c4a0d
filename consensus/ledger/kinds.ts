// The kinds of statements: numbers, names and what is known of each before its family's rule is asked (PROTOCOL 4.1, 7).
// Owns no rule.
import { FEATURES } from '../features.ts';
import { MAX_ACCOUNT_KEYS, UNITS_ENTRY, UNITS_TORSION, UNITS_VERIFY } from '../limits.ts';

export const MEMBERS_PROPOSE = 0x0101;
export const MEMBERS_APPROVE = 0x0102;
export const MEMBERS_LEAVE = 0x0103;
export const MEMBERS_EVIDENCE = 0x0104;
export const PARAMS_PROPOSE = 0x0201;
export const PARAMS_APPROVE = 0x0202;
export const PARAMS_REHEARSE = 0x0203;
export const ACCOUNTS_CREATE = 0x0301;
export const ACCOUNTS_ADD_KEY = 0x0302;
export const ACCOUNTS_REVOKE_KEY = 0x0303;
export const ACCOUNTS_SET_ROLE = 0x0304;
export const ACCOUNTS_SUSPEND = 0x0305;
export const ACCOUNTS_SET_RECOVERY = 0x0306;
export const ACCOUNTS_RECOVER_START = 0x0307;
export const ACCOUNTS_RECOVER_VETO = 0x0308;
export const ACCOUNTS_RECOVER_FINISH = 0x0309;
export const PATIENTS_REGISTER = 0x0401;
export const PATIENTS_ATTACH = 0x0402;
export const PATIENTS_DETACH = 0x0403;
export const RECORDS_ADD = 0x0501;
export const THREATS_REPORT = 0x0a01;
export const THREATS_EXTEND = 0x0a02;
export const THREATS_REVOKE = 0x0a03;
export const CREDITS_TRANSFER = 0x0c01;

/** u8 family numbers; a kind is `family << 8 | action`. */
export const FAMILIES = {
  members: 1,
  params: 2,
  accounts: 3,
  patients: 4,
  records: 5,
  consent: 6,
  keys: 7,
  audit: 8,
  appointments: 9,
  threats: 10,
  research: 11,
  credits: 12,
  ceremony: 13,
} as const;

export type Family = keyof typeof FAMILIES;

export interface Kind {
  readonly number: number;
  /** `family.action`, as doors show it. */
  readonly name: string;
  readonly family: Family;
  /** Which author may make it at all; families ask for more. */
  readonly author: 'clinic' | 'person' | 'any';
  /** By a person's key that no account has yet: the rule says which (PROTOCOL 4.11). */
  readonly ownKey: boolean;
  /** Object zero, version 0, an outcome per entry (PROTOCOL 4.3). */
  readonly list: boolean;
  /** Bytes of one entry of a list; 0 for other kinds. */
  readonly entryBytes: number;
  readonly attachment: 'none' | 'optional' | 'required';
  /** Public-key work of the rule itself, on top of the author's signature. */
  readonly units: number;
  /** Unknown until the network activates this feature; then it may not cost units, as it never did before. */
  readonly feature: number | undefined;
}

/** Keys of a clinic that must be torsion-free. */
const SIGNING_KEYS = 4;

type Traits = Partial<Omit<Kind, 'number' | 'name' | 'family'>>;

function kind(number: number, family: Family, action: string, traits: Traits = {}): Kind {
  return {
    number,
    name: `${family}.${action}`,
    family,
    author: 'clinic',
    ownKey: false,
    list: false,
    entryBytes: 0,
    attachment: 'none',
    units: 0,
    feature: undefined,
    ...traits,
  };
}

export const KINDS: readonly Kind[] = [
  kind(MEMBERS_PROPOSE, 'members', 'propose', { units: SIGNING_KEYS * UNITS_TORSION + UNITS_VERIFY }),
  kind(MEMBERS_APPROVE, 'members', 'approve', { units: UNITS_VERIFY }),
  kind(MEMBERS_LEAVE, 'members', 'leave', { units: UNITS_VERIFY }),
  kind(MEMBERS_EVIDENCE, 'members', 'evidence', { units: 2 * UNITS_VERIFY }),
  kind(PARAMS_PROPOSE, 'params', 'propose', { units: UNITS_VERIFY }),
  kind(PARAMS_APPROVE, 'params', 'approve', { units: UNITS_VERIFY }),
  kind(PARAMS_REHEARSE, 'params', 'rehearse', { feature: FEATURES.rehearsal }),
  kind(ACCOUNTS_CREATE, 'accounts', 'create', { author: 'person', ownKey: true, units: 2 * UNITS_TORSION }),
  kind(ACCOUNTS_ADD_KEY, 'accounts', 'add-key', { author: 'person', units: UNITS_TORSION + UNITS_VERIFY }),
  kind(ACCOUNTS_REVOKE_KEY, 'accounts', 'revoke-key', { author: 'person' }),
  kind(ACCOUNTS_SET_ROLE, 'accounts', 'set-role'),
  kind(ACCOUNTS_SUSPEND, 'accounts', 'suspend'),
  kind(ACCOUNTS_SET_RECOVERY, 'accounts', 'set-recovery', { author: 'person', units: UNITS_TORSION }),
  kind(ACCOUNTS_RECOVER_START, 'accounts', 'recover-start', {
    author: 'person',
    ownKey: true,
    units: UNITS_TORSION + UNITS_VERIFY,
  }),
  kind(ACCOUNTS_RECOVER_VETO, 'accounts', 'recover-veto', { author: 'person' }),
  // it ends every other key
  kind(ACCOUNTS_RECOVER_FINISH, 'accounts', 'recover-finish', {
    author: 'person',
    ownKey: true,
    units: MAX_ACCOUNT_KEYS * UNITS_ENTRY,
  }),
  kind(PATIENTS_REGISTER, 'patients', 'register', { list: true, entryBytes: 32 }),
  kind(PATIENTS_ATTACH, 'patients', 'attach'),
  kind(PATIENTS_DETACH, 'patients', 'detach'),
  kind(RECORDS_ADD, 'records', 'add', { author: 'any', list: true, entryBytes: 80 }),
  kind(THREATS_REPORT, 'threats', 'report', { attachment: 'required' }),
  kind(THREATS_EXTEND, 'threats', 'extend', { attachment: 'optional' }),
  kind(THREATS_REVOKE, 'threats', 'revoke', { attachment: 'optional' }),
  kind(CREDITS_TRANSFER, 'credits', 'transfer'),
];

const byNumber: ReadonlyMap<number, Kind> = new Map(KINDS.map((entry) => [entry.number, entry]));

export function kindOf(number: number): Kind | undefined {
  return byNumber.get(number);
}

/** Whether a kind number is of a family, known action or not (PROTOCOL 4.5). */
export function isOfFamily(number: number, family: Family): boolean {
  return number >> 8 === FAMILIES[family];
}
