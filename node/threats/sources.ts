// Reports of programs beside the gateway, as fail2ban: made and taken back under this clinic's name as automatic ones. They
// reach no further than their own: nothing that a person decided, no other category, no other clinic.

import type { ThreatCategory } from '../../common/threat-names.ts';
import { formatNetwork, type Network, parseNetwork } from '../../gateway/address.ts';
import type { HeldReport } from '../../gateway/held-report.ts';
import type { ThreatSources } from '../../rpc/ports.ts';
import type { ThreatActs } from './acts.ts';
import type { Threats } from './threats.ts';

/** From 80 on an automatic report is made at all. */
const SCORE = 80;
/** The usual life of an automatic report, ms, and its longest. */
const SOURCE_LIFE = 86_400_000;

export interface ThreatSourcesModules {
  readonly threats: Pick<Threats, 'list'>;
  readonly acts: Pick<ThreatActs, 'found' | 'takeBack'>;
}

export function threatSources(
  { clinic }: { readonly clinic: number },
  { threats, acts }: ThreatSourcesModules,
): ThreatSources {
  const own = (network: Network, category: ThreatCategory): HeldReport[] => {
    const text = formatNetwork(network);
    return threats.list().filter(({ entry }) => {
      const same = entry.clinic === clinic && entry.mode === 'automatic' && entry.category === category;
      return same && formatNetwork(entry.network) === text;
    });
  };
  return {
    report: async (address, category, life = SOURCE_LIFE) => {
      const network = parseNetwork(address);
      const known = own(network, category)[0];
      if (known !== undefined) return { address: formatNetwork(network), until: known.entry.expires, reported: false };
      const counts = { score: SCORE, ownScore: SCORE, requests: 0, failures: 0 };
      const { expires } = await acts.found({ network, category, ...counts }, Math.min(life, SOURCE_LIFE));
      return { address: formatNetwork(network), until: expires, reported: true };
    },
    takeBack: async (address, category) => {
      const network = parseNetwork(address);
      const records = await acts.takeBack(own(network, category));
      return { address: formatNetwork(network), revoked: records.length };
    },
  };
}
