// Features that the members activated for a coming height and that this version lacks (PROTOCOL 7.2): said while there is
// time to install a newer one. At the height itself the chain stops the node.
import type { Logger } from '../common/logger.ts';
import { KNOWN_FEATURES } from '../consensus/features.ts';
import { type Activation, decodeActivations } from '../consensus/ledger/params/rows.ts';
import { FEATURES_KEY } from '../consensus/ledger/tables.ts';
import type { ChainStore } from './store/ports.ts';

export interface FeatureWatchModules {
  readonly store: Pick<ChainStore, 'states'>;
  readonly logger: Logger;
}

export class FeatureWatch {
  private readonly known: ReadonlySet<number>;
  private readonly modules: FeatureWatchModules;
  private lacking: readonly Activation[] = [];

  constructor({ features }: { readonly features?: readonly number[] }, modules: FeatureWatchModules) {
    this.known = features === undefined ? KNOWN_FEATURES : new Set(features);
    this.modules = modules;
  }

  /** As sentences for people. */
  get warnings(): string[] {
    return this.lacking.map(
      ({ feature, height }) =>
        `This version lacks feature ${feature}, which is active from height ${height} on: install a newer version before, or this node stops there.`,
    );
  }

  /** The chain moved. */
  async follow(): Promise<void> {
    const [row] = await this.modules.store.states([FEATURES_KEY]);
    const lacking = row === undefined ? [] : decodeActivations(row).filter(({ feature }) => !this.known.has(feature));
    for (const { feature, height } of lacking) {
      if (this.lacking.some((one) => one.feature === feature && one.height === height)) continue;
      this.modules.logger.warn(
        { feature, height },
        'this version lacks a feature that will be active: install a newer one',
      );
    }
    this.lacking = lacking;
  }
}
