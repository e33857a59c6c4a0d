// Why bytes were not accepted. Thrown by Reader and Writer only.
import { CodedError } from '../errors.ts';

export type CodecErrorType =
  | { code: 'codec.short'; wanted: number; left: number }
  | { code: 'codec.trailing'; left: number }
  | { code: 'codec.range'; field: string }
  | { code: 'codec.length'; field: string; length: number; limit: number }
  | { code: 'codec.text'; field: string }
  | { code: 'codec.value'; field: string };

export class CodecError extends CodedError<CodecErrorType> {}
