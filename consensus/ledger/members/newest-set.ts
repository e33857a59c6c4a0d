// The set that all approved changes lead to, in force or not yet: what the next change is held against.
import { equalBytes } from '../../../common/bytes.ts';
import { applyChange, type MemberSet } from '../../member-set.ts';
import { changeKey } from '../tables.ts';
import type { StateReader } from '../types.ts';
import { changeCount, decodeChangeRow } from './set-rows.ts';

/** What a set became last time. Branches differ in what comes next, so the row is compared. */
const followers = new WeakMap<MemberSet, { readonly row: Uint8Array; readonly set: MemberSet }>();

export function newestSet(state: StateReader, inForce: MemberSet): MemberSet {
  const count = changeCount(state);
  let set = inForce;
  while (set.id < count) set = after(set, state.get(changeKey(set.id + 1))!);
  return set;
}

function after(set: MemberSet, row: Uint8Array): MemberSet {
  const known = followers.get(set);
  if (known !== undefined && equalBytes(known.row, row)) return known.set;
  const next = applyChange(set, decodeChangeRow(row).change);
  followers.set(set, { row, set: next });
  return next;
}
