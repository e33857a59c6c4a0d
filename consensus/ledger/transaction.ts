// Transaction codec, ids and signing (PROTOCOL 4.4). Checks no signature: see signatures.ts for what must be verified.

import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { MAX_STATEMENTS, MAX_TRANSACTION_BYTES } from '../limits.ts';
import {
  readSignature,
  readStatement,
  SCHEME_ED25519,
  statementIdOf,
  statementLength,
  unsignedStatementLength,
  writeStatement,
} from './statement.ts';
import type { SealedTransaction, Statement, Transaction } from './types.ts';

export const TRANSACTION_VERSION = 1;
const HEAD_BYTES = 1 + 32 + 8 + 8 + 1;
const SIGNATURE_PART = 1 + 64;

export type UnsignedTransaction = Omit<Transaction, 'signature' | 'version'>;

// Encoding starts in one buffer that is reused: allocating is most of its cost.
const scratch = new Writer(MAX_TRANSACTION_BYTES);

/** Bytes of a transaction that holds these statements: for packing. */
export function transactionLength(statements: readonly Statement[]): number {
  return packedLength(statements.map(statementLength));
}

/** As `transactionLength`, from the lengths of encoded statements. */
export function packedLength(statements: readonly number[]): number {
  let length = HEAD_BYTES + SIGNATURE_PART;
  for (const statement of statements) length += 2 + statement;
  return length;
}

/** Throws CodecError when a field is out of its bounds. */
export function encodeTransaction(transaction: Transaction): Uint8Array {
  writeTransaction(scratch.reset(), transaction);
  return scratch.finish();
}

/** As `encodeTransaction`, appended to what `out` holds. */
export function writeTransaction(out: Writer, transaction: Transaction): void {
  const start = out.length;
  writeUnsigned(out, transaction);
  out.u8(SCHEME_ED25519).fixed(transaction.signature, 64);
  if (out.length - start > MAX_TRANSACTION_BYTES) throw tooLong(out.length - start);
}

/** Throws CodecError unless `bytes` are exactly one transaction. Its byte fields are views into `bytes`. */
export function decodeTransaction(bytes: Uint8Array): Transaction {
  if (bytes.length > MAX_TRANSACTION_BYTES) throw tooLong(bytes.length);
  const input = new Reader(bytes);
  const version = input.u8();
  if (version !== TRANSACTION_VERSION) throw new CodecError({ code: 'codec.value', field: 'transaction.version' });
  const sender = input.shared(32);
  const sequence = input.u64();
  const validUntil = input.u64();
  const count = input.u8();
  if (count < 1 || count > MAX_STATEMENTS) {
    throw new CodecError({ code: 'codec.length', field: 'statements', length: count, limit: MAX_STATEMENTS });
  }
  const statements: Statement[] = [];
  for (let i = 0; i < count; i++) {
    const length = input.u16();
    const start = input.offset;
    statements.push(readStatement(input));
    if (input.offset - start !== length) throw new CodecError({ code: 'codec.value', field: 'statement.length' });
  }
  const signature = readSignature(input);
  input.end();
  return { version, sender, sequence, validUntil, statements, signature };
}

/** Decodes and computes the ids. The result keeps `bytes`: pass a copy of what must not be pinned. Throws CodecError. */
export function sealTransaction(genesisId: Uint8Array, bytes: Uint8Array): SealedTransaction {
  return seal(genesisId, decodeTransaction(bytes), bytes);
}

/** Signs the id of `unsigned` and seals the result. */
export function signTransaction(
  genesisId: Uint8Array,
  unsigned: UnsignedTransaction,
  sign: (id: Uint8Array) => Uint8Array,
): SealedTransaction {
  writeUnsigned(scratch.reset(), unsigned);
  const id = transactionIdOf(genesisId, scratch.finish());
  return sealTransaction(
    genesisId,
    encodeTransaction({ version: TRANSACTION_VERSION, ...unsigned, signature: sign(id) }),
  );
}

function seal(genesisId: Uint8Array, transaction: Transaction, bytes: Uint8Array): SealedTransaction {
  const statementIds: Uint8Array[] = [];
  let at = HEAD_BYTES;
  for (const statement of transaction.statements) {
    at += 2;
    statementIds.push(statementIdOf(genesisId, bytes.subarray(at, at + unsignedStatementLength(statement))));
    at += statementLength(statement);
  }
  return {
    transaction,
    bytes,
    id: encodedTransactionId(genesisId, bytes),
    witnessId: taggedHash('wardmesh/tx-witness/1', bytes),
    statementIds,
  };
}

/** The id of an encoded transaction that was decoded and checked before. */
export function encodedTransactionId(genesisId: Uint8Array, bytes: Uint8Array): Uint8Array {
  return transactionIdOf(genesisId, bytes.subarray(0, bytes.length - SIGNATURE_PART));
}

function transactionIdOf(genesisId: Uint8Array, unsigned: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/tx/1', genesisId, unsigned);
}

function writeUnsigned(out: Writer, transaction: UnsignedTransaction): void {
  const { statements } = transaction;
  if (statements.length < 1 || statements.length > MAX_STATEMENTS) {
    throw new CodecError({
      code: 'codec.length',
      field: 'statements',
      length: statements.length,
      limit: MAX_STATEMENTS,
    });
  }
  out.u8(TRANSACTION_VERSION).fixed(transaction.sender, 32).u64(transaction.sequence).u64(transaction.validUntil);
  out.u8(statements.length);
  for (const statement of statements) {
    out.u16(statementLength(statement));
    writeStatement(out, statement);
  }
}

function tooLong(length: number): CodecError {
  return new CodecError({ code: 'codec.length', field: 'transaction', length, limit: MAX_TRANSACTION_BYTES });
}
