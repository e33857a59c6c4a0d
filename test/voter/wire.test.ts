import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import {
  decodeVoteChunk,
  decodeVotesRequest,
  encodeVoteChunks,
  encodeVotesRequest,
  MAX_VOTES_IN_CHUNK,
  VOTES,
} from '../../node/voter/wire.ts';
import { votes } from '../consensus/chain/finality/samples.ts';
import { codeThrown } from '../consensus/chain/samples.ts';

describe('votes on the wire', () => {
  it('come back as they were sent, in chunks that a peer accepts', () => {
    fc.assert(
      fc.property(votes, fc.nat(2 * MAX_VOTES_IN_CHUNK + 10), (vote, count) => {
        const list = Array.from({ length: count }, (_, clinic) => ({ ...vote, clinic }));
        const chunks = encodeVoteChunks(list);
        for (const chunk of chunks) expect(chunk.length).toBeLessThanOrEqual(VOTES.maxChunkBytes);
        expect(chunks.flatMap(decodeVoteChunk)).toEqual(list);
      }),
      { numRuns: 20 },
    );
  });

  it('refuse random, cut and longer bytes with a codec code', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400, size: 'max' }), fc.boolean(), (random, counted) => {
        const bytes = counted ? Uint8Array.of(0, 1, ...random) : random;
        try {
          expect(toHex(encodeVoteChunks(decodeVoteChunk(bytes))[0])).toBe(toHex(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(CodecError);
        }
      }),
      { numRuns: 500 },
    );
    expect(codeThrown(() => decodeVoteChunk(Uint8Array.of(0xff, 0xff)))).toBe('codec.range');
  });

  it('are asked for in one of two ways', () => {
    for (const mode of ['own', 'recent'] as const) expect(decodeVotesRequest(encodeVotesRequest(mode))).toBe(mode);
    for (const bytes of [[], [0], [3], [1, 1]]) {
      expect(codeThrown(() => decodeVotesRequest(Uint8Array.from(bytes)))).toMatch(/^codec\./);
    }
  });
});
