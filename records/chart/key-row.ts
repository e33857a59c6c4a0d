// A key row: the data key of one version of a record, wrapped under the category key, beside the sealed manifest. Signed by
// the clinic that wrote it, numbered by its re-wraps, kept by custodians, deletable (design section 8). Owns bytes, wrapping
// and the signature; who may have a row is decided elsewhere.
import { signEd25519, signingKeyPair, verifyEd25519 } from '#crypto';
import { concatBytes } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { CATEGORIES, type Category } from '../category.ts';
import { MAX_SEALED_FACTS, type SealedFacts } from './content-facts.ts';
import {
  decodeManifest,
  encodeManifest,
  MANIFEST_SALT_BYTES,
  MAX_CID_TEXT,
  MAX_MANIFEST_BYTES,
  type Manifest,
  manifestCommitment,
} from './manifest.ts';
import { openUnder, SEAL_BYTES, sealUnder } from './seal.ts';

export const DATA_KEY_BYTES = 32;
const WRAP_BYTES = DATA_KEY_BYTES + SEAL_BYTES;
const MAX_SEALED_MANIFEST = MANIFEST_SALT_BYTES + MAX_MANIFEST_BYTES + SEAL_BYTES;
/** A row never is longer. */
export const MAX_KEY_ROW_BYTES = 7 * 1024;

/** What a row is of: in the clear, since custodians file and decide by it. */
export interface KeyRowName {
  /** Whose chart it is of: the clinic that wrote it. */
  readonly clinic: ClinicNumber;
  readonly chart: Uint8Array;
  /** The patient as the chain names it. */
  readonly handle: Uint8Array;
  readonly category: Category;
  /** Of the category key that it is wrapped under. */
  readonly epoch: number;
  readonly record: Uint8Array;
  /** Of the record. */
  readonly version: number;
  /** Of the row: grows with each wrapping anew. */
  readonly revision: number;
  /** ms, of the record's version. */
  readonly written: number;
  /** Of the ciphertext; empty for a version without content. */
  readonly cid: string;
  /** Of the ciphertext, bytes. */
  readonly size: number;
}

export interface KeyRow extends KeyRowName {
  /** Undefined in a list: it says what there is, and opens nothing. */
  readonly wrap: Uint8Array | undefined;
  readonly wrapHash: Uint8Array;
  readonly sealedManifest: Uint8Array;
  /** Undefined: custodians refuse the version where a consent goes by what stands in it. */
  readonly facts: SealedFacts | undefined;
  /** Node key that signed it: clinics change theirs. */
  readonly signer: Uint8Array;
  readonly signature: Uint8Array;
}

/** What stands in a row, opened. */
export interface RecordVersion {
  readonly manifest: Manifest;
  readonly salt: Uint8Array;
}

export interface RowSigner {
  readonly genesisId: Uint8Array;
  /** Of the clinic's node key. */
  readonly seed: Uint8Array;
}

/** Working it out costs more than the signature. */
const publicKeys = new WeakMap<RowSigner, Uint8Array>();

export function signerKey(signer: RowSigner): Uint8Array {
  const known = publicKeys.get(signer);
  if (known !== undefined) return known;
  const { publicKey } = signingKeyPair(signer.seed);
  publicKeys.set(signer, publicKey);
  return publicKey;
}

/** Wraps a data key and seals a manifest under a category key. */
export function makeKeyRow(
  name: KeyRowName,
  categoryKey: Uint8Array,
  content: RecordVersion & { readonly dataKey: Uint8Array; readonly facts?: SealedFacts | undefined },
  signer: RowSigner,
): KeyRow {
  const bound = nameBytes(name);
  const wrap = sealUnder(categoryKey, 'data-key', bound, content.dataKey);
  const plain = concatBytes(content.salt, encodeManifest(content.manifest));
  const sealedManifest = sealUnder(categoryKey, 'manifest', bound, plain);
  const made = { ...name, wrap, wrapHash: hashOf(wrap), sealedManifest, facts: content.facts };
  const signature = signEd25519(signer.seed, signedBytes(signer.genesisId, bound, made));
  return { ...made, signer: signerKey(signer), signature };
}

/** Throws CryptoError `crypto.open`, CodecError. */
export function openManifest(row: KeyRow, categoryKey: Uint8Array): RecordVersion {
  const plain = openUnder(categoryKey, 'manifest', nameBytes(row), row.sealedManifest);
  const salt = plain.slice(0, MANIFEST_SALT_BYTES);
  return { salt, manifest: decodeManifest(plain.subarray(MANIFEST_SALT_BYTES)) };
}

/** Throws CryptoError `crypto.open`, also for a row of a list. */
export function openDataKey(row: KeyRow, categoryKey: Uint8Array): Uint8Array {
  return openUnder(categoryKey, 'data-key', nameBytes(row), row.wrap ?? new Uint8Array(WRAP_BYTES));
}

/** The same version under another category key. */
export function rewrapKeyRow(
  row: KeyRow,
  from: Uint8Array,
  to: { readonly epoch: number; readonly categoryKey: Uint8Array },
  signer: RowSigner,
): KeyRow {
  const dataKey = openDataKey(row, from);
  const content = { ...openManifest(row, from), dataKey, facts: row.facts };
  return makeKeyRow({ ...row, epoch: to.epoch, revision: row.revision + 1 }, to.categoryKey, content, signer);
}

/** A row that somebody else made for a chart of this signer, as its own from now on. */
export function adoptKeyRow(row: KeyRow, signer: RowSigner): KeyRow {
  const signature = signEd25519(signer.seed, signedBytes(signer.genesisId, nameBytes(row), row));
  return { ...row, signer: signerKey(signer), signature };
}

/** The form in which lists are served. */
export function withoutWrap(row: KeyRow): KeyRow {
  return { ...row, wrap: undefined };
}

/** Whether its signer made the row; whose key that is, the chain says. */
export function verifyKeyRow(row: KeyRow, genesisId: Uint8Array): Promise<boolean> {
  const message = signedBytes(genesisId, nameBytes(row), row);
  return verifyEd25519(row.signer, message, row.signature);
}

/** Whether the row says what the chain was told of the record. */
export function matchesCommitment({ salt, manifest }: RecordVersion, commitment: Uint8Array): boolean {
  const own = manifestCommitment(salt, encodeManifest(manifest));
  return own.every((byte, index) => byte === commitment[index]);
}

export function encodeKeyRow(row: KeyRow): Uint8Array {
  const name = nameBytes(row);
  const out = new Writer(512).fixed(name, name.length);
  if (row.wrap === undefined) out.u8(0).fixed(row.wrapHash, 32);
  else out.u8(1).fixed(row.wrap, WRAP_BYTES);
  writeFacts(out.bytes16(row.sealedManifest, MAX_SEALED_MANIFEST), row.facts);
  return out.fixed(row.signer, 32).fixed(row.signature, 64).finish();
}

/** Throws CodecError. The signature is not checked. */
export function decodeKeyRow(bytes: Uint8Array): KeyRow {
  const input = new Reader(bytes);
  const name = readName(input);
  const flag = input.u8();
  if (flag > 1) throw new CodecError({ code: 'codec.value', field: 'row.wrap' });
  const wrap = flag === 1 ? input.fixed(WRAP_BYTES) : undefined;
  const wrapHash = wrap === undefined ? input.fixed(32) : hashOf(wrap);
  const sealedManifest = input.bytes16(MAX_SEALED_MANIFEST);
  const facts = readFacts(input);
  const signer = input.fixed(32);
  const signature = input.fixed(64);
  input.end();
  return { ...name, wrap, wrapHash, sealedManifest, facts, signer, signature };
}

function nameBytes(name: KeyRowName): Uint8Array {
  const out = new Writer(192).u16(name.clinic).fixed(name.chart, 32).fixed(name.handle, 32);
  out.u8(CATEGORIES.indexOf(name.category) + 1).u32(name.epoch);
  out.fixed(name.record, 32).u32(name.version).u32(name.revision).u64(name.written);
  return out.text16(name.cid, MAX_CID_TEXT).u64(name.size).finish();
}

function readName(input: Reader): KeyRowName {
  const clinic = input.u16();
  const chart = input.fixed(32);
  const handle = input.fixed(32);
  const category = CATEGORIES[input.u8() - 1];
  if (category === undefined) throw new CodecError({ code: 'codec.value', field: 'row.category' });
  const epoch = input.u32();
  const record = input.fixed(32);
  const [version, revision] = [input.u32(), input.u32()];
  if (version === 0) throw new CodecError({ code: 'codec.value', field: 'row.version' });
  const written = input.u64();
  return {
    clinic,
    chart,
    handle,
    category,
    epoch,
    record,
    version,
    revision,
    written,
    cid: input.text16(MAX_CID_TEXT),
    size: input.u64(),
  };
}

function hashOf(wrap: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/wrap/1', wrap);
}

function writeFacts(out: Writer, facts: SealedFacts | undefined): Writer {
  return facts === undefined ? out.u8(0) : out.u8(1).u32(facts.epoch).bytes16(facts.sealed, MAX_SEALED_FACTS);
}

function readFacts(input: Reader): SealedFacts | undefined {
  const flag = input.u8();
  if (flag > 1) throw new CodecError({ code: 'codec.value', field: 'row.facts' });
  return flag === 1 ? { epoch: input.u32(), sealed: input.bytes16(MAX_SEALED_FACTS) } : undefined;
}

function signedBytes(
  genesisId: Uint8Array,
  name: Uint8Array,
  { wrapHash, sealedManifest, facts }: Pick<KeyRow, 'wrapHash' | 'sealedManifest' | 'facts'>,
): Uint8Array {
  // Of the two that vary in length that which says its own stands first.
  const sealedFacts = writeFacts(new Writer(64), facts).finish();
  return taggedHash('wardmesh/key-row/1', genesisId, name, wrapHash, sealedFacts, sealedManifest);
}
