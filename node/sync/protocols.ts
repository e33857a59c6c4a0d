// The request/response protocols around blocks, with their limits (docs/LIMITS.md). Owns serving; asking is sync.ts.
import { concatBytes, toHex } from '../../common/bytes.ts';
import { SIGNED_HEADER_BYTES } from '../../consensus/chain/header.ts';
import { encodeAttachment } from '../../consensus/ledger/attachment.ts';
import { MAX_ATTACHMENT_BYTES, MAX_BLOCK_BYTES } from '../../consensus/limits.ts';
import { MAX_CUT_PARTS } from '../../consensus/tree/cut.ts';
import type { Network, ProtocolOptions } from '../../p2p/ports.ts';
import type { Mempool } from '../mempool/mempool.ts';
import type { AttachmentDatabase } from '../store/attachment-database.ts';
import type { ChainStore } from '../store/ports.ts';
import {
  decodeHashes,
  decodeKnown,
  decodeRangeRequest,
  decodeStatus,
  encodeBundle,
  encodeStatus,
  MAX_BUNDLE_BYTES,
  MAX_HASHES,
  MAX_KNOWN,
  MAX_RANGE,
  type Status,
} from '../wire.ts';
import { decodeHeadersRequest, decodeSnapshotRequest, encodeOffers, MAX_HEADERS } from './wire.ts';

/** A chunk of headers is sent when it is that large. */
const HEADERS_CHUNK_BYTES = 256 * 1024;
const MAX_HEADER_ITEM_BYTES = SIGNED_HEADER_BYTES + 2 + 0xffff;
/** The largest answer about a snapshot: its cut; a part is smaller. */
const MAX_CUT_BYTES = 4 + 34 * MAX_CUT_PARTS;

export const STATUS: ProtocolOptions = {
  protocol: '/wardmesh/status/1',
  maxRequestBytes: 256,
  maxChunkBytes: 256,
  maxChunks: 1,
  rate: 2,
  burst: 20,
};

export const BLOCKS_BY_RANGE: ProtocolOptions = {
  protocol: '/wardmesh/blocks-by-range/1',
  maxRequestBytes: 16,
  maxChunkBytes: MAX_BLOCK_BYTES,
  maxChunks: MAX_RANGE,
  rate: 256,
  burst: 2048,
  cost: (request) => request.at(-1) ?? 1,
};

export const BLOCKS_BY_HASH: ProtocolOptions = {
  protocol: '/wardmesh/blocks-by-hash/1',
  maxRequestBytes: 1 + 32 * MAX_HASHES,
  maxChunkBytes: MAX_BLOCK_BYTES,
  maxChunks: MAX_HASHES,
  rate: 512,
  burst: 4096,
  cost: (request) => request[0] ?? 1,
};

/** Several headers in a chunk. */
export const HEADERS: ProtocolOptions = {
  protocol: '/wardmesh/headers/1',
  maxRequestBytes: 16,
  maxChunkBytes: HEADERS_CHUNK_BYTES + MAX_HEADER_ITEM_BYTES,
  maxChunks: MAX_HEADERS,
  rate: 64,
  burst: 512,
};

/** What snapshots there are, and one of them part by part. */
export const SNAPSHOT: ProtocolOptions = {
  protocol: '/wardmesh/snapshot/1',
  maxRequestBytes: 64,
  maxChunkBytes: MAX_CUT_BYTES,
  maxChunks: 1,
  rate: 64,
  burst: 2048,
};

/** Steps from the founders to the members of today, one in a chunk. */
export const LIGHT: ProtocolOptions = {
  protocol: '/wardmesh/light/1',
  maxRequestBytes: 1,
  maxChunkBytes: 1024 * 1024,
  maxChunks: 4096,
  rate: 1,
  burst: 8,
};

/** Outcomes of executed blocks, for whoever fills in old bodies. */
export const OUTCOMES: ProtocolOptions = {
  protocol: '/wardmesh/outcomes/1',
  maxRequestBytes: 1 + 32 * MAX_HASHES,
  maxChunkBytes: MAX_BLOCK_BYTES,
  maxChunks: MAX_HASHES,
  rate: 512,
  burst: 4096,
  cost: (request) => request[0] ?? 1,
};

export const ATTACHMENTS: ProtocolOptions = {
  protocol: '/wardmesh/attachment/1',
  maxRequestBytes: 1 + 32 * MAX_HASHES,
  maxChunkBytes: 64 + MAX_ATTACHMENT_BYTES,
  maxChunks: MAX_HASHES,
  rate: 256,
  burst: 4096,
  cost: (request) => request[0] ?? 1,
};

/**
 * What waits at a peer and the asker lacks, threat reports first: asked for after connecting and now and then, because
 * gossip may lose a transaction and a reorganisation brings back old ones.
 */
export const MEMPOOL: ProtocolOptions = {
  protocol: '/wardmesh/mempool/1',
  maxRequestBytes: 2 + 40 * MAX_KNOWN,
  maxChunkBytes: MAX_BUNDLE_BYTES,
  maxChunks: 16_384,
  rate: 0.2,
  burst: 4,
};

export interface ServeModules {
  readonly network: Network;
  readonly store: ChainStore;
  readonly attachments: Pick<AttachmentDatabase, 'get'>;
  readonly mempool: Mempool;
  status(): Status;
  onStatus(peerId: string, status: Status): void;
}

export function serveSync(modules: ServeModules): void {
  const { network, store, attachments, mempool } = modules;

  network.serve(STATUS, async function* (from, request) {
    modules.onStatus(from, decodeStatus(request));
    yield encodeStatus(modules.status());
  });

  network.serve(BLOCKS_BY_RANGE, async function* (_from, request) {
    const { from, count } = decodeRangeRequest(request);
    for (const entry of await store.entries(from, count)) {
      const block = await store.block(entry.id);
      if (block === undefined) return;
      yield block;
    }
  });

  network.serve(BLOCKS_BY_HASH, async function* (_from, request) {
    for (const id of decodeHashes(request)) {
      const block = await store.block(id);
      if (block !== undefined) yield block;
    }
  });

  network.serve(HEADERS, async function* (_from, request) {
    const { from, count } = decodeHeadersRequest(request);
    let held: Uint8Array[] = [];
    let bytes = 0;
    for (const item of await store.headers(from, count)) {
      held.push(item);
      bytes += item.length;
      if (bytes < HEADERS_CHUNK_BYTES) continue;
      yield concatBytes(...held);
      [held, bytes] = [[], 0];
    }
    if (held.length > 0) yield concatBytes(...held);
  });

  network.serve(SNAPSHOT, async function* (_from, request) {
    const wanted = decodeSnapshotRequest(request);
    if (wanted.type === 'offers') {
      yield encodeOffers(await store.snapshots());
      return;
    }
    const cut = wanted.type === 'cut';
    const answer = cut ? await store.snapshotCut(wanted.id) : await store.snapshotPart(wanted.id, wanted.part);
    if (answer !== undefined) yield answer;
  });

  network.serve(LIGHT, async function* () {
    yield* await store.lightChain();
  });

  network.serve(OUTCOMES, async function* (_from, request) {
    for (const id of decodeHashes(request)) {
      const outcomes = await store.outcomeBytes(id);
      if (outcomes !== undefined) yield outcomes;
    }
  });

  network.serve(ATTACHMENTS, async function* (_from, request) {
    for (const commitment of decodeHashes(request)) {
      const attachment = await attachments.get(commitment);
      if (attachment !== undefined) yield encodeAttachment(attachment);
    }
  });

  network.serve(MEMPOOL, async function* (_from, request) {
    const known = new Map(decodeKnown(request).map(({ sender, next }) => [toHex(sender), next]));
    const waiting = [...mempool.entries()]
      .filter(({ sealed: { transaction } }) => transaction.sequence >= (known.get(toHex(transaction.sender)) ?? 0))
      .sort((a, b) => order(a.sender.role) - order(b.sender.role));
    for (const { sealed, attachments: carried } of waiting.slice(0, MEMPOOL.maxChunks)) {
      yield encodeBundle({ transaction: sealed.bytes, attachments: carried });
    }
  });
}

function order(role: 'node' | 'gateway'): number {
  return role === 'gateway' ? 0 : 1;
}

/** All that sync asks of others. */
export const SYNC_PROTOCOLS: readonly ProtocolOptions[] = [
  STATUS,
  HEADERS,
  BLOCKS_BY_RANGE,
  BLOCKS_BY_HASH,
  OUTCOMES,
  SNAPSHOT,
  LIGHT,
  ATTACHMENTS,
  MEMPOOL,
];
