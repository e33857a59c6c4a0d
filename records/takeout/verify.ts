// Checks a takeout from its first byte to its last with nothing but the genesis document (PROTOCOL 15): who made it, that
// every file is what the listing says, and that the chain was told of each record. Reads the archive once, as a stream.
import { sha256, sha256Hasher } from '#crypto';
import { equalBytes } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { readTarFiles, type TarFile } from '../../common/tar.ts';
import { type Genesis, genesisId } from '../../consensus/genesis.ts';
import { ProofError } from '../../consensus/proofs/errors.ts';
import { MAX_PROOF_BYTES } from '../../consensus/proofs/proof-file.ts';
import { type Verified, verifyProof } from '../../consensus/proofs/verify-proof.ts';
import { cidDigest } from '../blobs/cid.ts';
import { buildDag } from '../blobs/dag.ts';
import type { AuthorStanding } from '../chart/author-standing.ts';
import { EnvelopeError } from '../envelope/errors.ts';
import { decodePrefix, SALT_BYTES } from '../envelope/layout.ts';
import { sealEnvelope } from '../envelope/seal.ts';
import { TakeoutAuthors } from './authors.ts';
import { TakeoutError } from './errors.ts';
import {
  decodeListing,
  FINAL_FILE,
  isSignedListing,
  LISTING_FILE,
  type Listing,
  MAX_LISTING_BYTES,
  SIGNATURE_FILE,
  type TakeoutRecord,
} from './listing.ts';
import { tellsOf } from './proven.ts';
import { envelopeCid } from './vault-part.ts';

export interface VerifiedRecord extends TakeoutRecord {
  /** The final block that it stands in. */
  readonly block: { readonly height: number; readonly timestamp: number } | undefined;
  /** What the signature of who wrote it counts for, by the rows of device keys that go along. */
  readonly signature: AuthorStanding;
}

export interface VerifiedTakeout {
  readonly listing: Listing;
  readonly records: readonly VerifiedRecord[];
  /** Under which final block. */
  readonly final: { readonly height: number; readonly timestamp: number };
}

/** Each has its own place. */
const FIRST_FILES = [LISTING_FILE, SIGNATURE_FILE, FINAL_FILE];
/** Of anything that is no record. */
const MAX_OTHER_BYTES = 64 * 1024 * 1024;
const SIGNATURE_BYTES = 64;
const SALT_AT = 6;

/** `archive`: decrypted. Throws TakeoutError; a network other than the genesis document's proves nothing. */
export async function verifyTakeout(genesis: Genesis, archive: AsyncIterable<Uint8Array>): Promise<VerifiedTakeout> {
  const files = readTarFiles(archive, malformed);
  try {
    return await verifyFiles(genesis, files);
  } finally {
    await files.return(undefined);
  }
}

async function verifyFiles(genesis: Genesis, files: AsyncGenerator<TarFile>): Promise<VerifiedTakeout> {
  const next = async (name: string, limit: number): Promise<Uint8Array> => {
    const { value } = await files.next();
    if (value?.name !== name) throw malformed(`${name} is missing`);
    return whole(value, limit);
  };
  const text = await next(LISTING_FILE, MAX_LISTING_BYTES);
  const signature = await next(SIGNATURE_FILE, SIGNATURE_BYTES);
  const listing = decodeListing(text);
  if (!equalBytes(listing.genesisId, genesisId(genesis))) throw new TakeoutError({ code: 'takeout.network' });
  const anchor = await proofOf(genesis, FINAL_FILE, await next(FINAL_FILE, MAX_PROOF_BYTES));
  const signer = anchor.light.current.record(listing.clinic.number);
  const signed = signature.length === SIGNATURE_BYTES && signer !== undefined;
  if (!signed || !(await isSignedListing(text, listing, signature, signer.nodeKey))) {
    throw new TakeoutError({ code: 'takeout.signature' });
  }
  const { height, timestamp } = anchor.light.header;
  const checks = new Checks(genesis, listing, height);
  for await (const file of files) await checks.take(file);
  return { listing, records: await checks.end(), final: { height, timestamp } };
}

class Checks {
  private readonly genesis: Genesis;
  private readonly listing: Listing;
  private readonly digests: Map<string, Uint8Array>;
  private readonly contents = new Map<string, TakeoutRecord>();
  private readonly proofs = new Map<string, TakeoutRecord[]>();
  private readonly blocks = new Map<TakeoutRecord, VerifiedRecord['block']>();
  private readonly expected: Set<string>;
  private readonly authors: TakeoutAuthors;

  constructor(genesis: Genesis, listing: Listing, final: number) {
    this.genesis = genesis;
    this.listing = listing;
    this.authors = new TakeoutAuthors(listing, final);
    this.digests = new Map(listing.files.map(({ file, sha256: digest }) => [file, digest]));
    for (const record of listing.records) {
      if (record.content !== undefined) this.contents.set(record.content.file, record);
      if (record.proof !== undefined) this.proofs.set(record.proof, [...(this.proofs.get(record.proof) ?? []), record]);
    }
    this.expected = namedOnce(listing, [...this.proofs.keys()]);
  }

  async take(entry: TarFile): Promise<void> {
    const { name } = entry;
    // Named once, and there once.
    if (!this.expected.delete(name)) throw new TakeoutError({ code: 'takeout.stray', file: name });
    const told = this.proofs.get(name);
    const record = this.contents.get(name);
    const cid = envelopeCid(name);
    if (told !== undefined) await this.proof(entry, told);
    else if (record !== undefined) await this.content(entry, record);
    else if (cid !== undefined) await this.envelope(entry, cid);
    else await this.other(entry);
  }

  async end(): Promise<VerifiedRecord[]> {
    for (const file of this.expected) throw new TakeoutError({ code: 'takeout.missing', file });
    const records: VerifiedRecord[] = [];
    for (const record of this.listing.records) {
      const block = this.blocks.get(record);
      records.push({ ...record, block, signature: await this.authors.standing(record, block?.height) });
    }
    return records;
  }

  private async other(entry: TarFile): Promise<void> {
    const { name } = entry;
    const ofKey = this.authors.isKeyProof(name);
    const bytes = await whole(entry, ofKey ? MAX_PROOF_BYTES : MAX_OTHER_BYTES);
    if (!equalBytes(sha256(bytes), this.digests.get(name) ?? new Uint8Array())) {
      throw new TakeoutError({ code: 'takeout.file', file: name });
    }
    if (ofKey && !this.authors.key(name, await proofOf(this.genesis, name, bytes))) {
      throw new TakeoutError({ code: 'takeout.proof', file: name });
    }
  }

  private async proof(entry: TarFile, told: readonly TakeoutRecord[]): Promise<void> {
    const verified = await proofOf(this.genesis, entry.name, await whole(entry, MAX_PROOF_BYTES));
    const { conclusion } = verified;
    for (const record of told) {
      if (conclusion.type !== 'statement' || !tellsOf(verified, record)) {
        throw new TakeoutError({ code: 'takeout.proof', file: entry.name });
      }
      const { height, timestamp } = conclusion.block.header;
      this.blocks.set(record, { height, timestamp });
    }
  }

  /** Of a vault: its name says what it is. */
  private async envelope({ name, content }: TarFile, cid: string): Promise<void> {
    const built = await buildDag(content, async () => undefined);
    const same = built.cid === cid && equalBytes(this.digests.get(name) ?? new Uint8Array(), cidDigest(cid));
    if (!same) throw new TakeoutError({ code: 'takeout.file', file: name });
  }

  /** Sealed again under the same key, salt and words it is the ciphertext whose CID the manifest has. */
  private async content({ name, content }: TarFile, record: TakeoutRecord) {
    const { manifest, content: evidence } = record;
    const hasher = sha256Hasher();
    const hashed = async function* () {
      for await (const part of content) {
        if (manifest.signed !== undefined) hasher.update(part);
        yield part;
      }
    };
    try {
      const { dataKey, prefix } = evidence as NonNullable<typeof evidence>;
      const { info } = decodePrefix(dataKey, prefix);
      const salt = prefix.slice(SALT_AT, SALT_AT + SALT_BYTES);
      const { cid } = await buildDag(sealEnvelope(dataKey, info, hashed(), salt), async () => undefined);
      if (cid === manifest.cid && info.size === manifest.size) {
        this.authors.content(record, hasher.digest());
        return;
      }
    } catch (error) {
      if (!(error instanceof EnvelopeError || error instanceof CodecError)) throw error;
    }
    throw new TakeoutError({ code: 'takeout.file', file: name });
  }
}

/**
 * Each name that the archive has beside the first three: one thing stands there, and is held against all that is said of it. A content
 * that two records named would be held against one of them alone. Only a proof may tell of several.
 */
function namedOnce({ records, files }: Listing, proofs: readonly string[]): Set<string> {
  const contents = records.flatMap(({ content }) => (content === undefined ? [] : [content.file]));
  const names = [...proofs, ...contents, ...files.map(({ file }) => file)];
  const found = new Set<string>();
  for (const name of names) {
    if (FIRST_FILES.includes(name) || found.has(name)) throw malformed(`${name} is named twice`);
    found.add(name);
  }
  return found;
}

async function proofOf(genesis: Genesis, file: string, bytes: Uint8Array): Promise<Verified> {
  try {
    return await verifyProof(genesis, bytes);
  } catch (error) {
    if (error instanceof ProofError || error instanceof CodecError) {
      throw new TakeoutError({ code: 'takeout.proof', file });
    }
    throw error;
  }
}

async function whole({ name, size, content }: TarFile, limit: number): Promise<Uint8Array> {
  if (size > limit) throw malformed(`${name} is too long`);
  const bytes = new Uint8Array(size);
  let at = 0;
  for await (const part of content) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function malformed(reason: string): TakeoutError {
  return new TakeoutError({ code: 'takeout.format', reason });
}
