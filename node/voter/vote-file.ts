// What a voter must never forget, in one small file: how far it voted, its last votes, and the certificates that its
// sources rest on. Written whole or not at all, on disk before a vote leaves. Never part of a backup: an old one would vote
// twice, a missing one makes its voter careful (voter.ts).
import { readFile } from 'node:fs/promises';
import { equalBytes } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import {
  decodeCertificate,
  encodeCertificate,
  MAX_CERTIFICATE_BYTES,
} from '../../consensus/chain/finality/certificate.ts';
import type { Certificate, Vote } from '../../consensus/chain/finality/types.ts';
import { encodeVote, readVote } from '../../consensus/chain/finality/vote.ts';
import { NEW_KEY, type VoteMemory } from '../../consensus/chain/finality/voter-rule.ts';
import { readFlag } from '../../consensus/ledger/object-row.ts';
import { writePrivateFile } from '../data-directory.ts';

/** Own votes and certificates kept: what peers may have lost together is told again after a start. */
export const MAX_KEPT_VOTES = 8;
const MAX_KEPT_CERTIFICATES = 8;
const KEY_BYTES = 32;
/** Version 1 knew one vote key and one memory. */
const FIRST_VERSION = 1;
const VERSION = 2;

export interface VoteRecord {
  /** Public key that `memory` is of; undefined before the first vote. */
  readonly key: Uint8Array | undefined;
  /** What that key signed as far as anybody showed it, whoever holds the key. */
  readonly memory: VoteMemory;
  /** What this clinic signed with any key: what a new one must still heed. */
  readonly own: VoteMemory;
  /** Oldest first. */
  readonly votes: readonly Vote[];
  readonly certificates: readonly Certificate[];
}

/** Of a clinic whose vote key is new. */
export const NO_VOTES: VoteRecord = { key: undefined, memory: NEW_KEY, own: NEW_KEY, votes: [], certificates: [] };

/**
 * `version u8 | u8 0, or u8 1 and key 32 | memory: source u64, target u64 | own: the same | count u8 x vote | count u8 x
 * certificate b16 | checksum 32`. Of too many certificates the last are kept; so many votes nobody holds.
 */
export function encodeVoteRecord({ key, memory, own, votes, certificates }: VoteRecord): Uint8Array {
  const out = new Writer(1024).u8(VERSION).u8(key === undefined ? 0 : 1);
  if (key !== undefined) out.fixed(key, KEY_BYTES);
  for (const { source, target } of [memory, own]) out.u64(source).u64(target);
  out.u8(bounded(votes.length, MAX_KEPT_VOTES));
  for (const vote of votes) {
    const bytes = encodeVote(vote);
    out.fixed(bytes, bytes.length);
  }
  const last = certificates.slice(-MAX_KEPT_CERTIFICATES);
  out.u8(last.length);
  for (const certificate of last) out.bytes16(encodeCertificate(certificate), MAX_CERTIFICATE_BYTES);
  return out.fixed(checksum(out.finish()), 32).finish();
}

/** Throws CodecError for anything that was not written so, a flipped bit included. */
export function decodeVoteRecord(bytes: Uint8Array): VoteRecord {
  const input = new Reader(bytes);
  const version = input.u8();
  if (version < FIRST_VERSION || version > VERSION) {
    throw new CodecError({ code: 'codec.value', field: 'vote file version' });
  }
  const key = version > FIRST_VERSION && readFlag(input) ? input.fixed(KEY_BYTES) : undefined;
  const memory = { source: input.u64(), target: input.u64() };
  const own = version > FIRST_VERSION ? { source: input.u64(), target: input.u64() } : memory;
  const votes = Array.from({ length: bounded(input.u8(), MAX_KEPT_VOTES) }, () => readVote(input));
  const certificates = Array.from({ length: bounded(input.u8(), MAX_KEPT_CERTIFICATES) }, () =>
    decodeCertificate(input.bytes16(MAX_CERTIFICATE_BYTES)),
  );
  const content = bytes.subarray(0, input.offset);
  if (!equalBytes(input.fixed(32), checksum(content))) {
    throw new CodecError({ code: 'codec.value', field: 'vote file checksum' });
  }
  input.end();
  return { key, memory, own, votes, certificates };
}

export interface VoteFile {
  /** Undefined when it is missing or damaged: then nobody here knows what was voted. */
  read(): Promise<VoteRecord | undefined>;
  /** Resolves once it is on disk. */
  write(record: VoteRecord): Promise<void>;
}

export function voteFile(path: string): VoteFile {
  return {
    read: async () => {
      const bytes = await readIfThere(path);
      try {
        return bytes === undefined ? undefined : decodeVoteRecord(bytes);
      } catch (error) {
        if (error instanceof CodecError) return undefined;
        throw error;
      }
    },
    write: (record) => writePrivateFile(path, encodeVoteRecord(record)),
  };
}

/** For a clinic that lives in memory: a new key, and writing that is done at once. */
export function memoryVoteFile(record: VoteRecord | undefined = NO_VOTES): VoteFile {
  let kept = record;
  return {
    read: async () => kept,
    write: async (next) => {
      kept = next;
    },
  };
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function bounded(count: number, limit: number): number {
  if (count > limit) throw new CodecError({ code: 'codec.range', field: 'count' });
  return count;
}

function checksum(content: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/vote-file/1', content);
}
