// The kinds of statements: numbers, names and what is known of each before its family's rule is asked (PROTOCOL 4.1, 7).
// Owns no rule.
import { FEATURES } from '../features.ts';
import {
  MAX_ACCOUNT_KEYS,
  MAX_SUBJECTS,
  UNITS_ENTRY,
  UNITS_GROUP_PROOF,
  UNITS_POINT,
  UNITS_TORSION,
  UNITS_VERIFY,
} from '../limits.ts';

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
export const PATIENTS_LINK = 0x0404;
export const PATIENTS_UNLINK = 0x0405;
export const PATIENTS_RETRACT = 0x0406;
export const PATIENTS_ACCOUNT = 0x0407;
export const PATIENTS_REPRESENTATIVE = 0x0408;
export const PATIENTS_TAKE_OVER_START = 0x0410;
export const PATIENTS_TAKE_OVER_WITNESS = 0x0411;
export const PATIENTS_TAKE_OVER_ACKNOWLEDGE = 0x0412;
export const PATIENTS_TAKE_OVER_OBJECT = 0x0413;
export const PATIENTS_TAKE_OVER_FINISH = 0x0414;
export const PATIENTS_TAKE_OVER_WITHDRAW = 0x0415;
export const PATIENTS_TAKE_OVER_OUTVOTE = 0x0416;
export const RECORDS_ADD = 0x0501;
export const RECORDS_AMEND = 0x0502;
export const CONSENT_COMMIT = 0x0601;
export const CONSENT_REVOKE = 0x0602;
export const KEYS_ERASE_REQUEST = 0x0701;
export const KEYS_ERASE_APPROVE = 0x0702;
export const KEYS_HOLD = 0x0703;
export const KEYS_SHRED_ACK = 0x0704;
export const KEYS_RELEASE = 0x0705;
export const AUDIT_ANCHOR = 0x0801;
export const THREATS_REPORT = 0x0a01;
export const THREATS_EXTEND = 0x0a02;
export const THREATS_REVOKE = 0x0a03;
export const THREATS_DISPUTE = 0x0a04;
export const THREATS_REINSTATE = 0x0a05;
export const THREATS_KEY = 0x0a10;
export const THREATS_RETAG = 0x0a11;
export const THREATS_SIGNATURE_PROPOSE = 0x0a20;
export const THREATS_SIGNATURE_CONFIRM = 0x0a21;
export const THREATS_SIGNATURE_RETIRE = 0x0a22;
export const CREDITS_TRANSFER = 0x0c01;
export const CEREMONY_BEGIN = 0x0d01;
export const CEREMONY_COMMIT = 0x0d02;
export const CEREMONY_COMPLAIN = 0x0d03;
export const CEREMONY_ANSWER = 0x0d04;
export const CEREMONY_RESULT = 0x0d05;

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
  /** Bytes of one entry of a payload that costs by its length, lists above all; 0 for other kinds. */
  readonly entryBytes: number;
  /** Work of one entry. */
  readonly entryUnits: number;
  readonly attachment: 'none' | 'optional' | 'required';
  /** Public-key work of the rule itself, on top of the author's signature. */
  readonly units: number;
  /** Unknown until the network activates this feature; then it may not cost units, as it never did before. */
  readonly feature: number | undefined;
}

/** Keys of a clinic that must be torsion-free. */
const SIGNING_KEYS = 4;
/** A row for each subject that the statement may name. */
const SUBJECT_ROWS = MAX_SUBJECTS * UNITS_ENTRY;
/** One row each of 1,024 members, read and not written. */
const MEMBER_ROWS = 1024;
/** Beside the row of the report: its organisation's, its tag's, that of all reports and that of its end. */
const REPORT_ROWS = 4;

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
    entryUnits: UNITS_ENTRY,
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
  kind(PATIENTS_LINK, 'patients', 'link'),
  kind(PATIENTS_UNLINK, 'patients', 'unlink'),
  kind(PATIENTS_RETRACT, 'patients', 'retract'),
  kind(PATIENTS_ACCOUNT, 'patients', 'account'),
  kind(PATIENTS_REPRESENTATIVE, 'patients', 'representative'),
  kind(PATIENTS_TAKE_OVER_START, 'patients', 'take-over-start', {
    author: 'person',
    ownKey: true,
    units: UNITS_TORSION,
    attachment: 'optional',
  }),
  // the last one looks for every member that holds the patient
  kind(PATIENTS_TAKE_OVER_WITNESS, 'patients', 'take-over-witness', { units: MEMBER_ROWS }),
  kind(PATIENTS_TAKE_OVER_ACKNOWLEDGE, 'patients', 'take-over-acknowledge'),
  kind(PATIENTS_TAKE_OVER_OBJECT, 'patients', 'take-over-object', { author: 'any', ownKey: true }),
  kind(PATIENTS_TAKE_OVER_FINISH, 'patients', 'take-over-finish', { author: 'person', ownKey: true }),
  kind(PATIENTS_TAKE_OVER_WITHDRAW, 'patients', 'take-over-withdraw', { author: 'any', ownKey: true }),
  kind(PATIENTS_TAKE_OVER_OUTVOTE, 'patients', 'take-over-outvote', { units: UNITS_VERIFY }),
  kind(RECORDS_ADD, 'records', 'add', { author: 'any', list: true, entryBytes: 80 }),
  kind(RECORDS_AMEND, 'records', 'amend', { author: 'any' }),
  // a person signs with a key made for that object alone, which no account has
  kind(CONSENT_COMMIT, 'consent', 'commit', { author: 'any', ownKey: true, attachment: 'required' }),
  kind(CONSENT_REVOKE, 'consent', 'revoke', { author: 'any', ownKey: true }),
  kind(KEYS_ERASE_REQUEST, 'keys', 'erase-request', { attachment: 'optional' }),
  kind(KEYS_ERASE_APPROVE, 'keys', 'erase-approve', { author: 'person', units: SUBJECT_ROWS }),
  kind(KEYS_HOLD, 'keys', 'hold', { units: SUBJECT_ROWS }),
  kind(KEYS_SHRED_ACK, 'keys', 'shred-ack'),
  kind(KEYS_RELEASE, 'keys', 'release', { units: SUBJECT_ROWS }),
  kind(AUDIT_ANCHOR, 'audit', 'anchor', { list: true, entryBytes: 44 }),
  kind(THREATS_REPORT, 'threats', 'report', { attachment: 'required', units: REPORT_ROWS * UNITS_ENTRY }),
  kind(THREATS_EXTEND, 'threats', 'extend', { attachment: 'optional' }),
  kind(THREATS_REVOKE, 'threats', 'revoke', { attachment: 'optional' }),
  // at most two organisations disputed each of the last hits
  kind(THREATS_REINSTATE, 'threats', 'reinstate', { units: 2 * REPORT_ROWS * UNITS_ENTRY }),
  kind(THREATS_KEY, 'threats', 'key'),
  kind(THREATS_RETAG, 'threats', 'retag', { attachment: 'required' }),
  kind(THREATS_SIGNATURE_PROPOSE, 'threats', 'signature-propose'),
  kind(THREATS_SIGNATURE_CONFIRM, 'threats', 'signature-confirm'),
  kind(THREATS_SIGNATURE_RETIRE, 'threats', 'signature-retire'),
  kind(THREATS_DISPUTE, 'threats', 'dispute', { units: REPORT_ROWS * UNITS_ENTRY }),
  kind(CREDITS_TRANSFER, 'credits', 'transfer'),
  kind(CEREMONY_BEGIN, 'ceremony', 'begin'),
  // its points are used again when the key is made of them
  kind(CEREMONY_COMMIT, 'ceremony', 'commit', { units: UNITS_GROUP_PROOF, entryBytes: 32, entryUnits: UNITS_POINT }),
  kind(CEREMONY_COMPLAIN, 'ceremony', 'complain'),
  kind(CEREMONY_ANSWER, 'ceremony', 'answer', { units: UNITS_GROUP_PROOF }),
  kind(CEREMONY_RESULT, 'ceremony', 'result'),
];

const byNumber: ReadonlyMap<number, Kind> = new Map(KINDS.map((entry) => [entry.number, entry]));

export function kindOf(number: number): Kind | undefined {
  return byNumber.get(number);
}

/** Whether a kind number is of a family, known action or not (PROTOCOL 4.5). */
export function isOfFamily(number: number, family: Family): boolean {
  return number >> 8 === FAMILIES[family];
}
