// Statements that were received and take something away from an account, before a block decided on them: they are obeyed
// from receipt. Owns which of them wait; whether one has authority is judged against the chain when it is asked for.
import { equalBytes, toHex } from '../../common/bytes.ts';
import { recoveryObject } from '../../consensus/ledger/accounts/recovery/types.ts';
import {
  isEnd,
  keyObject,
  type RevokeReason,
  type Role,
  readRevokeKey,
  readSetRole,
  roleObject,
} from '../../consensus/ledger/accounts/types.ts';
import * as kinds from '../../consensus/ledger/kinds.ts';
import { decodePayload } from '../../consensus/ledger/payload.ts';
import type { ClinicNumber, OrganisationNumber, Statement } from '../../consensus/ledger/types.ts';

/**
 * Sent by one clinic: what it says itself, what its persons say together, and one of their keys. Beyond it the block decides
 * alone. Nothing is bounded over all: who fills a room keeps only the own clinic's persons waiting.
 */
export const MAX_CLINIC_ENDS = 2_000;
export const MAX_PERSONS_ENDS = 2_000;
export const MAX_PERSON_ENDS = 32;

interface Common {
  /** Hex id of the statement. */
  readonly id: string;
  /** Who sent it. */
  readonly clinic: ClinicNumber;
  readonly organisation: OrganisationNumber;
  readonly version: number;
  readonly issued: number;
}

export type End = Common &
  (
    | { readonly what: 'suspended' }
    | { readonly what: 'key'; readonly object: Uint8Array; readonly author: Uint8Array; readonly reason: RevokeReason }
    | { readonly what: 'role'; readonly account: Uint8Array; readonly role: Role; readonly end: number }
    | { readonly what: 'recovery'; readonly author: Uint8Array }
  );

export interface ReceivedStatement {
  readonly id: Uint8Array;
  readonly statement: Statement;
  readonly clinic: ClinicNumber;
  readonly organisation: OrganisationNumber;
}

/** What an end is about: an account, a person's key, the object of a recovery. */
export interface NewEnd {
  readonly subject: Uint8Array;
  readonly end: End;
}

/** Undefined for what takes nothing away. */
export function endOf({ id, statement, clinic, organisation }: ReceivedStatement): NewEnd | undefined {
  const { author, object, version, issued, payload } = statement;
  const common = { id: toHex(id), clinic, organisation, version, issued };
  if (author.type === 'clinic') {
    if (statement.kind === kinds.ACCOUNTS_SUSPEND) return { subject: object, end: { ...common, what: 'suspended' } };
    if (statement.kind !== kinds.ACCOUNTS_SET_ROLE) return undefined;
    const given = decodePayload(payload, readSetRole);
    if (given === undefined || !isEnd(given, issued)) return undefined;
    if (!equalBytes(object, roleObject(given.account, clinic, given.role))) return undefined;
    return { subject: given.account, end: { ...common, what: 'role', ...given } };
  }
  if (statement.kind === kinds.ACCOUNTS_RECOVER_VETO) {
    return { subject: object, end: { ...common, what: 'recovery', author: author.key } };
  }
  if (statement.kind !== kinds.ACCOUNTS_REVOKE_KEY) return undefined;
  const revoked = decodePayload(payload, readRevokeKey);
  if (revoked === undefined) return undefined;
  const { key, reason } = revoked;
  return { subject: key, end: { ...common, what: 'key', object, author: author.key, reason } };
}

export class Ends {
  private readonly bySubject = new Map<string, Map<string, End>>();
  private readonly subjects = new Map<string, string>();
  /** How many are in each room, by its name. */
  private readonly counts = new Map<string, number>();

  get size(): number {
    return this.subjects.size;
  }

  has(id: string): boolean {
    return this.subjects.has(id);
  }

  /** False when it is here already, or there is no room. */
  add({ subject, end }: NewEnd): boolean {
    const rooms = roomsOf(end);
    if (this.has(end.id) || rooms.some(({ name, limit }) => (this.counts.get(name) ?? 0) >= limit)) return false;
    const name = toHex(subject);
    const known = this.bySubject.get(name);
    if (known === undefined) this.bySubject.set(name, new Map([[end.id, end]]));
    else known.set(end.id, end);
    this.subjects.set(end.id, name);
    for (const room of rooms) this.count(room.name, 1);
    return true;
  }

  /** True when it was here. */
  remove(id: string): boolean {
    const name = this.subjects.get(id);
    if (name === undefined) return false;
    this.subjects.delete(id);
    const ends = this.bySubject.get(name) as Map<string, End>;
    const rooms = roomsOf(ends.get(id) as End);
    ends.delete(id);
    if (ends.size === 0) this.bySubject.delete(name);
    for (const room of rooms) this.count(room.name, -1);
    return true;
  }

  /** That suspend the account or end its roles. */
  ofAccount(account: Uint8Array): readonly End[] {
    return this.of(account);
  }

  /** That revoke the key and name it as the account's. */
  ofKey(account: Uint8Array, key: Uint8Array): readonly End[] {
    const object = keyObject(account, key);
    return this.of(key).filter((end) => end.what === 'key' && equalBytes(end.object, object));
  }

  ofRecovery(account: Uint8Array): readonly End[] {
    return this.of(recoveryObject(account)).filter(({ what }) => what === 'recovery');
  }

  private of(subject: Uint8Array): readonly End[] {
    return [...(this.bySubject.get(toHex(subject))?.values() ?? [])];
  }

  private count(room: string, by: 1 | -1): void {
    const now = (this.counts.get(room) ?? 0) + by;
    if (now === 0) this.counts.delete(room);
    else this.counts.set(room, now);
  }
}

function roomsOf(end: End): readonly { readonly name: string; readonly limit: number }[] {
  if (!('author' in end)) return [{ name: `clinic ${end.clinic}`, limit: MAX_CLINIC_ENDS }];
  return [
    { name: `persons ${end.clinic}`, limit: MAX_PERSONS_ENDS },
    { name: `${end.clinic} ${toHex(end.author)}`, limit: MAX_PERSON_ENDS },
  ];
}
