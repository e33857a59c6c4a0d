// A door over a feed whose blocklist was filled by hand, for sizes that no network of a test reports.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../../../common/clock.ts';
import { createLogger } from '../../../common/logger.ts';
import { parseNetwork } from '../../../gateway/address.ts';
import { Blocklist } from '../../../gateway/blocklist.ts';
import { NeverBlock } from '../../../gateway/never-block.ts';
import { feedDoor } from '../../../node/feeds/feed-door.ts';
import { ThreatFeed } from '../../../node/threats/feed.ts';
import { FeedFile } from '../../../node/threats/feed-file.ts';
import { RpcServer } from '../../../rpc/server/server.ts';
import { MemoryKeyValues } from '../../helpers/memory-key-values.ts';
import { TinyKeys } from '../../helpers/tiny-sessions.ts';
import { TinyEvents } from '../../rpc/helpers/tiny-events.ts';
import { TinyNode } from '../../rpc/helpers/tiny-node.ts';

export const ADDED_LATER = '203.0.113.201';
const DAY = 86_400_000;
let doors = 0;

export async function openSeeded(directory: string, count: number) {
  const clock = systemClock;
  const logger = createLogger({ level: 'silent' });
  const neverBlock = new NeverBlock({ documentationBlockable: true });
  const life = { blockInterval: 2_000, threatMaxLife: 30 * DAY };
  const blocklist = new Blocklist({ ...life, maxPerOrganisation: 60_000, maxReports: 60_000 }, { neverBlock });
  let reports = 0;
  const block = (address: string): void => {
    const now = clock.now();
    const number = new Uint8Array(32);
    new DataView(number.buffer).setUint32(0, ++reports);
    blocklist.add(
      {
        ...{ reportId: number, network: parseNetwork(address), organisation: 1, clinic: 1, category: 'flood' },
        ...{
          mode: 'automatic',
          severity: 80,
          standing: 'full',
          keyEpoch: 1,
          tag: number.slice(0, 16),
          issuedAt: now,
          expires: now + DAY,
          confirmed: true,
          receivedAt: now,
        },
        ...{ commitment: number, transaction: number },
      },
      now,
    );
  };
  for (let at = 0; at < count; at++) block(`45.${(at >>> 16) & 255}.${(at >>> 8) & 255}.${at & 255}`);
  const file = new FeedFile({ path: join(directory, `feed-${doors++}`), key: new Uint8Array(32) }, { clock, logger });
  const feed = new ThreatFeed({ organisation: 1 }, { blocklist, file, clock });
  await feed.start();
  const context = { genesisId: '00'.repeat(32), founded: 0, organisationName: String };
  const feeds = feedDoor({ stix: false }, { feed, file, context, clock });
  const apiKeys = new TinyKeys();
  const node = new TinyNode();
  const server = new RpcServer(
    {
      host: '127.0.0.1',
      port: 0,
      token: 'A'.repeat(43),
      clinicId: '1-0a1b2c3d',
      hosts: ['127.0.0.1'],
      version: '0.0.0',
    },
    {
      ...{ handlers: node.handlers, events: new TinyEvents(), chainExport: node, clock, logger },
      ...{ answers: new MemoryKeyValues(), feeds, apiKeys },
    },
  );
  await server.start();
  const port = server.port as number;
  const url = `http://127.0.0.1:${port}`;
  const addresses = apiKeys.make(['feed:read']);
  const fetchTo = async (name: string, path: string): Promise<string> => {
    const answer = await fetch(`${url}/lists/${name}`, { headers: { authorization: `Bearer ${addresses}` } });
    await writeFile(path, await answer.text());
    return path;
  };
  const stop = async (): Promise<void> => {
    await server.stop();
    await feed.stop();
  };
  return { url, port, addresses, ranges: apiKeys.make(['feed:read', 'feed:ranges']), block, file: fetchTo, stop };
}
