import { readFile, stat, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CodecError } from '../../common/codec/errors.ts';
import { decodeVoteRecord, encodeVoteRecord, NO_VOTES, voteFile } from '../../node/voter/vote-file.ts';
import { certificates, votes } from '../consensus/chain/finality/samples.ts';
import { temporaryDirectory } from '../store/chain-fixture.ts';

const memory = fc.record({ source: fc.nat(), target: fc.nat() });
const records = fc.record({
  key: fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 }), { nil: undefined }),
  memory,
  own: memory,
  votes: fc.array(votes, { maxLength: 8 }),
  certificates: fc.array(certificates, { maxLength: 8 }),
});

let directory: { path: string; remove(): Promise<void> };

beforeAll(async () => {
  directory = await temporaryDirectory();
});
afterAll(() => directory.remove());

describe('vote file', () => {
  it('decodes what it encodes, keeps the last of too many certificates and takes no more votes than it holds', () => {
    fc.assert(
      fc.property(records, votes, certificates, (record, vote, certificate) => {
        expect(decodeVoteRecord(encodeVoteRecord(record))).toEqual(record);
        const more = {
          ...record,
          certificates: [...record.certificates, ...Array.from({ length: 8 }, () => certificate)],
        };
        expect(decodeVoteRecord(encodeVoteRecord(more)).certificates).toEqual(more.certificates.slice(-8));
        expect(() => encodeVoteRecord({ ...record, votes: Array.from({ length: 9 }, () => vote) })).toThrow(CodecError);
      }),
    );
  });

  it('is refused with a codec code after any change of any byte', () => {
    fc.assert(
      fc.property(records, fc.nat(), fc.integer({ min: 1, max: 255 }), fc.option(fc.nat()), (record, at, flip, cut) => {
        const bytes = encodeVoteRecord(record);
        bytes[at % bytes.length] ^= flip;
        expect(() => decodeVoteRecord(cut === null ? bytes : bytes.subarray(0, cut % bytes.length))).toThrow(
          CodecError,
        );
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300, size: 'max' }), (bytes) => {
        expect(() => decodeVoteRecord(bytes)).toThrow(CodecError);
      }),
    );
  });

  it('gives nothing when it is missing or damaged, and what was written last otherwise', async () => {
    const path = `${directory.path}/votes.bin`;
    const file = voteFile(path);
    expect(await file.read()).toBeUndefined();
    await file.write(NO_VOTES);
    await file.write({ ...NO_VOTES, memory: { source: 3, target: 5 } });
    expect((await file.read())?.memory).toEqual({ source: 3, target: 5 });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const bytes = await readFile(path);
    bytes[9] ^= 1;
    await writeFile(path, bytes);
    expect(await file.read()).toBeUndefined();
  });
});
