// Joining with an invitation: fetches the network's genesis from a member that the invitation names, checks it against the
// invitation, and leaves a directory that can be started as an observer.
import { signingKeyPair } from '#crypto';
import { equalBytes } from '../../common/bytes.ts';
import { type Clock, systemClock } from '../../common/clock.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { type Genesis, genesisId } from '../../consensus/genesis.ts';
import { createNetwork } from '../../p2p/network.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { PeerAddress } from '../../p2p/ports.ts';
import { dataPaths, writePrivateFile } from '../data-directory.ts';
import { parseGenesisFile, writeGenesisFile } from '../genesis/genesis-file.ts';
import { openKeystore } from '../keystore/keystore.ts';
import { JoiningError } from './errors.ts';
import { type Invitation, openInvitation } from './invitation.ts';
import { GENESIS } from './protocols.ts';

const CONNECT_MS = 20_000;

export interface JoinModules {
  readonly logger: Logger;
  readonly clock?: Clock;
}

type AskModules = Required<JoinModules>;

/** Throws JoiningError, or `clinic.joined` when the directory belongs to another network. */
export async function joinByInvitation(
  directory: string,
  passphrase: string,
  text: string,
  { logger, clock = systemClock }: JoinModules,
): Promise<Genesis> {
  const paths = dataPaths(directory);
  const { contents } = await openKeystore(paths.keystore, passphrase);
  const { publicKey } = signingKeyPair(contents.seeds.node);
  const invitation = openInvitation(text, publicKey, clock.now());
  const genesis = await fetchGenesis(invitation, contents.seeds.node, { logger, clock });
  await writeGenesisFile(paths.genesis, { genesis, sharedKeys: {} });
  await writePrivateFile(paths.invitation, text.trim());
  return genesis;
}

async function fetchGenesis(invitation: Invitation, privateSeed: Uint8Array, modules: AskModules): Promise<Genesis> {
  // Whoever signed it lets its bearer in; the others do when it is a member.
  const [{ nodeKey, addresses }] = invitation.peers;
  const peerId = peerIdOf(nodeKey);
  try {
    const genesis = await askForGenesis([{ peerId, addresses }], privateSeed, AbortSignal.timeout(CONNECT_MS), modules);
    if (genesis !== undefined && equalBytes(genesisId(genesis), invitation.genesisId)) return genesis;
    if (genesis !== undefined) throw new JoiningError({ code: 'invitation.wrong-network' });
    const reason = 'the inviting clinic took no connection: is it running, and its address reachable?';
    throw new JoiningError({ code: 'invitation.no-peer', peerId, reason });
  } catch (error) {
    if (error instanceof JoiningError) throw error;
    const reason = codeOf(error) ?? 'the connection failed';
    throw new JoiningError({ code: 'invitation.no-peer', peerId, reason }, undefined, { cause: error });
  }
}

/**
 * What the first of these peers gives who lets the holder of this node key in; undefined when none has until the signal
 * ends. For a moment there are two hosts in this process: this one listens nowhere.
 */
export async function askForGenesis(
  peers: readonly PeerAddress[],
  privateSeed: Uint8Array,
  signal: AbortSignal,
  { logger, clock }: AskModules,
): Promise<Genesis | undefined> {
  const network = createNetwork({ privateSeed, listen: [], protocols: [GENESIS] }, { logger, clock });
  await network.start();
  try {
    const met = new Promise<string | undefined>((resolve) => {
      network.onPeer((event, peerId) => event === 'connected' && resolve(peerId));
      signal.addEventListener('abort', () => resolve(undefined));
    });
    network.setMembers(peers);
    const peerId = await met;
    if (peerId === undefined) return undefined;
    for await (const bytes of network.request(peerId, GENESIS.protocol, new Uint8Array(0), signal)) {
      return parseGenesisFile(new TextDecoder().decode(bytes)).genesis;
    }
    return undefined;
  } finally {
    await network.stop();
  }
}
