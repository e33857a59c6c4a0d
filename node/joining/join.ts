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

async function fetchGenesis(
  invitation: Invitation,
  privateSeed: Uint8Array,
  { logger, clock }: { logger: Logger; clock: Clock },
): Promise<Genesis> {
  const network = createNetwork({ privateSeed, listen: [], protocols: [GENESIS] }, { logger, clock });
  // Whoever signed it lets its bearer in; the others do when it is a member.
  const [{ nodeKey, addresses }] = invitation.peers;
  const peerId = peerIdOf(nodeKey);
  const failed = (reason: string, cause?: unknown) =>
    new JoiningError({ code: 'invitation.no-peer', peerId, reason }, undefined, { cause });
  await network.start();
  const signal = AbortSignal.timeout(CONNECT_MS);
  try {
    const met = new Promise<void>((resolve, reject) => {
      network.onPeer((event) => event === 'connected' && resolve());
      signal.addEventListener('abort', () => {
        reject(failed('the inviting clinic took no connection: is it running, and its address reachable?'));
      });
    });
    network.setMembers([{ peerId, addresses }]);
    await met;
    for await (const bytes of network.request(peerId, GENESIS.protocol, new Uint8Array(0), signal)) {
      const { genesis } = parseGenesisFile(new TextDecoder().decode(bytes));
      if (equalBytes(genesisId(genesis), invitation.genesisId)) return genesis;
      throw new JoiningError({ code: 'invitation.wrong-network' });
    }
    throw failed('the inviting clinic gave no genesis');
  } catch (error) {
    throw error instanceof JoiningError ? error : failed(codeOf(error) ?? 'the connection failed', error);
  } finally {
    await network.stop();
  }
}
