// The last word before a connection is closed: why. A courtesy, so nothing depends on its arrival.

import type { Clock } from '../common/clock.ts';
import { Reader } from '../common/codec/reader.ts';
import { Writer } from '../common/codec/writer.ts';
import type { Logger } from '../common/logger.ts';
import { GOODBYE_TIMEOUT_MS } from './limits.ts';
import type { P2pMetrics } from './metrics.ts';
import type { ProtocolOptions, RequestHandler } from './ports.ts';
import type { RequestClient } from './reqresp/client.ts';
import { startDeadline } from './reqresp/deadline.ts';

export const GOODBYE_PROTOCOL = '/wardmesh/goodbye/1';

/** Codes below 300 are eth2's where it has one. */
export const GOODBYE = {
  shutdown: 1,
  irrelevantNetwork: 2,
  error: 3,
  tooManyPeers: 129,
  scoreTooLow: 250,
  banned: 251,
  notAMember: 300,
  unsupportedVersion: 301,
} as const;

export const goodbyeOptions: ProtocolOptions = {
  protocol: GOODBYE_PROTOCOL,
  maxRequestBytes: 2,
  maxChunkBytes: 0,
  maxChunks: 0,
  // One is all that a connection needs, and a peer may reconnect once or twice at once; more is noise.
  rate: 0.1,
  burst: 3,
};

export function encodeGoodbye(code: number): Uint8Array {
  const writer = new Writer();
  writer.u16(code);
  return writer.finish();
}

export function decodeGoodbye(bytes: Uint8Array): number {
  const reader = new Reader(bytes);
  const code = reader.u16();
  reader.end();
  return code;
}

const NAMES = new Map<number, string>(Object.entries(GOODBYE).map(([name, code]) => [code, name]));

/** For logs and metric labels: unknown codes share one name. */
export function goodbyeName(code: number): string {
  return NAMES.get(code) ?? 'other';
}

export interface GoodbyesModules {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: P2pMetrics;
  readonly client: RequestClient;
  /** The remote is about to close the connection. */
  onReceived(peerId: string, code: number): void;
}

const NOTHING: AsyncIterable<Uint8Array> = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
};

export class Goodbyes {
  private readonly modules: GoodbyesModules;

  constructor(modules: GoodbyesModules) {
    this.modules = modules;
  }

  /** Returns when the peer has it, is gone, or takes too long. Never throws. */
  async send(peerId: string, code: number): Promise<void> {
    const { client, clock, logger, metrics } = this.modules;
    metrics.goodbyes.inc({ direction: 'sent', reason: goodbyeName(code) });
    const limit = startDeadline(clock, GOODBYE_TIMEOUT_MS);
    try {
      for await (const _ of client.request(peerId, goodbyeOptions, encodeGoodbye(code), limit.signal));
    } catch (error) {
      logger.debug({ err: error, peerId }, 'goodbye was not heard');
    } finally {
      limit.dispose();
    }
  }

  /** Serves `goodbyeOptions`. */
  readonly handler: RequestHandler = (from, request) => {
    const { logger, metrics, onReceived } = this.modules;
    const code = decodeGoodbye(request);
    metrics.goodbyes.inc({ direction: 'received', reason: goodbyeName(code) });
    logger.info({ peerId: from, code, reason: goodbyeName(code) }, 'peer said goodbye');
    onReceived(from, code);
    return NOTHING;
  };
}
