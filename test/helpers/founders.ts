// The founders of a network of one organisation a clinic, for tests of parts that need its keys and its genesis document alone.
import { type Genesis, genesisId } from '../../consensus/genesis.ts';
import { founderOf, foundNetwork, newClinicSecrets } from '../../node/genesis/founding.ts';
import { FAST } from './devnet.ts';

export interface Founders {
  /** Of clinic 1 first. */
  readonly secrets: readonly ReturnType<typeof newClinicSecrets>[];
  readonly genesis: Genesis;
  readonly genesisId: Uint8Array;
}

export function founders(clinics: number): Founders {
  const secrets = Array.from({ length: clinics }, () => newClinicSecrets());
  const { genesis } = foundNetwork({
    ...{ network: 'test', created: 1_800_000_000_000, params: FAST, country: 'US', idType: 'ssn' },
    founders: secrets.map(({ seeds }, index) =>
      founderOf(seeds, { organisation: `Org ${index}`, name: `Clinic ${index}`, addresses: [], networks: [] }),
    ),
  });
  return { secrets, genesis, genesisId: genesisId(genesis) };
}
