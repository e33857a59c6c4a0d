// An account as this clinic sees it now: what the chain says, less what was received and takes away (PROTOCOL 7.3).
// Pure: rows and ends in, view out.
import { equalBytes } from '../../common/bytes.ts';
import { isGoodKey } from '../../consensus/ledger/accounts/read.ts';
import type { RecoveryRow } from '../../consensus/ledger/accounts/recovery/rows.ts';
import type { AccountRow, KeyRow, KeyStatus, RoleRow } from '../../consensus/ledger/accounts/rows.ts';
import type { Role } from '../../consensus/ledger/accounts/types.ts';
import type { ClinicNumber, OrganisationNumber } from '../../consensus/ledger/types.ts';
import type { End, Ends } from './ends.ts';

export interface KeyView {
  readonly key: Uint8Array;
  /** X25519. */
  readonly encryptionKey: Uint8Array;
  readonly status: KeyStatus;
  /** ms; 0 while it is live. */
  readonly revokedAt: number;
  /** Until when what a rotated key signed before still counts, ms; 0 while it is live. */
  readonly endsAt: number;
}

export interface RoleView {
  readonly clinic: ClinicNumber;
  readonly role: Role;
  /** ms; live before it. */
  readonly end: number;
}

export interface RecoveryView {
  /** Ed25519 key that the account is recovered to. */
  readonly key: Uint8Array;
  readonly state: 'open' | 'stopped' | 'finished';
  readonly version: number;
  /** ms; open ones can be finished from then on. */
  readonly readyAt: number;
}

export interface AccountView {
  readonly account: Uint8Array;
  readonly organisation: OrganisationNumber;
  readonly clinic: ClinicNumber;
  /** Of the object on chain, which `set-recovery` changes. */
  readonly version: number;
  /** Id of the last statement that was applied to it. */
  readonly latest: Uint8Array;
  readonly suspended: boolean;
  /** A suspension is obeyed and not in a block yet. */
  readonly suspensionPending: boolean;
  /** Salted commitment. */
  readonly profile: Uint8Array;
  readonly recoveryKey: Uint8Array | undefined;
  /** In the order of their coming. */
  readonly keys: readonly KeyView[];
  /** The latest. */
  readonly recovery: RecoveryView | undefined;
}

export interface AccountRows {
  readonly row: AccountRow;
  /** Of `row.keys`, in their order. */
  readonly keys: readonly KeyRow[];
  readonly recovery: RecoveryRow | undefined;
}

export function accountView(account: Uint8Array, rows: AccountRows, ends: Ends, now: number): AccountView {
  const { row, recovery } = rows;
  const { organisation, clinic, version, latest, profile, recoveryKey } = row;
  const suspensionPending = row.live && isSuspended(row, ends.ofAccount(account));
  // by the chain alone: of two devices that end each other both are out until the block
  const speaks = (end: End): boolean => {
    if (!('author' in end)) return false;
    const at = row.keys.findIndex((key) => equalBytes(key, end.author));
    return at >= 0 && isGoodKey(rows.keys[at], end.issued, now);
  };
  const keys = row.keys.map((key, index) => keyView(key, rows.keys[index], ends.ofKey(account, key).filter(speaks)));
  const stopped = ends.ofRecovery(account).filter(speaks);
  return {
    ...{ account, organisation, clinic, version, latest, profile, recoveryKey, keys, suspensionPending },
    suspended: !row.live || suspensionPending,
    recovery: recovery && recoveryView(recovery, stopped),
  };
}

export function isSuspended(row: AccountRow, ends: readonly End[]): boolean {
  return !row.live || ends.some((end) => end.what === 'suspended' && end.organisation === row.organisation);
}

/** The end of a role by what the clinic that gave it said last. */
export function roleEnd(row: RoleRow, clinic: ClinicNumber, role: Role, ends: readonly End[]): number {
  let { end } = row;
  for (const said of ends) {
    if (said.what !== 'role' || said.clinic !== clinic || said.role !== role) continue;
    if (bites(said, row)) end = Math.min(end, said.end);
  }
  return end;
}

function keyView(key: Uint8Array, row: KeyRow, ends: readonly End[]): KeyView {
  const { encryptionKey, status, revokedAt, endsAt } = row;
  const view = { key, encryptionKey, status, revokedAt, endsAt };
  if (status === 'compromised') return view;
  const reasons = ends.flatMap((end) => (end.what === 'key' ? [end.reason] : []));
  if (reasons.includes('compromised')) return { ...view, status: 'compromised' };
  return reasons.includes('rotated') && status === 'live' ? { ...view, status: 'rotated' } : view;
}

function recoveryView(row: RecoveryRow, ends: readonly End[]): RecoveryView {
  const { key, version, readyAt, live, finished } = row;
  const open = live && !ends.some((end) => bites(end, row));
  return { key, version, readyAt, state: open ? 'open' : finished ? 'finished' : 'stopped' };
}

/** An end names a version that was, and that was not ended before. */
function bites({ version }: End, row: { readonly version: number; readonly ended: number }): boolean {
  return version > row.ended && version <= row.version;
}
