// A network of simulated clinics: real keys from the seed, targets of a few dozen hashes, so that real solutions cost
// microseconds while virtual miners draw how long they took.
import { signEd25519, signingKeyPair } from '#crypto';
import type { Genesis } from '../../../consensus/genesis.ts';
import { type Params, PRODUCTION, targetFor } from '../../../consensus/params.ts';
import { peerIdOf } from '../../../p2p/peer-id.ts';
import { founderOf, foundNetwork, newClinicSecrets } from '../../genesis/founding.ts';
import type { KeystoreContents } from '../../keystore/contents.ts';
import type { OutboxKey } from '../../outbox/outbox.ts';
import type { Random } from '../random.ts';
import { WORLD_START } from '../virtual-clock.ts';

/** Hashes that a block takes where all clinics mine. */
export const STANDARD_HASHES = 32;

export const SIMULATED: Params = {
  ...PRODUCTION,
  startTarget: targetFor(BigInt(STANDARD_HASHES)),
  easiestTarget: targetFor(4n),
  hardestTarget: targetFor(2048n),
};

export interface Founded {
  readonly genesis: Genesis;
  readonly secrets: readonly KeystoreContents[];
}

/** Every second organisation has two clinics. */
export function foundSimulated(clinics: number, random: Random): Founded {
  const secrets = Array.from({ length: clinics }, () => newClinicSecrets((length) => random.bytes(length)));
  const founders = secrets.map(({ seeds }, index) =>
    founderOf(seeds, {
      organisation: `Organisation ${1 + Math.floor((2 * index) / 3)}`,
      name: `Clinic ${index + 1}`,
      addresses: [],
      networks: [],
    }),
  );
  const plan = {
    network: 'simulation',
    created: WORLD_START,
    params: SIMULATED,
    country: 'US',
    idType: 'ssn',
    founders,
  };
  const { genesis } = foundNetwork(plan, (length) => random.bytes(length));
  return { genesis, secrets };
}

export function peerIdOfClinic(genesis: Genesis, clinic: number): string {
  return peerIdOf(genesis.clinics[clinic - 1].nodeKey);
}

export function sendingKey(seed: Uint8Array): OutboxKey {
  return { publicKey: signingKeyPair(seed).publicKey, sign: (message) => signEd25519(seed, message) };
}
