// Statement codec and id (PROTOCOL 4.1). Owns bytes only: what a statement does is its family's rule.

import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { MAX_PAYLOAD_BYTES } from '../limits.ts';
import { authorLength, readAuthor, writeAuthor } from './authors.ts';
import type { Statement } from './types.ts';

export const SCHEME_ED25519 = 1;

export type UnsignedStatement = Omit<Statement, 'signature'>;

/** Bytes of the statement up to its signature. */
export function unsignedStatementLength(statement: UnsignedStatement): number {
  const attachment = statement.attachment === undefined ? 1 : 33;
  return 2 + authorLength(statement.author) + 32 + 4 + 8 + 2 + statement.payload.length + attachment;
}

export function statementLength(statement: Statement): number {
  return unsignedStatementLength(statement) + (statement.author.type === 'person' ? 65 : 0);
}

/** What the statement id covers (after G). */
export function unsignedStatementBytes(statement: UnsignedStatement): Uint8Array {
  const out = new Writer(unsignedStatementLength(statement));
  writeUnsigned(out, statement);
  return out.finish();
}

/** 32 bytes; a person signs them. */
export function statementId(genesisId: Uint8Array, statement: UnsignedStatement): Uint8Array {
  return statementIdOf(genesisId, unsignedStatementBytes(statement));
}

/** The id from unsigned bytes that are at hand already. */
export function statementIdOf(genesisId: Uint8Array, unsigned: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/statement/1', genesisId, unsigned);
}

export function encodeStatement(statement: Statement): Uint8Array {
  const out = new Writer(statementLength(statement));
  writeStatement(out, statement);
  return out.finish();
}

/** Throws CodecError unless `bytes` are exactly one statement. Its byte fields are views into `bytes`. */
export function decodeStatement(bytes: Uint8Array): Statement {
  const input = new Reader(bytes);
  const statement = readStatement(input);
  input.end();
  return statement;
}

export function writeStatement(out: Writer, statement: Statement): void {
  writeUnsigned(out, statement);
  const { author, signature } = statement;
  if ((author.type === 'person') !== (signature !== undefined)) {
    throw new CodecError({ code: 'codec.value', field: 'statement.signature' });
  }
  if (signature !== undefined) out.u8(SCHEME_ED25519).fixed(signature, 64);
}

export function readStatement(input: Reader): Statement {
  const kind = input.u16();
  const author = readAuthor(input);
  const object = input.shared(32);
  const version = input.u32();
  const issued = input.u64();
  const payload = input.shared16(MAX_PAYLOAD_BYTES);
  const has = input.u8();
  if (has > 1) throw new CodecError({ code: 'codec.value', field: 'statement.attachment' });
  const attachment = has === 1 ? input.shared(32) : undefined;
  const signature = author.type === 'person' ? readSignature(input) : undefined;
  return { kind, author, object, version, issued, payload, attachment, signature };
}

/** A scheme byte and 64 bytes (PROTOCOL 2.2). */
export function readSignature(input: Reader): Uint8Array {
  if (input.u8() !== SCHEME_ED25519) throw new CodecError({ code: 'codec.value', field: 'scheme' });
  return input.shared(64);
}

function writeUnsigned(out: Writer, statement: UnsignedStatement): void {
  out.u16(statement.kind);
  writeAuthor(out, statement.author);
  out.fixed(statement.object, 32).u32(statement.version).u64(statement.issued);
  out.bytes16(statement.payload, MAX_PAYLOAD_BYTES);
  if (statement.attachment === undefined) out.u8(0);
  else out.u8(1).fixed(statement.attachment, 32);
}
