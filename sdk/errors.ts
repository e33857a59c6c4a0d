// What the SDK itself says; what a node refuses comes as RpcError with the node's code.
import { CodedError } from '../common/errors.ts';

export type SdkErrorType =
  /** The chain refused a statement. It was on the node's disk; nothing more is tried. */
  | { code: 'sdk.refused'; statement: string; reason: string | null }
  /** Not as far as was asked. It stays on the node's disk and is sent on: ask again with `wait`. */
  | { code: 'sdk.timeout'; until: string }
  /** The node is of another network than the id that one trusts. */
  | { code: 'sdk.genesis' };

export class SdkError extends CodedError<SdkErrorType> {}
