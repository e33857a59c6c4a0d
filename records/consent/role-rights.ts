// What each role may ask for at all, before any consent: a consent never makes a receptionist a doctor.
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import { CATEGORIES, type Category } from '../category.ts';
import { BY_PATIENT, type PurposeCode } from './terms.ts';

interface Right {
  readonly purposes: readonly PurposeCode[];
  readonly categories: readonly Category[];
}

const ADMINISTRATIVE: readonly Category[] = ['demographics', 'consent'];
const NOTHING: Right = { purposes: [], categories: [] };

const RIGHTS: Readonly<Record<Role, Right>> = {
  doctor: { purposes: ['TREAT', 'HPAYMT', 'HOPERAT', 'HRESCH', 'ETREAT', 'BTG'], categories: CATEGORIES },
  nurse: { purposes: ['TREAT', 'HPAYMT', 'HOPERAT', 'ETREAT', 'BTG'], categories: CATEGORIES },
  reception: { purposes: ['HPAYMT', 'HOPERAT'], categories: ADMINISTRATIVE },
  'privacy-officer': { purposes: ['HOPERAT'], categories: ADMINISTRATIVE },
  researcher: { purposes: ['HRESCH'], categories: CATEGORIES },
  admin: NOTHING,
  auditor: NOTHING,
  patient: NOTHING,
};

export function rolesAllow(roles: readonly Role[], purpose: PurposeCode, category: Category): boolean {
  if (BY_PATIENT.includes(purpose)) return true;
  return roles.some((role) => RIGHTS[role].purposes.includes(purpose) && RIGHTS[role].categories.includes(category));
}
