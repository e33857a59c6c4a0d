// Evaluates blinded elements of other clinics with this clinic's share of the identifier key: for members alone, within
// their quota, which is taken before anything is computed. It learns how many, never of whom.
import { CryptoError } from '../../common/crypto/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { PartialBatch } from '../../identity/patient/partials.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network } from '../../p2p/ports.ts';
import { ProtocolError } from '../../p2p/reqresp/errors.ts';
import type { Shares } from '../ceremony/shares.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { Quotas } from './quotas.ts';
import { decodeEvaluationRequest, ELEMENTS_IN_CHUNK, EVALUATE, encodeEvaluationChunk } from './wire.ts';

/** Batches under way for all clinics together: each takes turns with the event loop, more of them only make all slower. */
const MAX_BATCHES = 8;

export interface ServeEvaluationsModules {
  readonly network: Network;
  readonly members: Pick<MemberSets, 'current'>;
  readonly shares: Shares;
  readonly quotas: Quotas;
  readonly logger: Logger;
}

export function serveEvaluations(modules: ServeEvaluationsModules): void {
  const { network, members, shares, quotas, logger } = modules;
  let batches = 0;

  network.serve(EVALUATE, async function* (from, request) {
    const { use, generation, blinded } = decodeEvaluationRequest(request);
    const member = members.current.clinics.find(({ nodeKey }) => peerIdOf(nodeKey) === from);
    if (member === undefined) throw new ProtocolError({ code: 'p2p.unavailable', reason: 'not-admitted' });
    const share = shares.own('identifier', generation);
    if (share === undefined) throw new ProtocolError({ code: 'p2p.unavailable', reason: 'identifier.generation' });
    if (batches >= MAX_BATCHES) throw new ProtocolError({ code: 'p2p.unavailable', reason: 'identifier.busy' });
    batches++;
    try {
      const verdict = await quotas.take(member.number, use, blinded.length);
      if (!verdict.ok) {
        logger.warn({ clinic: member.number, use, count: blinded.length }, 'evaluations refused: the quota is used up');
        yield encodeEvaluationChunk({ type: 'quota', until: verdict.until });
        return;
      }
      const batch = new PartialBatch(share);
      for (let at = 0; at < blinded.length; at += ELEMENTS_IN_CHUNK) {
        const elements = await batch.add(blinded.slice(at, at + ELEMENTS_IN_CHUNK));
        yield encodeEvaluationChunk({ type: 'elements', elements });
      }
      yield encodeEvaluationChunk({ type: 'proof', proof: batch.prove() });
    } catch (error) {
      // What is no element was sent by the asker.
      if (error instanceof CryptoError)
        throw new ProtocolError({ code: 'p2p.bad-request', reason: 'identifier.element' });
      throw error;
    } finally {
      batches--;
    }
  });
}
