// Until when a listed network has which effect. Owns no network.

/** Seconds since 1970, rounded up; 0: not in effect. */
export interface Until {
  block: number;
  /** By an administrator of the own organisation: holds whoever is signed in behind the address. */
  byHand: number;
  challenge: number;
}

/** Keeps the later of each in `into`. */
export function joinUntil(into: Until, other: Readonly<Until>): void {
  if (other.block > into.block) into.block = other.block;
  if (other.byHand > into.byHand) into.byHand = other.byHand;
  if (other.challenge > into.challenge) into.challenge = other.challenge;
}
