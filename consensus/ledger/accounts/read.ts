// Questions about accounts that several rules and services ask of the state.
import type { MemberSet } from '../../member-set.ts';
import { accountKey, personKey, recoveryKey, roleKey } from '../tables.ts';
import type { OrganisationNumber, StateReader } from '../types.ts';
import { decodeRecoveryRow, type RecoveryRow } from './recovery/rows.ts';
import { type AccountRow, decodeAccountRow, decodeKeyRow, decodeRoleRow, type KeyRow } from './rows.ts';
import { type Role, roleByte } from './types.ts';

export function findAccount(state: StateReader, account: Uint8Array): AccountRow | undefined {
  const bytes = state.get(accountKey(account));
  return bytes === undefined ? undefined : decodeAccountRow(bytes);
}

export function findKey(state: StateReader, publicKey: Uint8Array): KeyRow | undefined {
  const bytes = state.get(personKey(publicKey));
  return bytes === undefined ? undefined : decodeKeyRow(bytes);
}

export function findRecovery(state: StateReader, account: Uint8Array): RecoveryRow | undefined {
  const bytes = state.get(recoveryKey(account));
  return bytes === undefined ? undefined : decodeRecoveryRow(bytes);
}

/** Whether what the key signed at `issued` counts at `time`, ms (PROTOCOL 7.3.4). */
export function isGoodKey(row: KeyRow, issued: number, time: number): boolean {
  if (row.status === 'live') return true;
  return row.status === 'rotated' && issued <= row.revokedAt && time < row.endsAt;
}

/** Whether a clinic of `organisation` gave the account one of `roles`, live at `time`. */
export function holdsRole(
  state: StateReader,
  members: MemberSet,
  organisation: OrganisationNumber,
  account: Uint8Array,
  roles: readonly Role[],
  time: number,
): boolean {
  for (const clinic of members.clinics) {
    if (clinic.organisation !== organisation) continue;
    for (const role of roles) {
      const bytes = state.get(roleKey(account, clinic.number, roleByte(role)));
      if (bytes !== undefined && time < decodeRoleRow(bytes).end) return true;
    }
  }
  return false;
}
