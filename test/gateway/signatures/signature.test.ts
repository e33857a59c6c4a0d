// Signatures as data: bytes, written patterns and what is no signature.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodecError } from '../../../common/codec/errors.ts';
import { GatewayError } from '../../../gateway/errors.ts';
import { parseGlob, printGlob } from '../../../gateway/signatures/glob.ts';
import {
  bucketOf,
  flawOf,
  MAX_SIGNATURE_BYTES,
  type SignatureDefinition,
} from '../../../gateway/signatures/signature.ts';
import { decodeSignature, encodeSignature } from '../../../gateway/signatures/signature-codec.ts';
import { STARTER_SET } from '../../../gateway/signatures/starter-set.ts';
import { definition } from './generators.ts';

const good = (): SignatureDefinition => ({
  name: 'one',
  category: 'probe',
  severity: 'low',
  points: 10,
  conditions: [{ fields: ['path'], view: 'text', start: true, end: false, literals: ['/.env'] }],
  detectedAt: 600_000,
  sources: 50,
  requests: 100,
});

describe('bytes of a signature', () => {
  it('lose nothing', () => {
    fc.assert(
      fc.property(definition, (made) => {
        expect(decodeSignature(encodeSignature(made))).toEqual(made);
      }),
    );
  });

  it('are refused with a code or written back the same, whatever they are', () => {
    const valid = fc.tuple(definition, fc.nat(255), fc.nat(255)).map(([made, place, value]) => {
      const bytes = encodeSignature(made);
      bytes[place % bytes.length] = value;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), valid), (bytes) => {
        let read: SignatureDefinition;
        try {
          read = decodeSignature(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
          return;
        }
        expect(encodeSignature(read)).toEqual(bytes);
      }),
      { numRuns: 300 },
    );
  });

  it('are at most 256', () => {
    const literals = Array.from({ length: 8 }, () => 'x'.repeat(40));
    const long = { ...good(), conditions: [{ ...good().conditions[0], literals }] };
    expect(() => encodeSignature(long)).toThrow(CodecError);
    expect(() => decodeSignature(new Uint8Array(MAX_SIGNATURE_BYTES + 1))).toThrow(CodecError);
  });
});

describe('a definition', () => {
  const [condition] = good().conditions;
  it.each<[string, Partial<SignatureDefinition>]>([
    ['name', { name: 'No Name' }],
    ['points', { points: 31 }],
    ['points', { points: 0 }],
    ['detectedAt', { detectedAt: 1 }],
    ['counts', { sources: 51 }],
    ['conditions', { conditions: [] }],
    ['condition', { conditions: [{ ...condition, literals: ['Capital'] }] }],
    ['condition', { conditions: [{ ...condition, fields: ['query', 'path'] }] }],
    ['condition', { conditions: [{ ...condition, view: 'shape', literals: ['1=1'] }] }],
    ['condition', { conditions: [{ ...condition, fields: ['method'], view: 'shape' }] }],
    ['too-general', { conditions: [{ ...condition, fields: ['method'], literals: ['post'] }] }],
    ['too-general', { conditions: [{ ...condition, literals: ['/'] }] }],
  ])('has the flaw %s', (flaw, fields) => {
    expect(flawOf({ ...good(), ...fields })).toBe(flaw);
  });

  it('counts in buckets, so that they tell little of a clinic', () => {
    expect([0, 1, 9, 10, 57, 99_999, 1e9].map(bucketOf)).toEqual([0, 1, 1, 10, 50, 10_000, 100_000]);
  });
});

describe('a written pattern', () => {
  it('reads back as it was', () => {
    const pattern = fc.record({
      start: fc.boolean(),
      end: fc.boolean(),
      literals: fc.array(fc.stringMatching(/^[a*^$\\= ]{1,4}$/), { minLength: 1, maxLength: 4 }),
    });
    fc.assert(
      fc.property(pattern, (made) => {
        expect(parseGlob(printGlob(made))).toEqual(made);
      }),
    );
  });

  it.each(['', '^', '$', '*', 'a**b', 'a*', 'a\\', 'a\\b'])('is not %j', (glob) => {
    expect(() => parseGlob(glob)).toThrow(GatewayError);
  });
});

describe('the starter set', () => {
  it('is of signatures as anybody could propose them', () => {
    for (const one of STARTER_SET) expect([one.id, flawOf(one)]).toEqual([one.id, undefined]);
    for (const one of STARTER_SET) expect(encodeSignature(one).length).toBeLessThanOrEqual(MAX_SIGNATURE_BYTES);
  });

  it('names each once and says nothing twice', () => {
    expect(new Set(STARTER_SET.map(({ id }) => id)).size).toBe(STARTER_SET.length);
    const said = STARTER_SET.map(({ conditions }) => JSON.stringify(conditions));
    expect(said.filter((text, i) => said.indexOf(text) !== i)).toEqual([]);
  });
});
