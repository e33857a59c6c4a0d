// What this clinic deals in a run, from one seed in its keystore: the same after every restart, and gone with the seed.
import { hkdfSha256 } from '#crypto';
import { concatBytes, equalBytes } from '../../common/bytes.ts';
import { newPolynomial, type Polynomial } from '../../common/crypto/feldman.ts';
import { add, decodeScalar, lagrangeAtZero, multiply, randomScalar, type Scalar } from '../../common/crypto/group.ts';
import { GENESIS_GENERATION, type Purpose } from '../../consensus/ledger/ceremony/purpose.ts';
import type { CeremonyRow } from '../../consensus/ledger/ceremony/rows.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import {
  type Dealing,
  type HeldShare,
  type KeystoreContents,
  MAX_DEALINGS,
  MAX_HELD_SHARES,
} from '../keystore/contents.ts';

type RunOf = Pick<CeremonyRow, 'ceremony' | 'attempt'>;

const INFO = new TextEncoder().encode('wardmesh/dealing/1');

/** Of degree threshold - 1; `secret` is a share of the key that there is, undefined for a new key. */
export function polynomialOf(
  { ceremony, attempt, seed }: Dealing,
  threshold: number,
  secret: Scalar | undefined,
): Polynomial {
  let drawn = 0;
  const random = (length: number): Uint8Array => {
    const info = concatBytes(INFO, Uint8Array.of(attempt, drawn >> 8, drawn & 0xff));
    drawn++;
    return hkdfSha256(seed, ceremony, info, length);
  };
  return newPolynomial(secret ?? randomScalar(random), threshold, random);
}

/** The holder's share from what each dealer dealt it; of a new key the plain sum. */
export function shareFrom(mode: CeremonyRow['mode'], dealt: ReadonlyMap<ClinicNumber, Scalar>): Scalar {
  const dealers = [...dealt.keys()];
  const weights = mode === 'generate' ? dealers.map(() => 1n) : lagrangeAtZero(dealers);
  return dealers.reduce((total, dealer, at) => add(total, multiply(weights[at], dealt.get(dealer)!)), 0n);
}

export function dealingOf({ dealings }: KeystoreContents, run: RunOf): Dealing | undefined {
  return dealings.find((dealing) => isOf(dealing, run));
}

/** With a seed for this run: the one there is, else this; the oldest of other runs make room. */
export function withDealing(contents: KeystoreContents, run: RunOf, seed: Uint8Array): KeystoreContents {
  if (dealingOf(contents, run) !== undefined) return contents;
  const { ceremony, attempt } = run;
  return { ...contents, dealings: [...contents.dealings, { ceremony, attempt, seed }].slice(-MAX_DEALINGS) };
}

export function heldOf({ shares }: KeystoreContents, run: RunOf): HeldShare | undefined {
  return shares.find((share) => isOf(share, run));
}

export function withShare(contents: KeystoreContents, share: HeldShare): KeystoreContents {
  if (heldOf(contents, share) !== undefined) return contents;
  return { ...contents, shares: [...contents.shares, share].slice(-MAX_HELD_SHARES) };
}

/** This clinic's secret of a generation: its share, or of generation 0 the whole key. */
export function secretOfGeneration(
  contents: KeystoreContents,
  purpose: Purpose,
  generation: number,
  run: RunOf | undefined,
): Uint8Array | undefined {
  if (generation === GENESIS_GENERATION) {
    return purpose === 'identifier' ? contents.shared?.identifierKey : undefined;
  }
  const held = run === undefined ? undefined : heldOf(contents, run);
  return held?.purpose === purpose && held.generation === generation ? held.secret : undefined;
}

export function scalarOf(secret: Uint8Array | undefined): Scalar | undefined {
  return secret === undefined ? undefined : decodeScalar(secret);
}

function isOf(one: RunOf, run: RunOf): boolean {
  return one.attempt === run.attempt && equalBytes(one.ceremony, run.ceremony);
}
