import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY_BYTES, fromHex, toHex } from '../../../common/bytes.ts';
import { CodecError } from '../../../common/codec/errors.ts';
import {
  BLOCK_OVERHEAD_BYTES,
  decodeBlock,
  encodeBlock,
  encodedBlockBytes,
  signedHeaderOf,
  transactionRoot,
} from '../../../consensus/chain/block.ts';
import { encodeCertificate, MAX_CERTIFICATE_BYTES } from '../../../consensus/chain/finality/certificate.ts';
import { genesisBlock } from '../../../consensus/chain/genesis-block.ts';
import type { Block } from '../../../consensus/chain/types.ts';
import { MAX_BLOCK_BYTES, MAX_BLOCK_TRANSACTIONS } from '../../../consensus/limits.ts';
import vector from '../../vectors/header.json' with { type: 'json' };
import { certificates } from './finality/samples.ts';
import { bytesOf, codeThrown, GENESIS, GENESIS_ID, headers, transactionOf } from './samples.ts';

const POOL = Array.from({ length: 6 }, (_, at) =>
  transactionOf({ sequence: at, statements: 1 + (at % 3), payload: 7 * at }),
);
const blocks: fc.Arbitrary<Block> = fc.record({
  header: headers,
  signature: bytesOf(64),
  certificate: fc.oneof(fc.constant(EMPTY_BYTES), certificates.map(encodeCertificate)),
  transactions: fc.array(fc.constantFrom(...POOL), { maxLength: 6 }),
});
const COUNT_AT = BLOCK_OVERHEAD_BYTES - 4;

function withCount(count: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(BLOCK_OVERHEAD_BYTES + body.length);
  bytes.set(encodeBlock(genesisBlock(GENESIS)));
  new DataView(bytes.buffer).setUint32(COUNT_AT, count);
  bytes.set(body, BLOCK_OVERHEAD_BYTES);
  return bytes;
}

describe('block', () => {
  it('decodes what it encodes, ids of its transactions included', () => {
    fc.assert(
      fc.property(blocks, (block) => {
        const bytes = encodeBlock(block);
        expect(bytes.length).toBe(encodedBlockBytes(block));
        expect(decodeBlock(GENESIS_ID, bytes)).toEqual(block);
        expect(signedHeaderOf(bytes)).toEqual({ header: block.header, signature: block.signature });
      }),
    );
  });

  it('survives any mutation: what is still accepted encodes to the same bytes, all else has a codec code', () => {
    const edit = fc.tuple(fc.nat(), fc.nat(255));
    fc.assert(
      fc.property(blocks, fc.array(edit, { minLength: 1, maxLength: 4 }), fc.option(fc.nat()), (block, edits, cut) => {
        let bytes = encodeBlock(block);
        for (const [at, value] of edits) bytes[at % bytes.length] = value;
        if (cut !== null) bytes = bytes.subarray(0, cut % bytes.length);
        try {
          expect(toHex(encodeBlock(decodeBlock(GENESIS_ID, bytes)))).toBe(toHex(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('refuses random bytes with a codec code', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1000, size: 'max' }), (bytes) => {
        expect(codeThrown(() => decodeBlock(GENESIS_ID, bytes))).toMatch(/^codec\./);
      }),
    );
  });

  it('refuses more than 2 MiB unread, and more than 8,192 transactions before reading any', () => {
    expect(codeThrown(() => decodeBlock(GENESIS_ID, new Uint8Array(MAX_BLOCK_BYTES + 1)))).toBe('codec.length');
    expect(codeThrown(() => decodeBlock(GENESIS_ID, withCount(MAX_BLOCK_TRANSACTIONS + 1, EMPTY_BYTES)))).toBe(
      'codec.length',
    );
    expect(codeThrown(() => decodeBlock(GENESIS_ID, withCount(MAX_BLOCK_TRANSACTIONS, EMPTY_BYTES)))).toBe(
      'codec.short',
    );
    expect(codeThrown(() => decodeBlock(GENESIS_ID, withCount(0xffff_ffff, EMPTY_BYTES)))).toBe('codec.length');
  });

  it('refuses bytes that are no certificate where one belongs', () => {
    const block = { ...genesisBlock(GENESIS), certificate: Uint8Array.of(3, 0, 0) };
    expect(codeThrown(() => decodeBlock(GENESIS_ID, encodeBlock(block)))).toBe('codec.value');
  });

  it('refuses to encode what it would not decode', () => {
    const block = genesisBlock(GENESIS);
    const [big] = [transactionOf({ payload: 16_000 })];
    const many = Array.from({ length: MAX_BLOCK_TRANSACTIONS + 1 }, () => POOL[0]);
    expect(codeThrown(() => encodeBlock({ ...block, transactions: many }))).toBe('codec.length');
    expect(codeThrown(() => encodeBlock({ ...block, transactions: Array.from({ length: 132 }, () => big) }))).toBe(
      'codec.length',
    );
    expect(codeThrown(() => encodeBlock({ ...block, certificate: new Uint8Array(MAX_CERTIFICATE_BYTES + 1) }))).toBe(
      'codec.length',
    );
  });

  it('carries the most transactions that it allows', () => {
    const transactions = Array.from({ length: MAX_BLOCK_TRANSACTIONS }, () => POOL[0]);
    const bytes = encodeBlock({ ...genesisBlock(GENESIS), transactions });
    expect(decodeBlock(GENESIS_ID, bytes).transactions.length).toBe(MAX_BLOCK_TRANSACTIONS);
  });

  it('keeps no hold of the message that it came in', () => {
    const bytes = encodeBlock({ ...genesisBlock(GENESIS), transactions: [POOL[0]] });
    const block = decodeBlock(GENESIS_ID, bytes);
    const before = toHex(block.transactions[0].bytes);
    bytes.fill(0);
    expect(toHex(block.transactions[0].bytes)).toBe(before);
    expect(block.transactions[0].bytes.buffer.byteLength).toBeLessThan(bytes.length);
  });
});

describe('transaction root', () => {
  it('agrees with the root of an empty body computed outside', () => {
    expect(toHex(transactionRoot(EMPTY_BYTES, []))).toBe(vector.emptyBodyRoot);
  });

  it('changes with the certificate, with any witness id and with their order', () => {
    const ids = [fromHex('11'.repeat(32)), fromHex('22'.repeat(32))];
    const roots = [
      transactionRoot(EMPTY_BYTES, ids),
      transactionRoot(EMPTY_BYTES, [ids[1], ids[0]]),
      transactionRoot(EMPTY_BYTES, [ids[0]]),
      transactionRoot(EMPTY_BYTES, [...ids, ids[1]]),
      transactionRoot(Uint8Array.of(0), ids),
    ];
    expect(new Set(roots.map(toHex)).size).toBe(roots.length);
  });
});
