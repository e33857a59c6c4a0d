// What a list names: a network with an effect here, until when and why, as every foreign format is made of it. Owns no
// verdict: node/threats asks the blocklist.

import type { ThreatCategory, ThreatMode } from '../../common/threat-names.ts';
import type { Network } from '../address.ts';
import type { ThreatEntry } from '../threat-entry.ts';

export interface ListedNetwork {
  readonly network: Network;
  /** Firewalls and foreign formats take what blocks; a gateway that follows a node challenges as well. */
  readonly effect: 'block' | 'challenge';
  /** ms since 1970: the effect lasts at least until then. */
  readonly until: number;
  readonly category: ThreatCategory;
  /** Of the report that leads, 32 bytes as hex; empty for a pin. */
  readonly id: string;
  /** When that was issued, ms since 1970. */
  readonly createdAt: number;
  readonly mode: ThreatMode | 'pin';
  /** Whose report leads; this clinic's own for a pin. */
  readonly organisation: number;
  /** The reports that count, the leading one first; none for a pin, which never leaves the clinic but into its firewalls. */
  readonly reports: readonly ThreatEntry[];
}

/** An administrator of the organisation decided, by a block or a pin. */
export function isByHand({ mode, organisation }: Pick<ListedNetwork, 'mode' | 'organisation'>, own: number): boolean {
  return mode === 'pin' || (mode === 'manual' && organisation === own);
}

/** Reports that are named of one network. */
export const MAX_NAMED_REPORTS = 16;
