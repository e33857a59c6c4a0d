// A founded network of four clinics of three organisations, for tests.
import { sha256 } from '#crypto';
import { DEVELOPMENT } from '../../consensus/params.ts';
import type { Founder } from '../../node/genesis/founder-file.ts';
import {
  founderOf,
  foundNetwork,
  type NetworkPlan,
  newClinicSecrets,
  type Random,
} from '../../node/genesis/founding.ts';

/** The same bytes in every run. */
export function countingRandom(name: string): Random {
  let count = 0;
  return (length) => sha256(new TextEncoder().encode(`${name} ${count++}`)).slice(0, length);
}

export const SECRETS = [1, 2, 3, 4].map((number) => newClinicSecrets(countingRandom(`clinic ${number}`)));

export const FOUNDERS: readonly Founder[] = SECRETS.map(({ seeds }, index) =>
  founderOf(seeds, {
    organisation: ['A', 'A', 'B', 'C'][index],
    name: `Clinic ${index + 1}`,
    addresses: [`/ip4/127.0.0.1/tcp/${9641 + index}`],
    networks: [`192.0.${index}.0/28`, '2001:db8::/56'],
  }),
);

export function samplePlan(change: Partial<NetworkPlan> = {}): NetworkPlan {
  return {
    network: 'test',
    created: 1_790_000_000_000,
    params: DEVELOPMENT,
    governance: 'clinic',
    country: 'US',
    idType: 'ssn',
    founders: FOUNDERS,
    ...change,
  };
}

export const FOUNDED = foundNetwork(samplePlan(), countingRandom('network'));
