// The topic of compact blocks and the protocol for transactions that are missing, with their limits (docs/LIMITS.md).
import type { ProtocolOptions, TopicOptions } from '../../p2p/ports.ts';
import {
  MAX_COMPACT_BYTES,
  MAX_MISSING_REQUEST_BYTES,
  MAX_TRANSACTIONS_CHUNK_BYTES,
  MAX_TRANSACTIONS_CHUNKS,
} from './wire.ts';

export const COMPACT: TopicOptions = {
  topic: '/wardmesh/compact/1',
  maxBytes: MAX_COMPACT_BYTES,
  priority: 0,
  queue: 256,
};

/** Transactions that cost one unit: a full body costs 128. */
const PER_UNIT = 64;

export const BLOCK_TRANSACTIONS: ProtocolOptions = {
  protocol: '/wardmesh/block-transactions/1',
  maxRequestBytes: MAX_MISSING_REQUEST_BYTES,
  maxChunkBytes: MAX_TRANSACTIONS_CHUNK_BYTES,
  maxChunks: MAX_TRANSACTIONS_CHUNKS,
  // Of the largest body four at once, then one in four seconds.
  rate: 32,
  burst: 512,
  cost: (request) => Math.max(1, Math.ceil((request.length - 34) / 2 / PER_UNIT)),
};
