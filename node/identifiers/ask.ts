// Asks the holder of a share for its part of an evaluation. What went wrong is an answer like others: whoever asks turns
// to the next holder. Owns no check of the parts.
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { EvaluationRequest, PartialAnswer, ShareOwner } from '../../identity/patient/threshold-evaluator.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network } from '../../p2p/ports.ts';
import type { MemberSets } from '../members/member-sets.ts';
import { decodeEvaluationChunk, EVALUATE, encodeEvaluationRequest } from './wire.ts';

/** Of two connections one is closed, and what was under way on it is cut: another attempt takes the other. */
const CUT = new Set(['p2p.busy', 'p2p.truncated']);
const ATTEMPTS = 2;

export interface AskHoldersModules {
  readonly network: Pick<Network, 'request' | 'peers'>;
  readonly members: Pick<MemberSets, 'current'>;
  readonly logger: Logger;
  readonly random: () => number;
  blame(peerId: string, error: unknown): void;
}

export class AskHolders {
  private readonly modules: AskHoldersModules;

  constructor(modules: AskHoldersModules) {
    this.modules = modules;
  }

  /** Only those who are connected: whoever is not would be a failure at once. In random order, so that all share the work. */
  inOrder(holders: readonly ShareOwner[]): ShareOwner[] {
    const { network, random } = this.modules;
    const connected = new Set(network.peers().map(({ peerId }) => peerId));
    return holders
      .filter(({ clinic }) => connected.has(this.peerOf(clinic) ?? ''))
      .map((holder) => ({ holder, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ holder }) => holder);
  }

  async ask({ clinic }: ShareOwner, request: EvaluationRequest): Promise<PartialAnswer> {
    const { network, logger, blame } = this.modules;
    const peerId = this.peerOf(clinic);
    if (peerId === undefined) return { type: 'unavailable' };
    for (let attempt = 1; ; attempt++) {
      try {
        const evaluated: Uint8Array[] = [];
        for await (const bytes of network.request(peerId, EVALUATE.protocol, encodeEvaluationRequest(request))) {
          const chunk = decodeEvaluationChunk(bytes);
          if (chunk.type === 'quota') return chunk;
          if (chunk.type === 'proof') return { type: 'evaluated', evaluated, proof: chunk.proof };
          evaluated.push(...chunk.elements);
        }
        return { type: 'unavailable' };
      } catch (error) {
        const code = codeOf(error);
        logger.debug({ clinic, code }, 'no evaluation from this clinic');
        blame(peerId, error);
        if (attempt === ATTEMPTS || code === undefined || !CUT.has(code)) return { type: 'unavailable' };
      }
    }
  }

  /** Undefined for who is no member any more. */
  peerOf(clinic: number): string | undefined {
    const member = this.modules.members.current.clinic(clinic);
    return member === undefined ? undefined : peerIdOf(member.nodeKey);
  }
}
