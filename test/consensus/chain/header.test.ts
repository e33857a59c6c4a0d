import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../../common/bytes.ts';
import { CodecError } from '../../../common/codec/errors.ts';
import {
  blockId,
  blockSigningHash,
  decodeHeader,
  decodeSignedHeader,
  encodeHeader,
  encodeSignedHeader,
  HEADER_BYTES,
  headerPreimage,
  PREIMAGE_BYTES,
  SIGNED_HEADER_BYTES,
} from '../../../consensus/chain/header.ts';
import vector from '../../vectors/header.json' with { type: 'json' };
import { bytesOf, codeThrown, headers } from './samples.ts';

describe('header', () => {
  it('decodes what it encodes, in 232 bytes', () => {
    fc.assert(
      fc.property(headers, (header) => {
        const bytes = encodeHeader(header);
        expect(bytes.length).toBe(HEADER_BYTES);
        expect(decodeHeader(bytes)).toEqual(header);
      }),
    );
  });

  it('has one encoding per value: accepted bytes come back unchanged, others are refused with a codec code', () => {
    fc.assert(
      fc.property(
        headers,
        fc.array(fc.tuple(fc.nat(HEADER_BYTES - 1), fc.nat(255)), { maxLength: 4 }),
        (header, edits) => {
          const bytes = encodeHeader(header);
          for (const [at, value] of edits) bytes[at] = value;
          try {
            expect(toHex(encodeHeader(decodeHeader(bytes)))).toBe(toHex(bytes));
          } catch (error) {
            expect(error).toBeInstanceOf(CodecError);
          }
        },
      ),
    );
  });

  it('refuses every other length and every other version', () => {
    const bytes = fromHex(vector.encoded);
    for (let length = 0; length < HEADER_BYTES; length++) {
      expect(codeThrown(() => decodeHeader(bytes.subarray(0, length)))).toBe('codec.short');
    }
    expect(codeThrown(() => decodeHeader(new Uint8Array([...bytes, 0])))).toBe('codec.trailing');
    bytes[1] = 2;
    expect(codeThrown(() => decodeHeader(bytes))).toBe('codec.value');
  });

  it('refuses to encode a value that does not fit its field', () => {
    const header = decodeHeader(fromHex(vector.encoded));
    for (const bad of [
      { signer: 65_536 },
      { height: -1 },
      { target: 1n << 256n },
      { nonce: 1n << 64n },
      { timestamp: 0.5 },
    ]) {
      expect(codeThrown(() => encodeHeader({ ...header, ...bad }))).toBe('codec.range');
    }
    expect(codeThrown(() => encodeHeader({ ...header, txRoot: new Uint8Array(31) }))).toBe('codec.length');
  });

  it('agrees with bytes, id and signing hash computed outside', () => {
    const header = decodeHeader(fromHex(vector.encoded));
    expect(header.height).toBe(0x0001020304050607);
    expect(header.signer).toBe(0xe5f6);
    expect(header.nonce).toBe(0x8000000000000001n);
    expect(toHex(blockId(header))).toBe(vector.id);
    expect(toHex(blockSigningHash(fromHex(vector.genesisId), blockId(header)))).toBe(vector.signingHash);
  });

  it('hashes 247 bytes, so that the nonce lies in the last of four SHA-256 blocks', () => {
    const header = decodeHeader(fromHex(vector.encoded));
    const preimage = headerPreimage(header);
    expect(preimage.length).toBe(247);
    expect(PREIMAGE_BYTES).toBe(247);
    const other = headerPreimage({ ...header, nonce: ~header.nonce & 0xffff_ffff_ffff_ffffn });
    expect(preimage.findIndex((byte, at) => byte !== other[at])).toBeGreaterThanOrEqual(192);
  });

  it('travels alone as 296 bytes', () => {
    fc.assert(
      fc.property(headers, bytesOf(64), (header, signature) => {
        const bytes = encodeSignedHeader({ header, signature });
        expect(bytes.length).toBe(SIGNED_HEADER_BYTES);
        expect(decodeSignedHeader(bytes)).toEqual({ header, signature });
      }),
    );
  });

  it('has another id for any changed field', () => {
    fc.assert(
      fc.property(
        headers,
        headers,
        fc.constantFrom('height', 'parent', 'signer', 'timestamp', 'target', 'extraNonce', 'nonce'),
        (a, b, field) => {
          fc.pre(toHex(encodeHeader({ ...a, [field]: b[field] })) !== toHex(encodeHeader(a)));
          expect(toHex(blockId({ ...a, [field]: b[field] }))).not.toBe(toHex(blockId(a)));
        },
      ),
    );
  });
});
