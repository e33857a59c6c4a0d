// Measures blobs between two processes on one machine: a bare libp2p stream, then a whole blob brought and kept, then a part
// read from afar; and keeping one here against `cat` with sha256sum. Judges nothing.
import { fork, spawnSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { multiaddr } from '@multiformats/multiaddr';
import { randomBytes } from '#crypto';
import { systemClock } from '../../common/clock.ts';
import { createLogger } from '../../common/logger.ts';
import { BlobClient } from '../../node/blobs/blob-client.ts';
import { DiskBlobStore } from '../../node/blobs/disk-blob-store.ts';
import { BlobKeeper } from '../../node/blobs/keeper.ts';
import { BLOBS } from '../../node/blobs/protocol.ts';
import { createNetwork } from '../../p2p/network.ts';
import { bareHost, CLINIC_ADDRESS, SEEDS, type Usage, usage } from './blob-hosts.ts';

const MIB = 1024 * 1024;

/** One after the other, so that both have the same machine. */
export interface TransferRound {
  readonly bare: Carried;
  readonly kept: Carried;
}

export interface Carried {
  /** MiB a second. */
  readonly rate: number;
  /** Seconds of processor time. */
  readonly processor: readonly [asking: number, serving: number];
}

export interface TransferFigures {
  readonly rounds: readonly TransferRound[];
  /** Bytes that this process and the other one hold at most, as Linux counts them. */
  readonly most: readonly [asking: number, serving: number];
  /** ms and blocks for a part of 512 KiB from the middle. */
  readonly part: { readonly ms: number; readonly blocks: number };
}

export interface StoreFigures {
  readonly catAndSha256: number;
  readonly copyAndSha256: number;
  readonly stored: number;
}

export async function measureTransfer(folder: string, bytes: number, rounds: number): Promise<TransferFigures> {
  const logger = createLogger({ level: 'silent' });
  const script = fileURLToPath(new URL('./blob-peer.ts', import.meta.url));
  const child = fork(script, [join(folder, 'serving'), String(bytes)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = new Promise<never>((_, reject) => {
    child.once('exit', () => reject(new Error('the other clinic ended')));
  });
  ended.catch(() => undefined);
  const answer = <T>(): Promise<T> =>
    Promise.race([new Promise<T>((resolve) => child.once('message', (message) => resolve(message as T))), ended]);
  const host = await bareHost();
  const network = createNetwork(
    { privateSeed: SEEDS.asking, listen: [CLINIC_ADDRESS], protocols: [BLOBS] },
    { logger, clock: systemClock },
  );
  try {
    const at = await answer<{ cid: string; clinic: string[]; peerId: string; bare: string[] }>();
    const told = (): Promise<Usage> => {
      const next = answer<Usage>();
      child.send('usage');
      return next;
    };
    const carried = async (work: () => Promise<void>): Promise<Carried> => {
      const before = [usage(), await told()];
      const carriedRate = await rate(bytes, work);
      const [asking, serving] = [usage(), await told()].map(({ seconds }, at) => seconds - before[at].seconds);
      return { rate: carriedRate, processor: [asking, serving] };
    };
    const bareAddresses = at.bare.map((address) => multiaddr(address));
    const bare = async (): Promise<void> => {
      const stream = await host.dialProtocol(bareAddresses, '/wardmesh/bench-bare/1');
      let left = bytes;
      for await (const part of stream) left -= part.byteLength;
      if (left > 0) throw new Error('the bare stream was cut');
    };
    await network.start();
    network.setMembers([{ peerId: at.peerId, addresses: at.clinic.map((address) => address.split('/p2p/')[0]) }]);
    while (network.peers().length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    const store = new DiskBlobStore({ path: join(folder, 'asking') }, { demandRoom: () => {} });
    await store.open();
    const client = new BlobClient({ network, blames: { blame: async () => {} } });
    const keeper = new BlobKeeper({ store, client, logger });
    const ticket = () => new Uint8Array(300);
    const wish = { cid: at.cid, size: bytes, sources: [at.peerId], ticket };
    const all: TransferRound[] = [];
    for (let round = 0; round < rounds; round++) {
      await store.delete(at.cid);
      all.push({ bare: await carried(bare), kept: await carried(async () => void (await keeper.keep(wish))) });
    }
    const started = performance.now();
    let blocks = 0;
    const part = { offset: Math.floor(bytes / 2), length: 512 * 1024 };
    for await (const block of client.blocks({ peerId: at.peerId, cid: at.cid }, part, ticket)) {
      if (block.offset !== undefined) blocks++;
    }
    const ms = performance.now() - started;
    const most = [usage().most, (await told()).most] as const;
    return { rounds: all, most, part: { ms, blocks } };
  } finally {
    await network.stop();
    await host.stop();
    child.disconnect();
  }
}

export async function measureStore(folder: string, bytes: number): Promise<StoreFigures> {
  const source = join(folder, 'source');
  const file = await open(source, 'w');
  for (let at = 0; at < bytes; at += MIB) await file.writeFile(randomBytes(Math.min(MIB, bytes - at)));
  await file.sync();
  await file.close();
  const shell = (command: string) => spawnSync('sh', ['-c', command], { cwd: folder });
  shell('cat source > /dev/null');
  const catAndSha256 = await rate(bytes, async () => void shell('cat source | sha256sum'));
  const copyAndSha256 = await rate(bytes, async () => void shell('cat source | tee copy | sha256sum; sync copy'));
  await rm(join(folder, 'copy'));
  const store = new DiskBlobStore({ path: join(folder, 'here') }, { demandRoom: () => {} });
  await store.open();
  const stored = await rate((await stat(source)).size, async () => {
    await store.put(createReadStream(source, { highWaterMark: MIB }));
  });
  return { catAndSha256, copyAndSha256, stored };
}

async function rate(bytes: number, work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return bytes / MIB / ((performance.now() - started) / 1000);
}
