// Making a network out of nothing: a clinic's secrets, its founder document, and the genesis of many founders together
// with the keys that they will share. Randomness is handed in; the time too.
import { encryptionKeyPair, randomBytes, signingKeyPair } from '#crypto';
import { oprfKeyPair } from '../../common/crypto/oprf.ts';
import type { FounderOrganisation, Genesis, GovernanceMode } from '../../consensus/genesis.ts';
import { FIRST_THREAT_EPOCH, threatKeyHash } from '../../consensus/ledger/threats/key-epoch/types.ts';
import type { Params } from '../../consensus/params.ts';
import type { ClinicSeeds, KeystoreContents, SharedKeys } from '../keystore/contents.ts';
import type { Founder } from './founder-file.ts';
import { type GenesisBundle, validGenesis } from './genesis-file.ts';
import { sealSharedKeys } from './shared-keys.ts';

export type Random = (length: number) => Uint8Array;

const SECRET_BYTES = 32;

export interface NetworkPlan {
  readonly network: string;
  /** ms since 1970. */
  readonly created: number;
  readonly params: Params;
  /** What a quorum of governance keys counts; each clinic by default. */
  readonly governance?: GovernanceMode;
  readonly country: string;
  readonly idType: string;
  /** In the order of their numbers, from 1; organisations are numbered as they first appear. */
  readonly founders: readonly Founder[];
}

export interface FoundedNetwork {
  readonly genesis: Genesis;
  /** Secret: what `bundleOf` seals to the founders. */
  readonly shared: SharedKeys & { readonly identifierKey: Uint8Array };
}

/** All secrets of a new clinic, which belongs to no network yet. */
export function newClinicSecrets(random: Random = randomBytes): KeystoreContents {
  const secret = () => random(SECRET_BYTES);
  return {
    seeds: { governance: secret(), node: secret(), gateway: secret(), vote: secret(), encryption: secret() },
    storageKey: secret(),
    shared: undefined,
    spares: [],
    shares: [],
    dealings: [],
  };
}

export function founderOf(
  seeds: ClinicSeeds,
  about: Pick<Founder, 'organisation' | 'name' | 'addresses' | 'networks'>,
): Founder {
  return {
    organisation: about.organisation,
    name: about.name,
    governanceKey: signingKeyPair(seeds.governance).publicKey,
    nodeKey: signingKeyPair(seeds.node).publicKey,
    gatewayKey: signingKeyPair(seeds.gateway).publicKey,
    voteKey: signingKeyPair(seeds.vote).publicKey,
    encryptionKey: encryptionKeyPair(seeds.encryption).publicKey,
    addresses: about.addresses,
    networks: about.networks,
  };
}

/** Throws GenesisError for founders that do not fit together. */
export function foundNetwork(plan: NetworkPlan, random: Random = randomBytes): FoundedNetwork {
  const organisations: FounderOrganisation[] = [];
  const clinics = plan.founders.map(({ organisation: name, ...founder }, index) => {
    let organisation = organisations.find((known) => known.name === name);
    if (organisation === undefined) {
      organisation = { number: organisations.length + 1, name };
      organisations.push(organisation);
    }
    return { number: index + 1, organisation: organisation.number, ...founder };
  });
  const threatKey = random(SECRET_BYTES);
  const identifier = oprfKeyPair(random(SECRET_BYTES));
  // What its own file would refuse is refused here: a network is founded once.
  const genesis = validGenesis({
    network: plan.network,
    created: plan.created,
    params: plan.params,
    governance: plan.governance ?? 'clinic',
    country: plan.country,
    idType: plan.idType,
    threatKeyHash: threatKeyHash(threatKey),
    identifierKey: identifier.publicKey,
    organisations,
    clinics,
  });
  const threatKeys = [{ epoch: FIRST_THREAT_EPOCH, key: threatKey }];
  return { genesis, shared: { threatKeys, identifierKey: identifier.secretKey } };
}

/** What is handed to every founder: needs no secrecy. */
export async function bundleOf({ genesis, shared }: FoundedNetwork): Promise<GenesisBundle> {
  return { genesis, sharedKeys: await sealSharedKeys(genesis, shared) };
}
