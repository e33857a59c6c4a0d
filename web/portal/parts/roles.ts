// The roles that a clinic gives, in the order in which they are offered.
import type { Role } from '../../../consensus/ledger/accounts/types.ts';

export const ROLES = [
  'doctor',
  'nurse',
  'reception',
  'patient',
  'researcher',
  'auditor',
  'privacy-officer',
  'admin',
] as const satisfies readonly Role[];

export const STAFF_ROLES = ROLES.filter((role) => role !== 'patient');

export function roleOf(text: string | undefined): Role | undefined {
  return ROLES.find((role) => role === text);
}
