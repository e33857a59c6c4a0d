// The DAG of a blob (PROTOCOL 11.3): UnixFS of one shape, built by the library of its makers, walked here in the one order
// in which blocks are stored, sent and compared. Owns neither files nor peers.
import { decode } from '@ipld/dag-pb';
import { UnixFS } from 'ipfs-unixfs';
import { type ImporterOptions, importFile } from 'ipfs-unixfs-importer';
import { fixedSize } from 'ipfs-unixfs-importer/chunker';
import { balanced } from 'ipfs-unixfs-importer/layout';
import type { ByteRange, StoredBlob } from './blob-store.ts';
import { codecOf } from './cid.ts';
import { BlobError } from './errors.ts';

/** Bytes of a leaf; the last one may be shorter. */
export const LEAF_BYTES = 1024 * 1024;
/** Links of a node. */
export const MAX_LINKS = 1024;
/** Of any block: a node of that many links is far smaller than a leaf. */
export const MAX_BLOCK_BYTES = LEAF_BYTES;

/** One block in its place. */
export interface Block {
  readonly cid: string;
  readonly bytes: Uint8Array;
  /** Of its bytes in the blob; undefined for a node. */
  readonly offset: number | undefined;
}

/** Its place: what of the blob lies below it. */
export interface BlockPlace {
  readonly cid: string;
  readonly offset: number;
  /** Unknown for a root. */
  readonly size: number | undefined;
}

interface Link {
  readonly cid: string;
  readonly size: number;
}

const SHAPE: ImporterOptions = {
  cidVersion: 1,
  rawLeaves: true,
  reduceSingleLeafToSelf: true,
  // One leaf at a time is hashed and handed on: memory stays flat, and what stores it writes behind.
  blockWriteConcurrency: 1,
  chunker: fixedSize({ chunkSize: LEAF_BYTES }),
  layout: balanced({ maxChildrenPerNode: MAX_LINKS }),
};

/** Builds the DAG of `source`, handing over each block once, leaves before their nodes, the root last. */
export async function buildDag(
  source: AsyncIterable<Uint8Array>,
  put: (cid: string, bytes: Uint8Array) => Promise<void>,
): Promise<StoredBlob> {
  let size = 0;
  const counted = async function* () {
    for await (const part of source) {
      size += part.length;
      yield part;
    }
  };
  const store = {
    put: async (cid: { toString(): string }, bytes: unknown) => {
      await put(cid.toString(), bytes as Uint8Array);
      return cid as never;
    },
  };
  const { cid } = await importFile({ content: counted() }, store, SHAPE);
  return { cid: cid.toString(), size };
}

/** Bytes below a root, from its block. Throws BlobError `blob.shape`. */
export function sizeOfRoot(cid: string, bytes: Uint8Array): number {
  return codecOf(cid) === 'raw' ? bytes.length : total(linksOf(cid, bytes));
}

/**
 * The blocks that hold `range`, each node before what is below it, in the order of the blob; `load` gives bytes that were
 * compared with their CID. A range may end beyond the blob; one of no bytes is the root alone.
 */
export async function* walkDag(
  root: string,
  range: ByteRange,
  load: (place: BlockPlace) => Promise<Uint8Array>,
): AsyncGenerator<Block, void, undefined> {
  const end = range.offset + range.length;
  // The places still to be visited, next one last: at most MAX_LINKS for each level.
  const open: BlockPlace[] = [{ cid: root, offset: 0, size: undefined }];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const { cid, offset, size } = place;
    const bytes = await load(place);
    if (codecOf(cid) === 'raw') {
      if (bytes.length > LEAF_BYTES || bytes.length !== (size ?? bytes.length)) throw shape(cid);
      yield { cid, bytes, offset };
      continue;
    }
    const links = linksOf(cid, bytes);
    if (size !== undefined && total(links) !== size) throw shape(cid);
    yield { cid, bytes, offset: undefined };
    let at = offset;
    const below: BlockPlace[] = [];
    for (const link of links) {
      if (at < end && at + link.size > range.offset) below.push({ ...link, offset: at });
      at += link.size;
    }
    open.push(...below.reverse());
  }
}

/** Full but for the last, so that depth and number of blocks follow from the size. Throws BlobError `blob.shape`. */
function linksOf(cid: string, bytes: Uint8Array): readonly Link[] {
  const links = decodedLinks(cid, bytes);
  const [first] = links;
  const leaves = codecOf(first.cid) === 'raw';
  for (const [index, { cid: child, size }] of links.entries()) {
    const last = index === links.length - 1;
    if (last ? size > first.size : size !== first.size) throw shape(cid);
    if ((codecOf(child) === 'raw') !== leaves) throw shape(cid);
  }
  if (links.length > 1 && !isFull(first.size, leaves)) throw shape(cid);
  return links;
}

function decodedLinks(cid: string, bytes: Uint8Array): readonly Link[] {
  try {
    const { Data, Links } = decode(bytes);
    const node = UnixFS.unmarshal(Data ?? new Uint8Array());
    const sizes = node.blockSizes;
    const plain = node.type === 'file' && (node.data?.length ?? 0) === 0;
    if (!plain || Links.length === 0 || Links.length > MAX_LINKS || sizes.length !== Links.length) throw shape(cid);
    return Links.map((link, index) => ({ cid: link.Hash.toString(), size: checkedSize(cid, sizes[index]) }));
  } catch (error) {
    throw error instanceof BlobError ? error : shape(cid);
  }
}

function checkedSize(cid: string, size: bigint): number {
  if (size <= 0n || size > BigInt(Number.MAX_SAFE_INTEGER)) throw shape(cid);
  return Number(size);
}

function isFull(size: number, leaves: boolean): boolean {
  if (leaves) return size === LEAF_BYTES;
  let full = LEAF_BYTES * MAX_LINKS;
  while (full < size) full *= MAX_LINKS;
  return full === size;
}

function total(links: readonly Link[]): number {
  return links.reduce((sum, { size }) => sum + size, 0);
}

function shape(block: string): BlobError {
  return new BlobError({ code: 'blob.shape', block });
}
