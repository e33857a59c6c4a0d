// Features that come with a later version of the rules: the members activate one by id from a height on (PROTOCOL 7.2). A
// node whose version lacks an active one must stop: it can no longer tell what is valid.
import { CodedError } from '../common/errors.ts';

/** Ids are never used again. */
export const FEATURES = {
  /** Changes nothing but this: `params.rehearse` applies. A network tries an activation with it. */
  rehearsal: 1,
} as const;

/** What this version knows. */
export const KNOWN_FEATURES: ReadonlySet<number> = new Set(Object.values(FEATURES));

/** No fault of the block: says nothing about its id, and nothing helps but another version of the program. */
export class FeatureError extends CodedError<{ code: 'feature.unknown'; feature: number; height: number }> {
  constructor(type: FeatureError['type']) {
    super(type, `This version lacks feature ${type.feature}, which block ${type.height} needs: install a newer one`);
  }
}
