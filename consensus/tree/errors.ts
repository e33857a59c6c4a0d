// Why the tree cannot go on: its rows are not what its nodes say, or a proof is malformed.
import { CodedError } from '../../common/errors.ts';

export type TreeErrorType =
  | { code: 'tree.row'; reason: 'missing' | 'length' | 'order' | 'count' }
  | { code: 'tree.busy' }
  | { code: 'tree.updates'; count: number; limit: number }
  | { code: 'tree.update'; reason: 'key' | 'value' };

export class TreeError extends CodedError<TreeErrorType> {}
