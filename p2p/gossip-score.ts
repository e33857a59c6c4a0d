// How gossipsub scores peers: eth2's thresholds, penalties for rejected messages and broken promises, nothing for slow
// topics or shared addresses (P 1.3, 1.6).
import { createTopicScoreParams, type PeerScoreParams, type PeerScoreThresholds } from '@libp2p/gossipsub/score';

export const scoreThresholds: PeerScoreThresholds = {
  gossipThreshold: -4_000,
  publishThreshold: -8_000,
  graylistThreshold: -16_000,
  acceptPXThreshold: 100,
  opportunisticGraftThreshold: 5,
};

export function scoreParams(topics: readonly string[]): Partial<PeerScoreParams> {
  const params = createTopicScoreParams({
    topicWeight: 0.5,
    timeInMeshWeight: 0.033,
    timeInMeshQuantum: 12_000,
    timeInMeshCap: 300,
    firstMessageDeliveriesWeight: 1,
    firstMessageDeliveriesDecay: 0.9,
    firstMessageDeliveriesCap: 40,
    // A topic may be silent for a block interval or for ever; silence is no fault.
    meshMessageDeliveriesWeight: 0,
    meshFailurePenaltyWeight: 0,
    // The square of the count: about 15 rejected messages reach the graylist.
    invalidMessageDeliveriesWeight: -140,
    invalidMessageDeliveriesDecay: 0.99,
  });
  return {
    topics: Object.fromEntries(topics.map((topic) => [topic, params])),
    topicScoreCap: 32,
    // Identity is the PeerId of a member; clinics behind one address are normal.
    IPColocationFactorWeight: 0,
    appSpecificScore: () => 0,
    appSpecificWeight: 0,
    behaviourPenaltyWeight: -15.92,
    behaviourPenaltyThreshold: 6,
    behaviourPenaltyDecay: 0.986,
  };
}
