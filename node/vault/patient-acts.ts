// What follows from the act of a patient's word: whose key signs it once somebody took over, and as what it is written down.
import type { PatientAct } from '../../records/vault/word.ts';
import type { NewAccess } from '../audit/ports.ts';

/** Acts that let somebody read. */
export const PERMITS: readonly PatientAct[] = ['share', 'allow', 'branches-on'];
/** What a device key of the account decides though somebody took over: nobody is let in by it. */
export const NARROWS: readonly PatientAct[] = ['refuse', 'stop', 'branches-off'];
/** What the key of a take-over alone signs. */
export const HELD_ALONE: readonly PatientAct[] = ['deny', 'lift', 'end-acting', 'erase'];
/** Of a wrong word about who acts for a patient it is written down at their doors; of all others here. */
export const LOGGED_ELSEWHERE: readonly PatientAct[] = ['delegate', 'end-acting'];
/** As what the record of accesses has it; letting somebody read, where nothing is said. */
export const ACTIONS: Readonly<Partial<Record<PatientAct, NewAccess['action']>>> = {
  stop: 'revoke',
  lift: 'revoke',
  'branches-on': 'revoke',
  'branches-off': 'deny',
  deny: 'deny',
  refuse: 'deny',
  erase: 'erase',
  delegate: 'represent',
  'end-acting': 'represent-end',
};
