// What the doors for programs of others say: the feed of this clinic in foreign formats, and how far each consumer is.
import { toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { parseCidr } from '../../gateway/address.ts';
import { allDecisions, blocks, changedDecisions, decisionsOn } from '../../gateway/lists/crowdsec.ts';
import { type StixContext, stixId, stixObjects } from '../../gateway/lists/stix.ts';
import { taxiiPage } from '../../gateway/lists/taxii.ts';
import { textList } from '../../gateway/lists/text-lists.ts';
import type { FeedDoor, StixDoor } from '../../rpc/ports.ts';
import type { ThreatFeed } from '../threats/feed.ts';
import type { FeedFile } from '../threats/feed-file.ts';

export interface FeedDoorOptions {
  /** Whether STIX and TAXII are served. */
  readonly stix: boolean;
}

export interface FeedDoorModules {
  readonly feed: ThreatFeed;
  readonly file: Pick<FeedFile, 'cursors' | 'moved'>;
  readonly context: StixContext;
  readonly clock: Clock;
}

export function feedDoor({ stix }: FeedDoorOptions, { feed, file, context, clock }: FeedDoorModules): FeedDoor {
  return {
    get sequence() {
      return feed.sequence;
    },
    list: (format, family) => {
      const entries = feed.listed().filter(blocks);
      const chosen = entries.filter(({ listed }) => family === undefined || listed.network.family === family);
      return textList(
        format,
        chosen.map(({ listed }) => listed),
        clock.now(),
      );
    },
    decisions: (profile) => allDecisions(feed, profile, clock.now()),
    changes: (consumer, profile) => {
      const cursor = file.cursors.get(nameOf(consumer));
      if (cursor !== undefined) return changedDecisions(feed, cursor, profile, clock.now());
      return { deleted: [], new: allDecisions(feed, profile, clock.now()) };
    },
    arrived: (consumer, sequence) => file.moved(nameOf(consumer), sequence),
    decisionsOn: (address) => decisionsOn(feed, parseCidr(address), clock.now()),
    stix: stix ? stixDoor(feed, context) : undefined,
  };
}

function stixDoor(feed: ThreatFeed, context: StixContext): StixDoor {
  return {
    title: 'Addresses that the clinics of this network block',
    collection: stixId(context, 'collection', 'blocked').slice('collection--'.length),
    objects: () => stixObjects(context, feed.since(0), 0),
    page: (query) => taxiiPage(context, feed, query),
  };
}

/** The file names no address of the clinic's network. */
function nameOf(consumer: string): string {
  return toHex(taggedHash('wardmesh/feed-consumer/1', new TextEncoder().encode(consumer)).subarray(0, 16));
}
