// That somebody was refused to let another act for a patient, or to end it, as the record of accesses has it: denial is as audited
// as permission. Owns which refusals say something of the patient, and by what word; what fails otherwise is none.
import { codeOf } from '../../common/errors.ts';
import type { NewAccess } from '../audit/ports.ts';
import type { ChartErrorType } from '../charts/errors.ts';
import type { AccessLogPort } from '../charts/ports.ts';
import type { DoneBy } from '../vault/acting.ts';
import type { MeErrorType } from '../vault/errors.ts';
import type { RepresentativeErrorType } from './errors.ts';

type Refusal =
  | RepresentativeErrorType['code']
  | Extract<MeErrorType['code'], `me.${'word' | 'unknown-user'}`>
  | Extract<ChartErrorType['code'], 'consent.taken-over'>;

/** Words of the pages: web/shared/text/en/care.ts. */
const REASONS: Readonly<Record<Refusal, string>> = {
  'representative.not-yours': 'not-yours',
  'representative.unknown': 'nobody-acts',
  'representative.end': 'end-date',
  'representative.self': 'herself',
  'representative.may-not': 'may-not',
  'representative.guardian': 'guardian-stays',
  'representative.full': 'too-many',
  'me.word': 'word',
  'me.unknown-user': 'unknown-user',
  'consent.taken-over': 'taken-over',
};

/** What `work` gives. A refusal is on the disk before it is thrown on. */
export async function refusalsWritten<T>(
  log: AccessLogPort,
  access: DoneBy,
  action: Extract<NewAccess['action'], 'represent' | 'represent-end'>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const reason = REASONS[codeOf(error) as Refusal];
    if (reason !== undefined) await log.append({ ...access, action, outcome: 'refused', reason, records: [] });
    throw error;
  }
}
