// Asks members for the network's shared keys: a newcomer for all, a member for the threat keys that it lacks. What is given
// must be what genesis and chain state; who gave it proves nothing.
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { Genesis } from '../../consensus/genesis.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { Network } from '../../p2p/ports.ts';
import { openSharedKeysFor, type ThreatKeyHashes } from '../genesis/shared-keys.ts';
import type { SharedKeys } from '../keystore/contents.ts';
import { SHARED_KEYS } from './protocols.ts';

const ASK_MS = 15_000;

export interface AskOptions {
  readonly genesis: Genesis;
  readonly clinic: ClinicNumber;
  /** X25519 secret key. */
  readonly encryptionSecret: Uint8Array;
  /** Peers that are asked before others. */
  readonly first?: readonly string[];
}

export interface AskModules {
  readonly network: Pick<Network, 'peers' | 'request'>;
  readonly logger: Logger;
  readonly hashes: ThreatKeyHashes;
}

/**
 * What connected peers give, one after the other until there is a key of each epoch that is `lacking`: one member that keeps
 * a key to itself holds back no other. Undefined when nobody gives any.
 */
export async function askForSharedKeys(
  { genesis, clinic, encryptionSecret, first = [] }: AskOptions,
  { network, logger, hashes }: AskModules,
  signal: AbortSignal,
  lacking: readonly number[] = [],
): Promise<SharedKeys | undefined> {
  const connected = network.peers().map(({ peerId }) => peerId);
  const peers = [...new Set([...first, ...connected])].filter((peerId) => connected.includes(peerId));
  let found: SharedKeys | undefined;
  for (const peerId of peers) {
    if (signal.aborted) break;
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(ASK_MS)]);
      for await (const bytes of network.request(peerId, SHARED_KEYS.protocol, new Uint8Array(0), limit)) {
        found = joined(found, await openSharedKeysFor(genesis, bytes, clinic, encryptionSecret, hashes));
      }
    } catch (error) {
      logger.debug({ peer: peerId, code: codeOf(error) }, 'no shared keys from this member');
    }
    if (found !== undefined && lacking.every((epoch) => hasKey(found!, epoch))) break;
  }
  return found;
}

function joined(found: SharedKeys | undefined, given: SharedKeys): SharedKeys {
  if (found === undefined) return given;
  const more = given.threatKeys.filter(({ epoch }) => !hasKey(found, epoch));
  return {
    threatKeys: [...found.threatKeys, ...more],
    identifierKey: found.identifierKey ?? given.identifierKey,
  };
}

function hasKey({ threatKeys }: SharedKeys, epoch: number): boolean {
  return threatKeys.some((key) => key.epoch === epoch);
}
