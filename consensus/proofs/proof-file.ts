// The proof file (PROTOCOL 10.3): a light chain to a final header, and one thing shown under it. Owns bytes and bounds;
// verify-proof.ts judges them.

import { equalBytes } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { tagPrefix } from '../../common/crypto/tagged-hash.ts';
import { genesisHeader } from '../chain/genesis-block.ts';
import { readHeader, writeHeader } from '../chain/header.ts';
import type { Header } from '../chain/types.ts';
import type { Genesis } from '../genesis.ts';
import { HASH_BYTES, MAX_STATEMENTS, MAX_TRANSACTION_BYTES } from '../limits.ts';
import { decodeLightChain, MAX_LIGHT_CHAIN_BYTES } from './light-chain.ts';
import { decodeLightStep, MAX_STATE_PROOF_BYTES } from './light-step.ts';
import { type MerklePath, readHashes, readPath, writeHashes, writePath } from './merkle-path.ts';

/** A header on the final chain. */
export interface HistoricHeader {
  readonly header: Header;
  /** Proof of its id at its height under the historyRoot of the final header; undefined for that one itself. */
  readonly history: readonly Uint8Array[] | undefined;
}

/** That a block is final. */
export interface BlockProof extends HistoricHeader {
  readonly type: 'block';
}

/** That a transaction stands in a final block and how one of its statements ended there. */
export interface StatementProof {
  readonly type: 'statement';
  /** Of the block. */
  readonly header: Header;
  /** The block's child on the final chain, which commits to its outcomes. */
  readonly child: HistoricHeader;
  /** Encoded, as the block has it. */
  readonly transaction: Uint8Array;
  /** Of its witness id under txRoot. */
  readonly transactionPath: MerklePath;
  /** The statement's position in its transaction. */
  readonly statement: number;
  /** Encoded. */
  readonly outcome: Uint8Array;
  /** Of the outcome's leaf under the child's outcomeRoot. */
  readonly outcomePath: MerklePath;
}

/** What a state row held, or that there was none, after the parent of the final block. */
export interface StateRowProof {
  readonly type: 'state';
  /** Raw key: table byte and id. */
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
  /** Encoded. */
  readonly proof: Uint8Array;
}

export type Shown = BlockProof | StatementProof | StateRowProof;

export interface Proof {
  readonly genesisId: Uint8Array;
  /** Encoded; its last header is the final one that everything else is shown under. */
  readonly lightChain: Uint8Array;
  readonly shown: Shown;
}

/** A length byte and the name: how the file begins. */
const MAGIC = tagPrefix('wardmesh/proof/1');
const MAX_KEY_BYTES = 128;
const MAX_OUTCOME_BYTES = 8 * 1024;
export const MAX_PROOF_BYTES = MAX_LIGHT_CHAIN_BYTES + 256 * 1024;

const BLOCK = 1;
const STATEMENT = 2;
const STATE = 3;

export function encodeProof({ genesisId, lightChain, shown }: Proof): Uint8Array {
  const out = new Writer(lightChain.length + 4096).fixed(MAGIC, MAGIC.length).fixed(genesisId, HASH_BYTES);
  out.u32(lightChain.length).fixed(lightChain, lightChain.length);
  switch (shown.type) {
    case 'block':
      return writeHistoric(out.u8(BLOCK), shown).finish();
    case 'statement':
      writeHistoric(writeHeader(out.u8(STATEMENT), shown.header), shown.child);
      writePath(out.bytes16(shown.transaction, MAX_TRANSACTION_BYTES), shown.transactionPath).u8(shown.statement);
      return writePath(out.bytes16(shown.outcome, MAX_OUTCOME_BYTES), shown.outcomePath).finish();
    case 'state':
      out.u8(STATE).bytes16(shown.key, MAX_KEY_BYTES);
      if (shown.value === undefined) out.u8(0);
      else out.u8(1).bytes16(shown.value);
      return out.bytes16(shown.proof, MAX_STATE_PROOF_BYTES).finish();
  }
}

/** Throws CodecError. */
export function decodeProof(bytes: Uint8Array): Proof {
  const input = new Reader(bytes);
  if (!isProof(bytes)) throw new CodecError({ code: 'codec.value', field: 'magic' });
  if (bytes.length > MAX_PROOF_BYTES) throw tooLong('proof', bytes.length, MAX_PROOF_BYTES);
  input.shared(MAGIC.length);
  const genesisId = input.fixed(HASH_BYTES);
  const length = input.u32();
  if (length > MAX_LIGHT_CHAIN_BYTES) throw tooLong('light chain', length, MAX_LIGHT_CHAIN_BYTES);
  const lightChain = input.shared(length);
  const shown = readShown(input);
  input.end();
  return { genesisId, lightChain, shown };
}

export function isProof(bytes: Uint8Array): boolean {
  return equalBytes(bytes.subarray(0, MAGIC.length), MAGIC);
}

/** The header that a proof rests on; block 0 when nothing is final. Checks nothing. */
export function finalHeaderOf(proof: Uint8Array, genesis: Genesis): Header {
  const step = decodeLightChain(decodeProof(proof).lightChain).at(-1);
  return step === undefined ? genesisHeader(genesis) : decodeLightStep(step).header;
}

function readShown(input: Reader): Shown {
  const type = input.u8();
  switch (type) {
    case BLOCK:
      return { type: 'block', ...readHistoric(input) };
    case STATEMENT: {
      const header = readHeader(input);
      const child = readHistoric(input);
      const transaction = input.bytes16(MAX_TRANSACTION_BYTES);
      const transactionPath = readPath(input);
      const statement = input.u8();
      if (statement >= MAX_STATEMENTS) throw tooLong('statement', statement, MAX_STATEMENTS - 1);
      const outcome = input.bytes16(MAX_OUTCOME_BYTES);
      const outcomePath = readPath(input);
      return { type: 'statement', header, child, transaction, transactionPath, statement, outcome, outcomePath };
    }
    case STATE: {
      const key = input.bytes16(MAX_KEY_BYTES);
      const value = readFlag(input) ? input.bytes16() : undefined;
      return { type: 'state', key, value, proof: input.bytes16(MAX_STATE_PROOF_BYTES) };
    }
    default:
      throw new CodecError({ code: 'codec.value', field: 'proof.type' });
  }
}

/** `header 232 | u8 0, or u8 1, length u8 and the hashes`. */
function writeHistoric(out: Writer, { header, history }: HistoricHeader): Writer {
  writeHeader(out, header);
  return history === undefined ? out.u8(0) : writeHashes(out.u8(1), history);
}

function readHistoric(input: Reader): HistoricHeader {
  const header = readHeader(input);
  return { header, history: readFlag(input) ? readHashes(input) : undefined };
}

function readFlag(input: Reader): boolean {
  const flag = input.u8();
  if (flag > 1) throw new CodecError({ code: 'codec.value', field: 'flag' });
  return flag === 1;
}

function tooLong(field: string, length: number, limit: number): CodecError {
  return new CodecError({ code: 'codec.length', field, length, limit });
}
