// The doors for programs of others, over the real feed and a real server.
import { join } from 'node:path';
import { parseNetwork } from '../../gateway/address.ts';
import { feedDoor } from '../../node/feeds/feed-door.ts';
import { entryOf, id } from '../gateway/generators.ts';
import { MemoryLog } from '../helpers/access.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { TinyKeys } from '../helpers/tiny-sessions.ts';
import { type Door, openDoor } from '../rpc/helpers/door.ts';
import { openFeed, scratch } from './feed.ts';

export const HOUR = 3_600_000;
export const START = 1_760_000_000_000;
export const CONTEXT = {
  genesisId: 'ab'.repeat(32),
  founded: START - HOUR,
  organisationName: (n: number) => `Clinics ${n}`,
};

export async function openFeeds({ stix = true } = {}) {
  const clock = new ManualClock(START);
  const opened = openFeed(join(await scratch(), 'feed.bin'), clock);
  const { feed, file, blocklist } = opened;
  await feed.start();
  const apiKeys = new TinyKeys();
  const accessLog = new MemoryLog();
  const feeds = feedDoor({ stix }, { feed, file, context: CONTEXT, clock });
  const door = await openDoor({ modules: { feeds, apiKeys, accessLog, clock } });
  let reports = 0;
  /** The number of the report. */
  const block = (address: string, life = HOUR, fields: Parameters<typeof entryOf>[0] | object = {}): number => {
    const now = clock.now();
    const times = { issuedAt: now, receivedAt: now, expires: now + life };
    const network = parseNetwork(address);
    blocklist.add(entryOf({ network, reportId: id(++reports), ...times, ...fields }), now);
    return reports;
  };
  const unblock = (number: number, organisation = 1): void =>
    blocklist.remove({ reportId: id(number), organisation, clinic: organisation, at: clock.now(), reason: 'resolved' });
  return { ...opened, door, apiKeys, accessLog, block, unblock };
}

/** A bouncer with a key of its own. */
export function bouncer(door: Door, key: string, userAgent = 'crowdsec-custom-bouncer/v1') {
  const headers = { 'x-api-key': key, 'user-agent': userAgent };
  const ask = (path: string) => door.get(path, headers);
  return {
    ask,
    head: (path: string) => door.head(path, headers),
    stream: async (query = '') => (await ask(`/v1/decisions/stream?${query}`)).json,
  };
}
