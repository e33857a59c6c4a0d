// The feed of what is blocked here and its doors for programs of others, joined for the node. Owns no rule.
import { toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import { type Genesis, genesisId } from '../../consensus/genesis.ts';
import type { Member } from '../../consensus/member-set.ts';
import type { Blocklist } from '../../gateway/blocklist.ts';
import type { RpcServerModules } from '../../rpc/server/options.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { ThreatActs } from '../threats/acts.ts';
import { ThreatFeed } from '../threats/feed.ts';
import { FeedFile } from '../threats/feed-file.ts';
import { threatSources } from '../threats/sources.ts';
import type { Threats } from '../threats/threats.ts';
import { feedDoor } from './feed-door.ts';

export interface FeedOptions {
  readonly genesis: Genesis;
  readonly clinic: Member;
  readonly path: string;
  /** 32 bytes, from the keystore. */
  readonly key: Uint8Array;
  readonly stix: boolean;
}

export interface FeedModules {
  readonly blocklist: Blocklist;
  readonly threats: Pick<Threats, 'list'>;
  readonly acts: ThreatActs;
  readonly members: MemberSets;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface AssembledFeed {
  readonly feed: ThreatFeed;
  readonly doors: Pick<RpcServerModules, 'feeds' | 'threatSources'>;
}

export function assembleFeed(
  { genesis, clinic, path, key, stix }: FeedOptions,
  { blocklist, threats, acts, members, clock, logger }: FeedModules,
): AssembledFeed {
  const file = new FeedFile({ path, key }, { clock, logger });
  const feed = new ThreatFeed({ organisation: clinic.organisation }, { blocklist, file, clock });
  const nameOf = (number: number): string | undefined =>
    members.current.organisationRecords.find((organisation) => organisation.number === number)?.name;
  const context = {
    ...{ genesisId: toHex(genesisId(genesis)), founded: genesis.created },
    organisationName: (number: number) => nameOf(number) ?? `organisation ${number}`,
  };
  return {
    feed,
    doors: {
      feeds: feedDoor({ stix }, { feed, file, context, clock }),
      threatSources: threatSources({ clinic: clinic.number }, { threats, acts }),
    },
  };
}
