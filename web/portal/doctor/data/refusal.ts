// Failures that say that this person may not read, rather than that something broke.
import { codeOf } from '../../../../common/errors.ts';

export function isRefusal(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'record.refused' || code === 'record.unknown';
}
