// What both processes of a measurement of blobs need: keys, a libp2p host as ours without any of our rules, and sending on a
// bare stream as fast as it takes.
import { noise } from '@chainsafe/libp2p-noise';
import { yamux } from '@chainsafe/libp2p-yamux';
import type { PrivateKey, Stream } from '@libp2p/interface';
import { tcp } from '@libp2p/tcp';
import { createLibp2p, type Libp2p } from 'libp2p';
import { STREAM_BUFFER_BYTES, STREAM_WINDOW_BYTES } from '../../p2p/limits.ts';

export const CLINIC_ADDRESS = '/ip4/127.0.0.1/tcp/0';
export const SEEDS = {
  serving: new Uint8Array(32).fill(1),
  asking: new Uint8Array(32).fill(2),
  bare: new Uint8Array(32).fill(3),
};

export function bareHost(privateKey?: PrivateKey): Promise<Libp2p> {
  const streamOptions = { maxStreamWindowSize: STREAM_WINDOW_BYTES, maxReadBufferLength: STREAM_BUFFER_BYTES };
  return createLibp2p({
    privateKey,
    addresses: { listen: [CLINIC_ADDRESS] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux({ streamOptions })],
  });
}

export async function send(stream: Stream, bytes: Uint8Array): Promise<void> {
  if (stream.send(bytes)) return;
  await new Promise<void>((resolve) => stream.addEventListener('drain', () => resolve(), { once: true }));
}

/** Of this process so far. */
export interface Usage {
  /** Bytes held at most, as Linux counts them. */
  readonly most: number;
  /** Processor time of all its threads. */
  readonly seconds: number;
}

export function usage(): Usage {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  return { most: maxRSS * 1024, seconds: (userCPUTime + systemCPUTime) / 1e6 };
}
