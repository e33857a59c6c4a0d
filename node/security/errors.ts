// Why entries of a gateway were not taken into the security log, it was not read, or a breaker was not closed.
import { CodedError } from '../../common/errors.ts';

export type SecurityErrorType =
  /** So many gateways bring entries to this node already. */
  | { code: 'threat.gateways'; limit: number }
  /** A time that ends before it begins, or more buckets than one answer holds. */
  | { code: 'threat.range'; buckets: number }
  /** The count of a gateway cannot have gone on so far since it last brought something. */
  | { code: 'threat.sequence'; longest: number }
  /** There is no such breaker, or it is not open. */
  | { code: 'threat.breaker-closed' }
  /** More waits for the disk than there is room for: bring them again in a while. */
  | { code: 'threat.log-full' };

function sentence(type: SecurityErrorType): string {
  switch (type.code) {
    case 'threat.gateways':
      return `This clinic takes entries of at most ${type.limit} gateways`;
    case 'threat.range':
      return `Ask for a time that ends after it begins, in at most ${type.buckets} buckets`;
    case 'threat.sequence':
      return `The count of this gateway goes on by more than ${type.longest} at once; give the gateway another name`;
    case 'threat.breaker-closed':
      return 'This breaker is not open: it has closed by itself, or the gateway is gone';
    case 'threat.log-full':
      return 'The security log has no room at this moment; bring the entries again in a while';
  }
}

export class SecurityError extends CodedError<SecurityErrorType> {
  constructor(type: SecurityErrorType) {
    super(type, sentence(type));
  }
}
