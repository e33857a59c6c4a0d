// CIDs as blobs have them: version 1, base32, SHA-256, of raw bytes or a dag-pb node. One spelling each, so they are compared
// as texts and are safe as names of files. Owns no DAG.
import { CID } from 'multiformats/cid';
import * as Digest from 'multiformats/hashes/digest';
import { sha256 } from '#crypto';
import { equalBytes } from '../../common/bytes.ts';
import { BlobError } from './errors.ts';

/** `version 1 | codec | SHA-256 | length 32 | digest`, each of the first four one byte. */
export const CID_BYTES = 36;
const RAW = 0x55;
const DAG_PB = 0x70;
const SHA2_256 = 0x12;
const TEXT = /^b[a-z2-7]{58}$/;

export type BlockCodec = 'raw' | 'dag-pb';

/** Throws BlobError `blob.cid`. */
export function parseCid(text: string): CID {
  if (!TEXT.test(text)) throw new BlobError({ code: 'blob.cid' });
  try {
    return checked(CID.parse(text), text);
  } catch {
    throw new BlobError({ code: 'blob.cid' });
  }
}

export function isCid(text: string): boolean {
  try {
    parseCid(text);
    return true;
  } catch {
    return false;
  }
}

/** From CID_BYTES; throws BlobError `blob.cid`. */
export function cidText(bytes: Uint8Array): string {
  try {
    const cid = CID.decode(bytes);
    const text = cid.toString();
    checked(cid, text);
    return text;
  } catch {
    throw new BlobError({ code: 'blob.cid' });
  }
}

export function cidBytes(text: string): Uint8Array {
  return parseCid(text).bytes;
}

export function codecOf(text: string): BlockCodec {
  return parseCid(text).code === RAW ? 'raw' : 'dag-pb';
}

export function cidOfBlock(codec: BlockCodec, bytes: Uint8Array): string {
  return CID.createV1(codec === 'raw' ? RAW : DAG_PB, Digest.create(SHA2_256, sha256(bytes))).toString();
}

/** SHA-256 of the block that the CID is of. */
export function cidDigest(text: string): Uint8Array {
  return parseCid(text).multihash.digest;
}

/** Whether these are the bytes that the CID is of. */
export function isBlock(text: string, bytes: Uint8Array): boolean {
  return equalBytes(cidDigest(text), sha256(bytes));
}

function checked(cid: CID, text: string): CID {
  const { version, code, multihash } = cid;
  const known = version === 1 && (code === RAW || code === DAG_PB);
  if (!known || multihash.code !== SHA2_256 || multihash.size !== 32 || cid.toString() !== text) {
    throw new BlobError({ code: 'blob.cid' });
  }
  return cid;
}
