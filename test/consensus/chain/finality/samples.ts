// Generated checkpoints, links, votes and certificates, and voters with keys.
import fc from 'fast-check';
import { signEd25519, signingKeyPair } from '#crypto';
import type {
  Certificate,
  Checkpoint,
  ClinicSignature,
  GovernanceCertificate,
  Link,
  Vote,
  VoterSet,
  VotesCertificate,
} from '../../../../consensus/chain/finality/types.ts';
import { voteMessage } from '../../../../consensus/chain/finality/vote.ts';
import { bytesOf } from '../samples.ts';

export const GENESIS_ID = new Uint8Array(32).fill(0x67);

const MAX_EPOCH = Number.MAX_SAFE_INTEGER;
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const clinic = fc.integer({ min: 0, max: 0xffff });

export const links: fc.Arbitrary<Link> = fc
  .tuple(u32, fc.uniqueArray(fc.nat(MAX_EPOCH), { minLength: 2, maxLength: 2 }), bytesOf(32), bytesOf(32))
  .map(([set, epochs, a, b]) => ({
    set,
    source: { epoch: Math.min(...epochs), id: a },
    target: { epoch: Math.max(...epochs), id: b },
  }));

export const votes: fc.Arbitrary<Vote> = fc
  .tuple(links, clinic, bytesOf(64))
  .map(([link, number, signature]) => ({ link, clinic: number, signature }));

const signatures: fc.Arbitrary<ClinicSignature[]> = fc
  .uniqueArray(clinic, { minLength: 1, maxLength: 8 })
  .map((clinics) =>
    clinics
      .sort((a, b) => a - b)
      .map((number) => ({ clinic: number, signature: new Uint8Array(64).fill(number & 0xff) })),
  );

const votesCertificates: fc.Arbitrary<VotesCertificate> = fc
  .tuple(links, signatures)
  .map(([link, list]) => ({ type: 'votes', link, votes: list }));

const governanceCertificates: fc.Arbitrary<GovernanceCertificate> = fc
  .tuple(fc.integer({ min: 1, max: 2 ** 50 }), bytesOf(32), u32, signatures)
  .map(([epoch, id, set, list]) => ({
    type: 'governance',
    checkpoint: { epoch, id },
    height: 4 * epoch,
    set,
    signatures: list,
  }));

export const certificates: fc.Arbitrary<Certificate> = fc.oneof(votesCertificates, governanceCertificates);

export function seedOf(clinicNumber: number): Uint8Array {
  return new Uint8Array(32).fill(clinicNumber);
}

export function voterSet(id: number, clinics: readonly number[]): VoterSet {
  return { id, voters: clinics.map((number) => ({ number, voteKey: signingKeyPair(seedOf(number)).publicKey })) };
}

export function checkpoint(epoch: number, branch = 0): Checkpoint {
  return { epoch, id: new Uint8Array(32).fill(branch * 16 + epoch) };
}

export function signVote(link: Link, clinicNumber: number, seed = seedOf(clinicNumber)): Vote {
  return { link, clinic: clinicNumber, signature: signEd25519(seed, voteMessage(GENESIS_ID, link)) };
}
