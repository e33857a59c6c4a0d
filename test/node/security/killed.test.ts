// The security log of a real process that is killed while it judges, again and again over one folder.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { randomBytes } from '#crypto';
import { toHex } from '../../../common/bytes.ts';
import { systemClock } from '../../../common/clock.ts';
import { createLogger } from '../../../common/logger.ts';
import { MAX_PENDING_REQUESTS } from '../../../node/security/pending.ts';
import { type LogPage, readPage } from '../../../node/security/reader.ts';
import { SecurityLog } from '../../../node/security/security-log.ts';

const JUDGING = fileURLToPath(new URL('judging.ts', import.meta.url));
const storageKey = randomBytes(32);

/** Judges until so many more entries are on disk, and is killed: what it had said of disk and memory last. */
async function judgedUntilKilled(path: string, more: number): Promise<{ written: number; judged: number }> {
  const child = spawn(process.execPath, [JUDGING, path, toHex(storageKey)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let first: number | undefined;
  let last = { written: 0, judged: 0 };
  for await (const line of createInterface({ input: child.stdout })) {
    const [written, judged] = line.split(' ').map(Number);
    last = { written, judged };
    first ??= written;
    if (written >= first + more) process.kill(child.pid!, 'SIGKILL');
  }
  if (child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
  return last;
}

test('property 12: complete log entries: a process that is killed loses nothing that was written, and at most its buffer', async () => {
  const path = await mkdtemp(join(tmpdir(), 'wardmesh-security-'));
  try {
    let before = 0;
    for (const more of [40, 500, 1]) {
      const { written, judged } = await judgedUntilKilled(path, more);
      const log = new SecurityLog(
        { path, storageKey },
        { clock: systemClock, logger: createLogger({ level: 'silent' }), demandRoom: () => undefined },
      );
      await log.start();
      const kept = log.end - 1;
      expect(kept).toBeGreaterThanOrEqual(written);
      expect(written).toBeGreaterThan(before);
      // a few more may have been judged after it last said so
      expect(judged - kept).toBeLessThanOrEqual(MAX_PENDING_REQUESTS);
      let page: LogPage = { entries: [], next: undefined };
      const found = [];
      do {
        page = await readPage(log, {}, 1_000, page.next);
        found.push(...page.entries);
      } while (page.next !== undefined);
      found.reverse();
      expect(found.map(({ number }) => number)).toEqual(Array.from({ length: kept }, (_, at) => at + 1));
      for (const { number, status, decision } of found) {
        const [reference, score] = [String(number).padStart(12, '0'), number % 101];
        expect({ status, reference: decision.reference, score: decision.score }).toEqual({
          status: 200,
          reference,
          score,
        });
      }
      expect(log.lost).toBe(0);
      await log.stop();
      before = kept;
    }
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}, 60_000);
