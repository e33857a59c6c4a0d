// Why a genesis or founder document, or the keys sealed in it, were not accepted.
import { CodedError } from '../../common/errors.ts';

export type GenesisErrorType =
  | { code: 'genesis.missing'; path: string }
  | { code: 'genesis.syntax'; reason: string }
  /** `key` is where in the document, e.g. `genesis.clinics[1].nodeKey`. */
  | { code: 'genesis.invalid'; key: string; reason: string }
  /** The document does not have the id that stands in it: it was altered or is another network's. */
  | { code: 'genesis.id'; stated: string; computed: string }
  /** The network's shared keys for a clinic are absent, do not open, or are not those of the genesis. */
  | { code: 'genesis.sealed'; clinic: number; reason: string };

export class GenesisError extends CodedError<GenesisErrorType> {}
