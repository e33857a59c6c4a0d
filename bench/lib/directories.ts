// The network of clinics in directories, with the keys to sign for each of them.
import { signEd25519 } from '#crypto';
import { genesisId } from '../../consensus/genesis.ts';
import { openClinic } from '../../node/clinic-directory.ts';
import type { ClinicPlace } from './clinics.ts';
import type { BenchNetwork } from './ledger.ts';

export async function openNetwork(places: readonly ClinicPlace[]): Promise<BenchNetwork> {
  const clinics = await Promise.all(places.map(({ directory, passphrase }) => openClinic(directory, passphrase)));
  const { genesis } = clinics[0];
  return {
    genesis,
    id: genesisId(genesis),
    nodeKey: (clinic) => genesis.clinics[clinic - 1].nodeKey,
    sign: (clinic, message) => signEd25519(clinics[clinic - 1].keys.seeds.node, message),
    vote: (clinic, message) => signEd25519(clinics[clinic - 1].keys.seeds.vote, message),
  };
}
