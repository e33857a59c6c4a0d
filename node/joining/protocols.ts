// What a newcomer asks of members: the genesis document while it observes, and the network's shared keys once it is
// admitted, never before. The connection proves who asks; the keys are sealed to the encryption key on the chain besides.
import type { Genesis } from '../../consensus/genesis.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network, ProtocolOptions } from '../../p2p/ports.ts';
import { ProtocolError } from '../../p2p/reqresp/errors.ts';
import { formatGenesisFile } from '../genesis/genesis-file.ts';
import { sealSharedKeysTo } from '../genesis/shared-keys.ts';
import type { SharedKeys } from '../keystore/contents.ts';
import type { MemberSets } from '../members/member-sets.ts';

const MAX_GENESIS_BYTES = 2 * 1024 * 1024;

export const GENESIS: ProtocolOptions = {
  protocol: '/wardmesh/genesis/1',
  maxRequestBytes: 0,
  maxChunkBytes: MAX_GENESIS_BYTES,
  maxChunks: 1,
  rate: 0.1,
  burst: 4,
};

export const SHARED_KEYS: ProtocolOptions = {
  protocol: '/wardmesh/shared-keys/1',
  maxRequestBytes: 0,
  maxChunkBytes: 4096,
  maxChunks: 1,
  rate: 0.1,
  burst: 4,
};

export interface ServeJoiningModules {
  readonly network: Network;
  readonly genesis: Genesis;
  readonly members: MemberSets;
  /** What it holds now; undefined while this node is an observer itself. */
  shared(): SharedKeys | undefined;
  /** Tells that keys were handed over, or refused. */
  onAsked(peerId: string, clinic: number | undefined): void;
}

export function serveJoining({ network, genesis, members, shared, onAsked }: ServeJoiningModules): void {
  network.serve(GENESIS, async function* () {
    yield new TextEncoder().encode(formatGenesisFile({ genesis, sharedKeys: {} }));
  });

  network.serve(SHARED_KEYS, async function* (from) {
    const member = members.current.clinics.find(({ nodeKey }) => peerIdOf(nodeKey) === from);
    onAsked(from, member?.number);
    const held = shared();
    if (member === undefined || held === undefined)
      throw new ProtocolError({ code: 'p2p.unavailable', reason: 'not-admitted' });
    yield await sealSharedKeysTo(genesis, member.number, member.encryptionKey, held);
  });
}
