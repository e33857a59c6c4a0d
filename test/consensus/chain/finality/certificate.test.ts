import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verifyEd25519Sync } from '#crypto';
import { toHex } from '../../../../common/bytes.ts';
import { CodecError } from '../../../../common/codec/errors.ts';
import {
  certificateUnits,
  checkpointMessage,
  decodeCertificate,
  encodeCertificate,
  MAX_CERTIFICATE_BYTES,
  MAX_CERTIFICATE_SIGNATURES,
  voteJobs,
} from '../../../../consensus/chain/finality/certificate.ts';
import type { Link, QuorumSets, VotesCertificate } from '../../../../consensus/chain/finality/types.ts';
import { decodeVote, encodeVote, VOTE_BYTES, voteMessage } from '../../../../consensus/chain/finality/vote.ts';
import { codeThrown } from '../samples.ts';
import { certificates, checkpoint, GENESIS_ID, signVote, voterSet, votes } from './samples.ts';

const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });

/** What is still accepted after a change encodes to the same bytes; all else has a codec code. */
function survives(bytes: Uint8Array, recode: (bytes: Uint8Array) => Uint8Array): void {
  try {
    expect(toHex(recode(bytes))).toBe(toHex(bytes));
  } catch (error) {
    expect(error).toBeInstanceOf(CodecError);
  }
}

function mutate(original: Uint8Array, changes: readonly (readonly [number, number])[], cut: number | null): Uint8Array {
  const bytes = original.slice();
  for (const [at, value] of changes) bytes[at % bytes.length] = value;
  return cut === null ? bytes : bytes.subarray(0, cut % bytes.length);
}

describe('vote', () => {
  it('decodes what it encodes', () => {
    fc.assert(
      fc.property(votes, (vote) => {
        const bytes = encodeVote(vote);
        expect(bytes.length).toBe(VOTE_BYTES);
        expect(decodeVote(bytes)).toEqual(vote);
      }),
    );
  });

  it('has one encoding, and refuses all else with a codec code', () => {
    fc.assert(
      fc.property(votes, edits, fc.option(fc.nat()), (vote, changes, cut) => {
        survives(mutate(encodeVote(vote), changes, cut), (bytes) => encodeVote(decodeVote(bytes)));
      }),
    );
  });

  it('is refused when its target is not after its source', () => {
    const link = { set: 0, source: checkpoint(3), target: checkpoint(3, 1) };
    expect(codeThrown(() => decodeVote(encodeVote({ link, clinic: 1, signature: new Uint8Array(64) })))).toBe(
      'codec.value',
    );
  });

  it('signs the network, the set and both checkpoints', () => {
    const link = { set: 1, source: checkpoint(1), target: checkpoint(2) };
    const messages = [
      voteMessage(GENESIS_ID, link),
      voteMessage(new Uint8Array(32), link),
      voteMessage(GENESIS_ID, { ...link, set: 2 }),
      voteMessage(GENESIS_ID, { ...link, source: checkpoint(1, 1) }),
      voteMessage(GENESIS_ID, { ...link, source: { ...link.source, epoch: 0 } }),
      voteMessage(GENESIS_ID, { ...link, target: checkpoint(2, 1) }),
      voteMessage(GENESIS_ID, { ...link, target: { ...link.target, epoch: 3 } }),
    ];
    expect(new Set(messages.map(toHex)).size).toBe(messages.length);
  });
});

describe('certificate', () => {
  it('decodes what it encodes', () => {
    fc.assert(
      fc.property(certificates, (certificate) => {
        expect(decodeCertificate(encodeCertificate(certificate))).toEqual(certificate);
      }),
    );
  });

  it('has one encoding, and refuses all else with a codec code', () => {
    fc.assert(
      fc.property(certificates, edits, fc.option(fc.nat()), (certificate, changes, cut) => {
        survives(mutate(encodeCertificate(certificate), changes, cut), (bytes) =>
          encodeCertificate(decodeCertificate(bytes)),
        );
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400, size: 'max' }), (bytes) => {
        survives(bytes, (random) => encodeCertificate(decodeCertificate(random)));
      }),
    );
  });

  const link: Link = { set: 0, source: checkpoint(1), target: checkpoint(2) };
  const signed = (clinics: readonly number[]): VotesCertificate => ({
    type: 'votes',
    link,
    votes: clinics.map((clinic) => ({ clinic, signature: signVote(link, clinic).signature })),
  });

  it('has no clinic twice, none out of order, and at least one', () => {
    for (const clinics of [[2, 2], [2, 1], []]) {
      expect(
        codeThrown(() => decodeCertificate(encodeCertificate({ ...signed([1]), votes: signed(clinics).votes }))),
      ).toMatch(/^codec\.(value|range)$/);
    }
  });

  it('fits the length field at its largest, and refuses one more before reading any', () => {
    const { votes: one } = signed([1]);
    const many = (count: number) => Array.from({ length: count }, (_, clinic) => ({ ...one[0], clinic }));
    const largest = encodeCertificate({ type: 'votes', link, votes: many(MAX_CERTIFICATE_SIGNATURES) });
    expect(largest.length).toBe(MAX_CERTIFICATE_BYTES);
    expect(largest.length).toBeLessThanOrEqual(0xffff);
    new DataView(largest.buffer).setUint16(1 + 84, MAX_CERTIFICATE_SIGNATURES + 1);
    expect(codeThrown(() => decodeCertificate(largest))).toBe('codec.range');
  });

  it('costs a verification for each signature, and nothing where there is none', () => {
    expect(certificateUnits(new Uint8Array())).toBe(0);
    expect(certificateUnits(encodeCertificate(signed([1, 2, 3])))).toBe(30);
  });

  const SETS: QuorumSets = { current: voterSet(0, [1, 2, 3, 4]), previous: undefined };

  it('is true by the signatures of more than two thirds of the voters', () => {
    const jobs = voteJobs(GENESIS_ID, SETS, signed([1, 3, 4]));
    expect(jobs?.length).toBe(3);
    for (const job of jobs ?? []) expect(verifyEd25519Sync(job.publicKey, job.message, job.signature)).toBe(true);
    expect(voteJobs(GENESIS_ID, SETS, signed([1, 3]))).toBeUndefined();
  });

  it('is refused with a stranger among the voters, or by another set than its target has', () => {
    expect(voteJobs(GENESIS_ID, SETS, signed([1, 2, 3, 9]))).toBeUndefined();
    expect(voteJobs(GENESIS_ID, { ...SETS, current: voterSet(1, [1, 2, 3, 4]) }, signed([1, 2, 3]))).toBeUndefined();
  });

  it('needs both sets in a transition, and takes the votes of members of either', () => {
    const sets: QuorumSets = { current: voterSet(0, [1, 2, 3, 5]), previous: voterSet(9, [1, 2, 4]) };
    expect(voteJobs(GENESIS_ID, sets, signed([1, 2, 3]))).toBeUndefined();
    expect(voteJobs(GENESIS_ID, sets, signed([1, 2, 4]))).toBeUndefined();
    expect(voteJobs(GENESIS_ID, sets, signed([1, 2, 3, 4]))?.length).toBe(4);
  });

  it('by governance keys signs the network, the set, the epoch, the height and the id', () => {
    const content = { set: 1, checkpoint: checkpoint(2), height: 8 };
    const messages = [
      checkpointMessage(GENESIS_ID, content),
      checkpointMessage(new Uint8Array(32), content),
      checkpointMessage(GENESIS_ID, { ...content, set: 2 }),
      checkpointMessage(GENESIS_ID, { ...content, checkpoint: checkpoint(2, 1) }),
      checkpointMessage(GENESIS_ID, { ...content, checkpoint: { ...content.checkpoint, epoch: 3 } }),
      checkpointMessage(GENESIS_ID, { ...content, height: 12 }),
    ];
    expect(new Set(messages.map(toHex)).size).toBe(messages.length);
  });
});
