// Looking for attachments: who is asked for what, and in which order, when much of it exists nowhere.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { randomBytes } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { createLogger } from '../../common/logger.ts';
import { attachmentCommitment, encodeAttachment } from '../../consensus/ledger/attachment.ts';
import type { Attachment } from '../../consensus/ledger/types.ts';
import { Attachments } from '../../node/attachments.ts';
import { AttachmentDatabase } from '../../node/store/attachment-database.ts';
import { decodeHashes } from '../../node/wire.ts';
import type { Network } from '../../p2p/ports.ts';
import { ManualClock } from '../helpers/manual-clock.ts';
import { waitFor } from '../helpers/wait-for.ts';

const END = 10_000_000;

let directory: string;
let clock: ManualClock;
let attachments: Attachments;
let held: Map<string, Attachment>;
let asked: number;
let network: Pick<Network, 'peers' | 'request'>;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'wardmesh-attachments-'));
  clock = new ManualClock(1_000_000);
  held = new Map();
  asked = 0;
  const database = new AttachmentDatabase({ path: directory });
  await database.open();
  // One peer at the other end of the wire: it answers with what it holds.
  network = {
    peers: () => [{ peerId: 'peer', address: '', direction: 'outbound', since: 0, gossip: true, score: 0 }] as never,
    async *request(_peer, _protocol, request) {
      for (const commitment of decodeHashes(request)) {
        asked++;
        const attachment = held.get(toHex(commitment));
        if (attachment !== undefined) yield encodeAttachment(attachment);
      }
    },
  };
  const logger = createLogger({ level: 'silent' });
  attachments = new Attachments({ database, network: network as Network, clock, logger });
  attachments.start();
});

afterEach(async () => {
  await attachments.stop();
  await rm(directory, { recursive: true });
});

describe('attachments', () => {
  it('that exist nowhere do not keep others from being found, nor fill a peer with questions', async () => {
    for (let i = 0; i < 3_000; i++) attachments.want(randomBytes(32), END);
    const attachment = { salt: randomBytes(32), bytes: randomBytes(100) };
    const commitment = attachmentCommitment(attachment);
    held.set(toHex(commitment), attachment);
    const found: string[] = [];
    attachments.onFetched((id) => found.push(toHex(id)));
    attachments.want(commitment, END);
    await waitFor(async () => {
      await clock.advanceAsync(1_000);
      return found.length > 0;
    });
    expect(found).toEqual([toHex(commitment)]);
    expect(asked).toBeLessThanOrEqual(3 * 1_024);
    expect(await attachments.get(commitment)).toEqual(attachment);
  });

  it('are looked for no longer than they would live', async () => {
    attachments.want(randomBytes(32), clock.now() + 12_000);
    await clock.advanceAsync(60_000);
    const before = asked;
    expect(before).toBeGreaterThan(0);
    await clock.advanceAsync(60_000);
    expect(asked).toBe(before);
  });

  it('count where there is no room to keep them', async () => {
    const database = new AttachmentDatabase({ path: join(directory, 'full'), maxCount: 0 });
    await database.open();
    const logger = createLogger({ level: 'silent' });
    const full = new Attachments({ database, network: network as Network, clock, logger });
    const attachment = { salt: randomBytes(32), bytes: randomBytes(100) };
    const commitment = attachmentCommitment(attachment);
    held.set(toHex(commitment), attachment);
    const found: string[] = [];
    full.onFetched((id) => found.push(toHex(id)));
    full.start();
    full.want(commitment, END);
    await waitFor(async () => {
      await clock.advanceAsync(1_000);
      return found.length > 0;
    });
    expect(found).toEqual([toHex(commitment)]);
    await full.stop();
  });
});
