// Why an envelope was not made or not opened. Nothing here names what is inside.
import { CodedError } from '../../common/errors.ts';

export type LayoutField = 'chunk' | 'header' | 'media-type' | 'kind' | 'size' | 'filling';

export type EnvelopeErrorType =
  /** Not an envelope, or of another version. */
  | { code: 'envelope.magic' }
  | { code: 'envelope.suite'; suite: number }
  | { code: 'envelope.layout'; field: LayoutField }
  /** Does not authenticate: another key, altered bytes, or chunks that are not where they belong. */
  | { code: 'envelope.open'; part: 'header' | 'content' }
  | { code: 'envelope.truncated' }
  | { code: 'envelope.trailing' }
  /** The content to be sealed has another length than was said. */
  | { code: 'envelope.size'; declared: number }
  | { code: 'envelope.range' };

export class EnvelopeError extends CodedError<EnvelopeErrorType> {}
