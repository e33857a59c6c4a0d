// Asks other clinics for blobs, as streams whose every block was compared with its CID. Keeps nothing: keeper.ts does.
import { concatBytes } from '../../common/bytes.ts';
import type { Network } from '../../p2p/ports.ts';
import type { ByteRange } from '../../records/blobs/blob-store.ts';
import { isBlock } from '../../records/blobs/cid.ts';
import { type Block, type BlockPlace, MAX_BLOCK_BYTES, sizeOfRoot, walkDag } from '../../records/blobs/dag.ts';
import { BlobError } from '../../records/blobs/errors.ts';
import { BLOBS, encodeBlobRequest, MAX_RANGE_BYTES, PIECE_BYTES } from './protocol.ts';

export interface BlobSource {
  readonly peerId: string;
  readonly cid: string;
  /** About as large, where that is known: so that a small blob is asked for as one. */
  readonly size?: number;
}

/** A new one for each request: it is good once. */
export type TicketFor = () => Uint8Array | Promise<Uint8Array>;

export interface BlobClientModules {
  readonly network: Pick<Network, 'request'>;
  /** Acts on what a peer could have known to be wrong. */
  readonly blames: { blame(peerId: string, error: unknown): Promise<void> };
}

export class BlobClient {
  private readonly modules: BlobClientModules;

  constructor(modules: BlobClientModules) {
    this.modules = modules;
  }

  /** The whole blob. Throws RequestError and BlobError. */
  fetch(source: BlobSource, ticket: TicketFor, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    return this.read(source, undefined, ticket, signal);
  }

  /** Part of it, or all. Of no blob more is asked for than the blocks that hold the part. */
  async *read(
    source: BlobSource,
    range: ByteRange | undefined,
    ticket: TicketFor,
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    let offset = range?.offset ?? 0;
    let end = range === undefined ? Number.POSITIVE_INFINITY : offset + range.length;
    let hint = range === undefined ? lengthFor(source) : range.length;
    do {
      const length = Math.min(hint, end - offset, MAX_RANGE_BYTES);
      const part = { offset, length };
      for await (const block of this.blocks(source, part, ticket, signal)) {
        if (block.cid === source.cid) {
          const size = sizeOfRoot(block.cid, block.bytes);
          if (range !== undefined && end > size) throw new BlobError({ code: 'blob.range', cid: source.cid });
          end = Math.min(end, size);
        }
        if (block.offset === undefined) continue;
        // A leaf is given whole, also beyond the part that was asked for: it is here already.
        const from = Math.max(0, offset - block.offset);
        const to = Math.min(block.bytes.length, end - block.offset);
        if (to > from) yield block.bytes.subarray(from, to);
        offset = Math.max(offset, block.offset + to);
      }
      hint = MAX_RANGE_BYTES;
    } while (offset < end);
  }

  /** Whether a peer has it and gives it. Throws RequestError where it does not answer. */
  async has(source: BlobSource, ticket: TicketFor, signal?: AbortSignal): Promise<boolean> {
    for await (const _root of this.blocks(source, { offset: 0, length: 0 }, ticket, signal)) return true;
    return false;
  }

  /** The blocks that hold `range`, at most MAX_RANGE_BYTES, in the order of the DAG. A peer that lies is blamed. */
  async *blocks(
    { peerId, cid }: BlobSource,
    range: ByteRange,
    ticket: TicketFor,
    signal?: AbortSignal,
  ): AsyncGenerator<Block, void, undefined> {
    const { network, blames } = this.modules;
    const request = encodeBlobRequest({ cid, range, ticket: await ticket() });
    const pieces = network.request(peerId, BLOBS.protocol, request, signal)[Symbol.asyncIterator]();
    try {
      yield* walkDag(cid, range, (place) => nextBlock(pieces, cid, place));
    } catch (error) {
      if (error instanceof BlobError) await blames.blame(peerId, error);
      throw error;
    } finally {
      await pieces.return?.();
    }
  }
}

/** Twice its size and more: an envelope is padded. */
export function lengthFor({ size }: { readonly size?: number }): number {
  return size === undefined ? MAX_RANGE_BYTES : Math.min(MAX_RANGE_BYTES, 2 * size + 4096);
}

async function nextBlock(pieces: AsyncIterator<Uint8Array>, root: string, place: BlockPlace): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const next = await pieces.next();
    if (next.done === true) throw new BlobError({ code: 'blob.withheld', cid: root });
    const piece = next.value;
    parts.push(piece);
    length += piece.length;
    if (length > MAX_BLOCK_BYTES) throw wrong(place);
    if (piece.length < PIECE_BYTES) break;
  }
  const bytes = parts.length === 1 ? parts[0] : concatBytes(...parts);
  if (!isBlock(place.cid, bytes)) throw wrong(place);
  return bytes;
}

function wrong({ cid }: BlockPlace): BlobError {
  return new BlobError({ code: 'blob.wrong-block', block: cid });
}
