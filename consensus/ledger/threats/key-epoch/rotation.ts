// When a threat key is to be replaced, by whom, and how long reports under the one before are still taken. Pure.
import type { MemberSet } from '../../../member-set.ts';
import type { Params } from '../../../params.ts';
import type { ClinicNumber } from '../../types.ts';
import { departedOf, type EpochRow } from './rows.ts';

/** How long it is one clinic's turn, in block intervals. */
export const TURN_T = 20;

export type KeyParams = Pick<Params, 'threatMaxLife' | 'blockInterval' | 'keyGrace'>;

/** An epoch is as long as the longest report; a clinic that went must not read what comes. */
export function isDue(params: KeyParams, members: MemberSet, row: EpochRow, at: number): boolean {
  return at >= row.since + params.threatMaxLife || departedOf(members) > row.departed;
}

/**
 * Who may make the key after `epoch` at this time: whose turn it is, and whose it was before, since a statement takes a
 * while to reach its block. One place further with every epoch and with every turn that passes unused.
 */
export function whoMay(
  params: KeyParams,
  members: MemberSet,
  epoch: number,
  row: EpochRow,
  at: number,
): readonly ClinicNumber[] {
  const turn = epoch + Math.floor(Math.max(0, at - row.since) / (TURN_T * params.blockInterval));
  return [turn, turn - 1].map((place) => members.clinics[place % members.size].number);
}

/**
 * Until when a report under a key is taken once the next one began at `nextSince`, ms since 1970. An epoch more than the
 * next one lasts: whoever makes a key and gives it to nobody must not silence those who go on under the one before.
 */
export function takenUntil(params: KeyParams, nextSince: number): number {
  return nextSince + 2 * params.threatMaxLife;
}

/** From when nobody needs the key of `row`, which the one of `next` replaced: 30 days after its last report. */
export function overAt(params: KeyParams, row: EpochRow, next: EpochRow): number {
  return Math.max(row.lastExpires, takenUntil(params, next.since)) + params.keyGrace;
}
