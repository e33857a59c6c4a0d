// Names of factors that sort by the time of their making, so that what was used longest ago can be forgotten.
import { bigIntToBytes, toHex } from '../../common/bytes.ts';
import type { FactorId } from './types.ts';

export type FactorKind = 'totp' | 'codes' | 'passkey';

const LETTERS: Readonly<Record<FactorKind, string>> = { totp: 't', codes: 'c', passkey: 'p' };
const TIME_BYTES = 6;
const RANDOM_BYTES = 5;

/** `t-`, `c-` or `p-`, then time and randomness in hex. */
export const FACTOR_ID = /^[tcp]-[0-9a-f]{22}$/;

/** Matches FACTOR_ID; ids of one kind sort by `now`, ms since 1970. */
export function factorId(kind: FactorKind, now: number, random: (length: number) => Uint8Array): FactorId {
  const time = bigIntToBytes(BigInt(Math.max(0, Math.floor(now))), TIME_BYTES);
  return `${LETTERS[kind]}-${toHex(time)}${toHex(random(RANDOM_BYTES))}`;
}
