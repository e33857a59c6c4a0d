// A feed over the real blocklist and file, with a clock moved by hand.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createLogger } from '../../common/logger.ts';
import { Blocklist } from '../../gateway/blocklist.ts';
import type { LogEntry } from '../../gateway/lists/change-log.ts';
import { NeverBlock } from '../../gateway/never-block.ts';
import { ThreatFeed } from '../../node/threats/feed.ts';
import { FeedFile } from '../../node/threats/feed-file.ts';
import { ManualClock } from '../helpers/manual-clock.ts';

export const OWN = 1;

export async function scratch(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'wardmesh-feed-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true, maxRetries: 10 }));
  return directory;
}

export function openFeed(path: string, clock = new ManualClock(), blocklist = emptyBlocklist()) {
  const logger = createLogger({ level: 'silent' });
  const file = new FeedFile({ path, key: new Uint8Array(32).fill(7) }, { clock, logger });
  const feed = new ThreatFeed({ organisation: OWN }, { blocklist, file, clock });
  return { clock, blocklist, file, feed };
}

export function emptyBlocklist(): Blocklist {
  const neverBlock = new NeverBlock({ documentationBlockable: true });
  return new Blocklist({ blockInterval: 2_000, threatMaxLife: 30 * 86_400_000 }, { neverBlock });
}

/** What somebody holds who started with nothing and took every answer. */
export class Follower {
  readonly held = new Map<string, LogEntry>();
  sequence = 0;

  take(feed: ThreatFeed): void {
    for (const entry of feed.since(this.sequence)) {
      if (entry.state === 'listed') this.held.set(entry.text, entry);
      else this.held.delete(entry.text);
      this.sequence = entry.sequence;
    }
  }
}
