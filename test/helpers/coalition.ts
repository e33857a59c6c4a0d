// What some clinics try together with everything that they store, against a key that takes more of them: every scalar and every
// 32 bytes on their disks as a share or as the key, alone and put together at any index. Public values are read from the chain
// on their disks. What they are after, the numbers of patients or records, is for the tests.

import { ristretto255 } from '@noble/curves/ed25519.js';
import { shareFor } from '../../common/crypto/feldman.ts';
import {
  add,
  decodeElement,
  decodeScalar,
  lagrangeAtZero,
  multiply,
  type Point,
  publicOf,
  type Scalar,
  times,
} from '../../common/crypto/group.ts';
import type { Purpose } from '../../consensus/ledger/ceremony/purpose.ts';
import { decodeGenerationRow, type GenerationRow, purposeByte } from '../../consensus/ledger/ceremony/rows.ts';
import { keyGenerationKey } from '../../consensus/ledger/tables.ts';
import { polynomialOf } from '../../node/ceremony/dealing.ts';
import { TABLE, tableKey } from '../../node/store/layout.ts';
import type { Loot, Piece } from './loot.ts';

const SCALAR_BYTES = 32;
/** Of anything that is below the order, whose highest bit is 2^252. */
const MAX_LAST_BYTE = 0x10;

export class Coalition {
  /** By clinic. */
  readonly members: ReadonlyMap<number, Loot>;
  readonly pieces: readonly Piece[];

  /** `further`: what was found elsewhere, as backups. */
  constructor(members: ReadonlyMap<number, Loot>, further: readonly Piece[] = []) {
    this.members = members;
    const seen = new Set<string>();
    this.pieces = [...[...members.values()].flatMap(({ pieces }) => pieces), ...further].filter(({ bytes }) => {
      const name = latin(bytes);
      return !seen.has(name) && seen.add(name);
    });
  }

  /** The newest generation of a key, as the chain on these disks names it. */
  generation(purpose: Purpose): GenerationRow {
    const [{ rows }] = this.members.values();
    let newest: GenerationRow | undefined;
    for (let number = 1; ; number++) {
      const wanted = latin(tableKey(TABLE.state, keyGenerationKey(purposeByte(purpose), number)));
      const row = rows.get('chain')?.find(([key]) => latin(key) === wanted);
      if (row === undefined) break;
      newest = decodeGenerationRow(row[1].slice(0, -4));
    }
    if (newest === undefined) throw new Error(`there is no ${purpose} key`);
    return newest;
  }

  /** Each member's own share. */
  shares(purpose: Purpose): Map<number, Scalar> {
    const { ceremony, attempt } = this.generation(purpose);
    const found = new Map<number, Scalar>();
    for (const [clinic, { keys }] of this.members) {
      const share = keys.shares.find((one) => latin(one.ceremony) === latin(ceremony) && one.attempt === attempt);
      if (share !== undefined) found.set(clinic, decodeScalar(share.secret));
    }
    return found;
  }

  /** Every scalar of every ceremony that they have or can compute: shares, what they dealt, keys of before. */
  scalars(): Scalar[] {
    const found = new Set<Scalar>();
    const { threshold, holders } = this.generation('identifier');
    for (const { keys } of this.members.values()) {
      for (const { secret } of keys.shares) found.add(decodeScalar(secret));
      if (keys.shared?.identifierKey !== undefined) found.add(decodeScalar(keys.shared.identifierKey));
      for (const dealing of keys.dealings) {
        const polynomial = polynomialOf(dealing, threshold, undefined);
        for (const coefficient of polynomial) found.add(coefficient);
        for (const { clinic } of holders) found.add(shareFor(polynomial, clinic));
      }
    }
    return [...found];
  }

  /** The secret of the key, or undefined after everything was tried. */
  secretOf(purpose: Purpose): Scalar | undefined {
    const { publicKey, threshold, holders } = this.generation(purpose);
    const whole = decodeElement(publicKey).point;
    const indexes = holders.map(({ clinic }) => clinic);
    for (const scalar of combinations(this.scalars(), indexes, threshold)) {
      if (scalar !== 0n && publicOf(scalar).equals(whole)) return scalar;
    }
    const completing = this.completing(purpose);
    for (const window of this.windows()) {
      if (window[SCALAR_BYTES - 1] > MAX_LAST_BYTE) continue;
      const scalar = scalarIn(window);
      const secret = scalar && completing.get(latin(publicOf(scalar).toBytes()))?.(scalar);
      if (secret !== undefined && publicOf(secret).equals(whole)) return secret;
    }
    return undefined;
  }

  /**
   * Whether anything on their disks is, or completes with their own shares, the secret times the base. They would have to try
   * whatever each point makes; the one that it would have to make is known here.
   */
  hasPointFor(purpose: Purpose, base: Point, wanted: Point): boolean {
    const { threshold, holders } = this.generation(purpose);
    const own = this.shares(purpose);
    const targets = new Set([latin(wanted.toBytes())]);
    for (const known of choices([...own.keys()], threshold - 1)) {
      for (const { clinic } of holders.filter((one) => !known.includes(one.clinic))) {
        const [weight, ...weights] = lagrangeAtZero([clinic, ...known]);
        const sum = known.reduce((total, one, at) => add(total, multiply(weights[at], own.get(one)!)), 0n);
        const missing = wanted.subtract(times(base, sum));
        targets.add(latin(missing.toBytes()));
        targets.add(latin(times(missing, ristretto255.Point.Fn.inv(weight)).toBytes()));
      }
    }
    for (const window of this.windows()) if (targets.has(latin(window))) return true;
    return false;
  }

  /** Each 32 bytes that stand anywhere, once. */
  *windows(): Generator<Uint8Array> {
    const seen = new Set<string>();
    for (const { bytes } of this.pieces) {
      const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
      for (let at = 0; at + SCALAR_BYTES <= bytes.length; at++) {
        const name = all.slice(at, at + SCALAR_BYTES);
        if (seen.has(name)) continue;
        seen.add(name);
        yield bytes.subarray(at, at + SCALAR_BYTES);
      }
    }
  }

  /** By the public half of a scalar that would complete what they have: what it makes of the key. */
  private completing(purpose: Purpose): Map<string, (found: Scalar) => Scalar> {
    const { publicKey, threshold, holders } = this.generation(purpose);
    const own = this.shares(purpose);
    const targets = new Map<string, (found: Scalar) => Scalar>([[latin(publicKey), (found) => found]]);
    for (const known of choices([...own.keys()], threshold - 1)) {
      for (const { clinic, verificationShare } of holders) {
        if (known.includes(clinic)) continue;
        const [weight, ...weights] = lagrangeAtZero([clinic, ...known]);
        const rest = known.reduce((sum, one, at) => add(sum, multiply(weights[at], own.get(one)!)), 0n);
        targets.set(latin(verificationShare), (found) => add(rest, multiply(weight, found)));
        const weighted = decodeElement(verificationShare).point.multiply(weight);
        targets.set(latin(weighted.toBytes()), (found) => add(rest, found));
      }
    }
    return targets;
  }
}

/** Alone, added, and as shares at any of the indexes: of at most so many at once. */
export function* combinations(scalars: readonly Scalar[], indexes: readonly number[], most: number): Generator<Scalar> {
  for (let count = 1; count <= most; count++) {
    const weights = orders(indexes, count).map((order) => lagrangeAtZero(order));
    for (const chosen of choices(scalars, count)) {
      yield chosen.reduce(add, 0n);
      if (count === 1) continue;
      for (const order of weights) yield chosen.reduce((sum, one, at) => add(sum, multiply(order[at], one)), 0n);
    }
  }
}

function* choices<T>(from: readonly T[], count: number, start = 0): Generator<readonly T[]> {
  if (count === 0) yield [];
  else
    for (let at = start; at + count <= from.length; at++) {
      for (const rest of choices(from, count - 1, at + 1)) yield [from[at], ...rest];
    }
}

function orders(of: readonly number[], count: number): number[][] {
  if (count === 0) return [[]];
  return of.flatMap((one) =>
    orders(
      of.filter((other) => other !== one),
      count - 1,
    ).map((rest) => [one, ...rest]),
  );
}

function scalarIn(bytes: Uint8Array): Scalar | undefined {
  try {
    const scalar = decodeScalar(bytes);
    return scalar === 0n ? undefined : scalar;
  } catch {
    return undefined;
  }
}

export function latin(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
