// Tells other clinics something that each of them has to know: those that are connected now, one after another. Who has heard
// it is for the caller to keep; who has not is told in the next round.
import { codeOf } from '../common/errors.ts';
import type { Logger } from '../common/logger.ts';
import type { ClinicNumber } from '../consensus/ledger/types.ts';
import { peerIdOf } from '../p2p/peer-id.ts';
import type { Network } from '../p2p/ports.ts';
import type { MemberSets } from './members/member-sets.ts';

export interface TellingModules {
  readonly members: Pick<MemberSets, 'current'>;
  readonly network: Pick<Network, 'request' | 'peers'>;
  readonly logger: Logger;
}

export interface Telling {
  readonly protocol: string;
  readonly message: Uint8Array;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Of the log, for a clinic that did not take it. */
  readonly failed: string;
}

export async function tellClinics(
  { members, network, logger }: TellingModules,
  telling: Telling,
  clinics: readonly ClinicNumber[],
  onAnswer: (answer: Uint8Array, clinic: ClinicNumber) => Promise<void>,
): Promise<void> {
  const peers = new Set(network.peers().map(({ peerId }) => peerId));
  for (const { number, nodeKey } of members.current.clinics) {
    const peerId = peerIdOf(nodeKey);
    if (!clinics.includes(number) || !peers.has(peerId)) continue;
    try {
      const answer = await askClinic({ network }, telling, peerId);
      if (answer !== undefined) await onAnswer(answer, number);
    } catch (error) {
      logger.debug({ clinic: number, code: codeOf(error) }, telling.failed);
    }
  }
}

/** The one chunk of an answer; undefined where none came. */
export async function askClinic(
  { network }: Pick<TellingModules, 'network'>,
  { protocol, message, timeoutMs, signal }: Omit<Telling, 'failed'>,
  peerId: string,
): Promise<Uint8Array | undefined> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  for await (const bytes of network.request(peerId, protocol, message, limit)) return bytes;
  return undefined;
}
