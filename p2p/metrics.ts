// What the network counts. Labels are our own protocol, topic and outcome names, never a peer.
import { counter, gauge, histogram, type Registry } from '../common/metrics.ts';

export type P2pMetrics = ReturnType<typeof createP2pMetrics>;

/** Asked at each scrape. */
export interface P2pGauges {
  peers(): number;
  gossipPeers(): number;
  quarantined(): number;
  throttled(): number;
  gossipWaiting(): number;
}

export function createP2pMetrics(registry: Registry | undefined, read: P2pGauges) {
  return {
    peers: gauge(registry, {
      name: 'wardmesh_p2p_peers',
      help: 'Members with an open connection',
      collect: read.peers,
    }),
    gossipPeers: gauge(registry, {
      name: 'wardmesh_p2p_gossip_peers',
      help: 'Members with both gossip streams open; below wardmesh_p2p_peers for more than seconds is a fault',
      collect: read.gossipPeers,
    }),
    quarantined: gauge(registry, {
      name: 'wardmesh_p2p_quarantined_peers',
      help: 'Peers that are kept away for a while',
      collect: read.quarantined,
    }),
    throttled: gauge(registry, {
      name: 'wardmesh_p2p_throttled_peers',
      help: 'Peers whose requests are put off for a while',
      collect: read.throttled,
    }),
    gossipWaiting: gauge(registry, {
      name: 'wardmesh_p2p_gossip_waiting_messages',
      help: 'Messages that wait for their handler',
      collect: read.gossipWaiting,
    }),
    denied: counter(registry, {
      name: 'wardmesh_p2p_connections_denied_total',
      help: 'Connections refused by the gater',
      labels: ['direction', 'reason'],
    }),
    dials: counter(registry, {
      name: 'wardmesh_p2p_dials_total',
      help: 'Dials of the supervisor',
      labels: ['outcome'],
    }),
    recycled: counter(registry, {
      name: 'wardmesh_p2p_connections_recycled_total',
      help: 'Connections closed because their gossip streams were dead',
    }),
    violations: counter(registry, {
      name: 'wardmesh_p2p_violations_total',
      help: 'Connections closed because the peer broke the framing',
      labels: ['reason'],
    }),
    goodbyes: counter(registry, {
      name: 'wardmesh_p2p_goodbyes_total',
      help: 'Goodbyes by their reason',
      labels: ['direction', 'reason'],
    }),
    gossipReceived: counter(registry, {
      name: 'wardmesh_p2p_gossip_received_total',
      help: 'Messages received, by verdict',
      labels: ['topic', 'verdict'],
    }),
    gossipPublished: counter(registry, {
      name: 'wardmesh_p2p_gossip_published_total',
      help: 'Messages of ours, by whether any peer was sent them',
      labels: ['topic', 'outcome'],
    }),
    requestsSent: counter(registry, {
      name: 'wardmesh_p2p_requests_sent_total',
      help: 'Requests of ours by outcome',
      labels: ['protocol', 'outcome'],
    }),
    requestSeconds: histogram(registry, {
      name: 'wardmesh_p2p_request_seconds',
      help: 'Requests of ours from asking to the last chunk taken',
      labels: ['protocol'],
      buckets: [0.005, 0.025, 0.1, 0.5, 1, 5, 30],
    }),
    requestsServed: counter(registry, {
      name: 'wardmesh_p2p_requests_served_total',
      help: 'Requests of others by outcome',
      labels: ['protocol', 'outcome'],
    }),
    responseBytes: counter(registry, {
      name: 'wardmesh_p2p_response_bytes_total',
      help: 'Bytes in response chunks',
      labels: ['protocol', 'direction'],
    }),
  };
}
