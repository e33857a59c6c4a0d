// The network of a node as its configuration says, with every protocol that a node speaks.
import { createNetwork } from '../p2p/network.ts';
import type { Network } from '../p2p/ports.ts';
import { BLOBS } from './blobs/protocol.ts';
import { KEYS } from './charts/key-wire.ts';
import { ROWS } from './charts/rows-wire.ts';
import type { Config } from './config/options.ts';
import { EVALUATE } from './identifiers/wire.ts';
import { GENESIS, SHARED_KEYS } from './joining/protocols.ts';
import { PEOPLE, VAULT } from './people/wire.ts';
import { SYNC_PROTOCOLS } from './sync/protocols.ts';
import { VOTES } from './voter/wire.ts';

type NetworkModules = Parameters<typeof createNetwork>[1];

/** `privateSeed`: of the node key that the members know this clinic by. */
export function nodeNetwork(privateSeed: Uint8Array, config: Config, modules: NetworkModules): Network {
  return createNetwork(
    {
      privateSeed,
      listen: config['p2p.listen'],
      announce: config['p2p.announce'],
      relay: config['p2p.relay'],
      topology: { fullMesh: config['p2p.mesh'], degree: config['p2p.degree'] },
      protocols: [...SYNC_PROTOCOLS, GENESIS, SHARED_KEYS, VOTES, PEOPLE, VAULT, EVALUATE, ROWS, KEYS, BLOBS],
    },
    modules,
  );
}
