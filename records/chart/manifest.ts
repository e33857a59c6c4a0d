// What a version of a record is: canonical bytes, committed to on chain with a salt and sealed under the category key beside
// the key row. Owns layout and commitment.
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { ROLES, type Role, roleByte } from '../../consensus/ledger/accounts/types.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { CATEGORIES, type Category } from '../category.ts';
import { type AuthorSignature, readAuthorSignature, writeAuthorSignature } from './author-signature.ts';
import { readOptional32, writeOptional32 } from './optional.ts';

/** How a version came: as the first, by adding to it, by correcting it, or by saying that it should not be there. */
export const AMENDMENTS = ['original', 'addendum', 'correction', 'entered-in-error'] as const;
export type Amendment = (typeof AMENDMENTS)[number];

export interface Manifest {
  /** Object id on chain. */
  readonly record: Uint8Array;
  /** The record that an addendum is about. */
  readonly about: Uint8Array | undefined;
  /** From 1. */
  readonly version: number;
  readonly amendment: Amendment;
  readonly category: Category;
  /** FHIR resource type, or `document`. */
  readonly kind: string;
  /** Logical id of a FHIR resource; empty where there is none. */
  readonly name: string;
  readonly mediaType: string;
  readonly title: string;
  /** Of the envelope's ciphertext; empty for a version without content. */
  readonly cid: string;
  /** Of the plaintext, bytes. */
  readonly size: number;
  /** Account of the person who wrote it; undefined for what the clinic imported. */
  readonly author: Uint8Array | undefined;
  /** As which the author wrote it; undefined without one. */
  readonly role: Role | undefined;
  readonly clinic: ClinicNumber;
  /** ms. */
  readonly written: number;
  /** Why it was amended. */
  readonly reason: string;
  /** By the author's device; undefined where nobody signed. */
  readonly signed?: AuthorSignature | undefined;
}

export const MANIFEST_SALT_BYTES = 32;
export const MAX_MANIFEST_BYTES = 4096;
export const MAX_CID_TEXT = 128;
const MAX_SHORT = 64;
const MAX_MEDIA_TYPE = 128;
const MAX_TITLE = 1024;
const MAX_REASON = 2048;
const NO_ROLE = 0;

export function encodeManifest(manifest: Manifest): Uint8Array {
  const { record, version, amendment, category, kind, name, mediaType, title, cid, size } = manifest;
  const out = new Writer(512).fixed(record, 32).u32(version);
  out.u8(AMENDMENTS.indexOf(amendment)).u8(CATEGORIES.indexOf(category) + 1);
  out.text16(kind, MAX_SHORT).text16(name, MAX_SHORT).text16(mediaType, MAX_MEDIA_TYPE).text16(title, MAX_TITLE);
  out.text16(cid, MAX_CID_TEXT).u64(size);
  writeOptional32(writeOptional32(out, manifest.author), manifest.about);
  out.u8(manifest.role === undefined ? NO_ROLE : roleByte(manifest.role));
  out.u16(manifest.clinic).u64(manifest.written).text16(manifest.reason, MAX_REASON);
  return writeAuthorSignature(out, manifest.signed).finish();
}

/** Throws CodecError. */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const input = new Reader(bytes);
  const record = input.fixed(32);
  const version = input.u32();
  const amendment = AMENDMENTS[input.u8()];
  const category = CATEGORIES[input.u8() - 1];
  if (amendment === undefined || category === undefined || version === 0) {
    throw new CodecError({ code: 'codec.value', field: 'manifest' });
  }
  const kind = input.text16(MAX_SHORT);
  const name = input.text16(MAX_SHORT);
  const mediaType = input.text16(MAX_MEDIA_TYPE);
  const title = input.text16(MAX_TITLE);
  const cid = input.text16(MAX_CID_TEXT);
  const size = input.u64();
  const author = readOptional32(input);
  const about = readOptional32(input);
  const role = readRole(input);
  const clinic = input.u16();
  const written = input.u64();
  const reason = input.text16(MAX_REASON);
  const signed = readAuthorSignature(input);
  input.end();
  return {
    record,
    about,
    version,
    amendment,
    category,
    kind,
    name,
    mediaType,
    title,
    cid,
    size,
    author,
    role,
    clinic,
    written,
    reason,
    signed,
  };
}

function readRole(input: Reader): Role | undefined {
  const byte = input.u8();
  const role = ROLES[byte - 1];
  if (role === undefined && byte !== NO_ROLE) throw new CodecError({ code: 'codec.value', field: 'manifest.role' });
  return role;
}

/** What `records.amend` says of the reason; nothing without the salt. */
export function reasonCommitment(salt: Uint8Array, reason: string): Uint8Array {
  return taggedHash('wardmesh/reason/1', salt, new TextEncoder().encode(reason));
}

/** Says nothing without the salt, which is deleted with the key row. */
export function manifestCommitment(salt: Uint8Array, manifest: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/record/1', salt, manifest);
}
