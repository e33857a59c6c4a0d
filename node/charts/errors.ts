// Why something about charts, records or consents was not done, in codes that the doors declare.
import { CodedError } from '../../common/errors.ts';

export type ChartErrorType =
  /** No patient of this clinic. */
  | { code: 'record.no-relation' }
  | { code: 'record.unknown' }
  | { code: 'record.kind' }
  /** Signed by no device of the author, or not now, or something else. */
  | { code: 'record.signature' }
  | { code: 'record.version'; newest: number }
  | { code: 'record.entered-in-error' }
  | { code: 'record.other-clinic'; clinic: number }
  | { code: 'record.refused'; reason: string }
  /** Nobody who keeps it is in reach. */
  | { code: 'record.unreachable' }
  /** What came is not what the chain was told, or does not open. */
  | { code: 'record.damaged' }
  | { code: 'consent.unknown' }
  | { code: 'consent.no-chart' }
  | { code: 'consent.ended' }
  | { code: 'consent.period' }
  | { code: 'consent.actor' }
  | { code: 'consent.categories' }
  /** Whoever took over decides who is let in. */
  | { code: 'consent.taken-over' }
  /** Custodians keep no more of one chart. */
  | { code: 'consent.full'; limit: number };

const SENTENCES: Readonly<Record<ChartErrorType['code'], string>> = {
  'record.no-relation': 'This patient is not registered at this clinic',
  'record.unknown': 'This clinic knows no such record of this patient',
  'record.kind': 'This is no FHIR resource and no document',
  'record.signature': 'No device key of yours signed this: the page and the clinic differ in what was written',
  'record.version': 'The record has a newer version: read it first',
  'record.entered-in-error': 'The record was entered in error: it is kept and not amended',
  'record.other-clinic': 'The record is in the chart of another clinic, which alone amends it',
  'record.refused': 'To read or write this is refused',
  'record.unreachable': 'No clinic that keeps this record is in reach',
  'record.damaged': 'What another clinic gave is not what the chain was told',
  'consent.unknown': 'This clinic has no such consent or request',
  'consent.no-chart': 'This clinic keeps no chart of this patient',
  'consent.ended': 'It has ended already',
  'consent.period': 'The end lies in the past or too far ahead',
  'consent.actor': 'There is no such clinic, organisation, person or application',
  'consent.categories': 'Name at least one category, and none that is not the clinic’s to grant',
  'consent.taken-over':
    'Somebody took over: whom these records are open to is said with the key of the take-over alone',
  'consent.full': 'There are as many consents about these records as there is room for',
};

export class ChartError extends CodedError<ChartErrorType> {
  constructor(type: ChartErrorType) {
    super(type, SENTENCES[type.code]);
  }
}
