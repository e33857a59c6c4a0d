// A status as a peer may claim it: what is not given is of no weight.
import { randomBytes } from '#crypto';
import { encodeStatus, type Status } from '../../node/wire.ts';

const NONE = { epoch: 0, id: new Uint8Array(32) };

export function boastOf(claims: Partial<Status> & Pick<Status, 'genesisId' | 'height' | 'work'>): Uint8Array {
  return encodeStatus({
    head: randomBytes(32),
    finalised: NONE,
    justified: NONE,
    oldestBody: 0,
    clock: Date.now(),
    ...claims,
  });
}
