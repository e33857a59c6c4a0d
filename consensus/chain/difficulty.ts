// The target of the next block (PROTOCOL 5.7): the integer ASERT step relative to the parent, within genesis' bounds.
// Relative on purpose: anchored to a fixed block, time spent at a bound would pile up as a debt to be worked off later.
import type { Params } from '../params.ts';
import type { Header } from './types.ts';

/** Half-life in block intervals: a chain late by this many halves its difficulty. */
const HALF_LIFE_INTERVALS = 60n;
const FRACTION_BITS = 16n;
/** +-16 half-lives in units of 1/65536: more than the whole range between the bounds. */
const EXPONENT_CAP = 16n << FRACTION_BITS;

/** floor(target * 2^(drift / halfLife)), the exponent in 1/65536 and the power as aserti3-2d approximates it. */
export function asert(target: bigint, drift: bigint, halfLife: bigint): bigint {
  // Division truncates towards zero, the shift below floors: both as in the reference implementation.
  const exponent = clamp((drift << FRACTION_BITS) / halfLife, -EXPONENT_CAP, EXPONENT_CAP);
  const whole = exponent >> FRACTION_BITS;
  const f = exponent & 0xffffn;
  const factor =
    65_536n + ((195_766_423_245_049n * f + 971_821_376n * f * f + 5_127n * f * f * f + (1n << 47n)) >> 48n);
  const shift = whole - FRACTION_BITS;
  return shift < 0n ? (target * factor) >> -shift : (target * factor) << shift;
}

/** Target of the child of `parent`. `grandparent` may be missing only for the children of blocks 0 and 1. */
export function nextTarget(params: Params, parent: Header, grandparent: Header | undefined): bigint {
  if (parent.height === 0) return params.startTarget;
  const interval = BigInt(params.blockInterval);
  const drift = BigInt(solveTime(params, parent, grandparent)) - interval;
  return clamp(asert(parent.target, drift, HALF_LIFE_INTERVALS * interval), params.hardestTarget, params.easiestTarget);
}

/** How long `parent` took, ms. Block 1 counts as one interval, since genesis is written long before mining starts. */
function solveTime(params: Params, parent: Header, grandparent: Header | undefined): number {
  if (parent.height === 1) return params.blockInterval;
  if (grandparent === undefined) throw new RangeError('a target above height 2 needs the grandparent');
  return parent.timestamp - grandparent.timestamp;
}

function clamp(value: bigint, low: bigint, high: bigint): bigint {
  if (value < low) return low;
  return value > high ? high : value;
}
