// What the rest of the node sees of the network: bytes, topics and protocols. Knows no block and no consent.
import type { Behaviour, Standing } from './standing.ts';

export type Verdict = 'accept' | 'reject' | 'ignore';

/** Runs on a bounded queue; what it throws counts as ignore. */
export type GossipHandler = (from: string, data: Uint8Array) => Promise<Verdict>;

/** Answers one request with zero or more chunks; a thrown ProtocolError picks the status that the asker sees, a CodecError is a bad request. */
export type RequestHandler = (from: string, request: Uint8Array) => AsyncIterable<Uint8Array>;

export interface ProtocolOptions {
  /** e.g. `/wardmesh/blocks-by-range/1`. */
  readonly protocol: string;
  readonly maxRequestBytes: number;
  readonly maxChunkBytes: number;
  readonly maxChunks: number;
  /** GCRA per peer: `cost` units (default 1 a request) refill at `rate` per second up to `burst`. */
  readonly rate: number;
  readonly burst: number;
  cost?(request: Uint8Array): number;
}

export interface TopicOptions {
  readonly topic: string;
  readonly maxBytes: number;
  /** Lower runs first: threat and block 0, vote 1, transaction 2. */
  readonly priority: number;
  /** Messages waiting for the handler; beyond it the newest is ignored. */
  readonly queue: number;
  /** Handlers of this topic under way at one time (default GOSSIP_CONCURRENCY). */
  readonly concurrency?: number;
}

export interface PeerAddress {
  readonly peerId: string;
  /** Multiaddresses without the peer id. */
  readonly addresses: readonly string[];
}

/** How a peer behaved since this node started; `score` is what it amounts to lately (p2p/standing.ts). */
export type { Behaviour, Standing };

export interface PeerInfo {
  readonly peerId: string;
  readonly address: string;
  readonly direction: 'inbound' | 'outbound';
  /** Through another member, because one of the two cannot be dialled. */
  readonly relayed: boolean;
  /** ms since 1970. */
  readonly since: number;
  /** Both gossip streams are open and the peer has named its topics: publishing reaches it. */
  readonly gossip: boolean;
  readonly latencyMs: number | undefined;
  /** Gossip score: 0 or a little more is normal; rejected messages make it negative. */
  readonly score: number;
  readonly standing: Standing;
}

export interface Network {
  readonly peerId: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The allow-list, live: others are denied, those dropped from it are hung up on. */
  setMembers(members: readonly PeerAddress[]): void;
  peers(): readonly PeerInfo[];
  /** Listening multiaddresses with the peer id. */
  addresses(): readonly string[];
  subscribe(options: TopicOptions, handler: GossipHandler): void;
  /** Resolves with how many peers it was sent to; never throws for want of peers. */
  publish(topic: string, data: Uint8Array): Promise<number>;
  serve(options: ProtocolOptions, handler: RequestHandler): void;
  /** Throws RequestError with the reason; the iterable ends only after the remote's explicit end marker. */
  request(peerId: string, protocol: string, request: Uint8Array, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /** After a member is connected, and after it is gone. Returns the unsubscriber. */
  onPeer(listener: (event: 'connected' | 'disconnected', peerId: string) => void): () => void;
  /** How a peer has behaved, connected or not. */
  standing(peerId: string): Standing;
  /** Counts against a peer, or for it, what only the caller can judge. */
  observe(peerId: string, behaviour: Behaviour): void;
  /** For a while its requests are put off and its gossip counts only where minutes matter: blocks, threats, votes. */
  throttle(peerId: string, ms: number): void;
  /** Peers kept away until they are allowed again, members or not: at once, with a goodbye. */
  setBanned(peerIds: ReadonlySet<string>): void;
  /** Closes the connection with a goodbye code and quarantines the peer for `quarantineMs` (0: not at all). */
  disconnect(peerId: string, reason: number, quarantineMs: number): Promise<void>;
}
