// takeout.json: what an archive holds and how each record shows that it is what the chain was told of it (PROTOCOL 15).
// Readable words for people, and beside them the bytes that a verifier goes by. Owns the file and its signature.
import { sha256, signEd25519, verifyEd25519 } from '#crypto';
import { equalBytes, fromHex, toHex } from '../../common/bytes.ts';
import { Writer } from '../../common/codec/writer.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { decodeManifest, encodeManifest, MANIFEST_SALT_BYTES, type Manifest } from '../chart/manifest.ts';
import { DATA_KEY_BYTES, PREFIX_BYTES } from '../envelope/layout.ts';
import { TakeoutError } from './errors.ts';

export const LISTING_FILE = 'takeout.json';
export const SIGNATURE_FILE = 'takeout.sig';
/** That the clinic knew this block as final: who verifies learns from it which members there were. */
export const FINAL_FILE = 'proofs/final.proof';
/** Bytes of the listing: some 30,000 records. */
export const MAX_LISTING_BYTES = 64 * 1024 * 1024;
const FORMAT = 'wardmesh/takeout/1';

/** How a version's content is bound to its manifest: who has these makes the same ciphertext of it. */
export interface ContentEvidence {
  readonly dataKey: Uint8Array;
  /** The first bytes of its envelope. */
  readonly prefix: Uint8Array;
}

export interface TakeoutRecord {
  readonly manifest: Manifest;
  /** Of the commitment on the chain. */
  readonly salt: Uint8Array;
  readonly standing: 'standing' | 'pending' | 'entered-in-error';
  /** Undefined for a version without content, and where the ciphertext is not at the clinic. */
  readonly content: (ContentEvidence & { readonly file: string }) | undefined;
  /** That the chain was told of it; undefined while it is in no final block, or where a later version took its place. */
  readonly proof: string | undefined;
}

export interface TakeoutFile {
  readonly file: string;
  readonly sha256: Uint8Array;
}

export interface Listing {
  readonly network: string;
  readonly genesisId: Uint8Array;
  readonly clinic: { readonly number: ClinicNumber; readonly name: string };
  /** ms. */
  readonly made: number;
  readonly patient: string;
  /** Where else the patient is registered: each clinic gives what it keeps. */
  readonly elsewhere: readonly { readonly number: ClinicNumber; readonly name: string }[];
  readonly records: readonly TakeoutRecord[];
  /** Everything else, by its digest. */
  readonly files: readonly TakeoutFile[];
}

/** Canonical: the same listing is the same text. */
export function encodeListing(listing: Listing): Uint8Array {
  const { network, genesisId, clinic, made, patient, elsewhere, records, files } = listing;
  const json = {
    format: FORMAT,
    ...{ network, genesis: toHex(genesisId), clinic: named(clinic), made: new Date(made).toISOString(), patient },
    elsewhere: elsewhere.map(named),
    records: records.map(recordJson),
    files: files.map(({ file, sha256: digest }) => ({ file, sha256: toHex(digest) })),
  };
  return new TextEncoder().encode(`${JSON.stringify(json, undefined, 1)}\n`);
}

/** Throws TakeoutError `takeout.format`. */
export function decodeListing(bytes: Uint8Array): Listing {
  try {
    const json = object(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
    if (json.format !== FORMAT) throw malformed('it is of another format');
    const listing: Listing = {
      network: text(json.network),
      genesisId: bytesOf(json.genesis, 32),
      clinic: clinicOf(json.clinic),
      made: Date.parse(text(json.made)),
      patient: text(json.patient),
      elsewhere: list(json.elsewhere).map(clinicOf),
      records: list(json.records).map(recordOf),
      files: list(json.files).map((one) => {
        const { file, sha256: digest } = object(one);
        return { file: text(file), sha256: bytesOf(digest, 32) };
      }),
    };
    // One text for one listing: nothing stands in it beside what was read.
    if (!equalBytes(encodeListing(listing), bytes)) throw malformed('the listing says more than a listing does');
    return listing;
  } catch (error) {
    throw error instanceof TakeoutError ? error : malformed('the listing cannot be read');
  }
}

export function signListing(listing: Uint8Array, of: Pick<Listing, 'genesisId' | 'clinic'>, seed: Uint8Array) {
  return signEd25519(seed, signedBytes(listing, of));
}

export function isSignedListing(
  listing: Uint8Array,
  of: Pick<Listing, 'genesisId' | 'clinic'>,
  signature: Uint8Array,
  publicKey: Uint8Array,
): Promise<boolean> {
  return verifyEd25519(publicKey, signedBytes(listing, of), signature);
}

function signedBytes(listing: Uint8Array, { genesisId, clinic }: Pick<Listing, 'genesisId' | 'clinic'>): Uint8Array {
  return taggedHash('wardmesh/takeout/1', genesisId, new Writer(2).u16(clinic.number).finish(), sha256(listing));
}

/** The words are the manifest's; only its bytes count. */
function recordJson({ manifest, salt, standing, content, proof }: TakeoutRecord) {
  const { record, version, amendment, about, category, kind, name, mediaType, title, size, author } = manifest;
  return {
    file: content?.file ?? null,
    ...{ title, kind, name, category, mediaType, size, written: new Date(manifest.written).toISOString() },
    ...{ record: toHex(record), version, amendment, reason: manifest.reason },
    about: about === undefined ? null : toHex(about),
    author: author === undefined ? null : toHex(author),
    standing,
    proof: proof ?? null,
    evidence: {
      ...{ manifest: toHex(encodeManifest(manifest)), salt: toHex(salt) },
      dataKey: content === undefined ? null : toHex(content.dataKey),
      prefix: content === undefined ? null : toHex(content.prefix),
    },
  };
}

function recordOf(value: unknown): TakeoutRecord {
  const { file, standing, proof, evidence } = object(value);
  const { manifest, salt, dataKey, prefix } = object(evidence);
  if (standing !== 'standing' && standing !== 'pending' && standing !== 'entered-in-error') throw malformed('standing');
  return {
    manifest: decodeManifest(fromHex(text(manifest))),
    salt: bytesOf(salt, MANIFEST_SALT_BYTES),
    standing,
    content:
      file === null
        ? undefined
        : {
            file: text(file),
            dataKey: bytesOf(dataKey, DATA_KEY_BYTES),
            prefix: bytesOf(prefix, PREFIX_BYTES),
          },
    proof: proof === null ? undefined : text(proof),
  };
}

function named({ number, name }: Listing['clinic']) {
  return { number, name };
}

function clinicOf(value: unknown): { number: ClinicNumber; name: string } {
  const { number, name } = object(value);
  if (!Number.isInteger(number) || (number as number) < 1 || (number as number) > 0xffff) throw malformed('clinic');
  return { number: number as ClinicNumber, name: text(name) };
}

function object(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('an object is missing');
  return value as Record<string, unknown>;
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed('a list is missing');
  return value;
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw malformed('a text is missing');
  return value;
}

function bytesOf(value: unknown, length: number): Uint8Array {
  const bytes = fromHex(text(value));
  if (bytes.length !== length) throw malformed('bytes of another length');
  return bytes;
}

function malformed(reason: string): TakeoutError {
  return new TakeoutError({ code: 'takeout.format', reason });
}
