// Why entries of a gateway were not taken into the security log.
import { CodedError } from '../../common/errors.ts';

export type SecurityErrorType =
  /** So many gateways bring entries to this node already. */
  | { code: 'threat.gateways'; limit: number }
  /** More waits for the disk than there is room for: bring them again in a while. */
  | { code: 'threat.log-full' };

export class SecurityError extends CodedError<SecurityErrorType> {
  constructor(type: SecurityErrorType) {
    super(
      type,
      type.code === 'threat.gateways'
        ? `This clinic takes entries of at most ${type.limit} gateways`
        : 'The security log has no room at this moment; bring the entries again in a while',
    );
  }
}
