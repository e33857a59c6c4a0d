// Every bound of the network layer with its reason; docs/LIMITS.md repeats them. Limits of one protocol or topic are
// given where it is registered (ports.ts). Times are ms, sizes bytes.

const KIB = 1024;
const MIB = 1024 * KIB;

// Connections ------------------------------------------------------------------------------------------------------

/** 200 clinics are the most that a network is built for; each may briefly hold two connections (both dialled). */
export const MAX_CONNECTIONS = 400;
/** Clinics of one organisation share an address behind one NAT; the library's 5 a second refuses most of them at once. */
export const INBOUND_CONNECTIONS_PER_SECOND = 50;
/** Strangers cost a key exchange before they are known to be strangers. */
export const MAX_PENDING_INBOUND = 64;
/** Encryption and multiplexing of a new connection; a stranger who says nothing holds a place that long. */
export const UPGRADE_TIMEOUT_MS = 5_000;
export const DIAL_TIMEOUT_MS = 5_000;
/** Dials that the supervisor has under way at one time. */
export const MAX_DIALS = 16;
/** Multiaddresses kept of one member; a member record names at most as many. */
export const MAX_ADDRESSES = 8;
/** Up to this many members everybody is connected to everybody: thirty streams of gossip cost little (P 1.6). */
export const FULL_MESH_MEMBERS = 30;
/** Members that each dials in a larger network: any third of 200 may be gone and the rest is still one network. */
export const MESH_DEGREE = 12;
/** Dials that failed in a row before another member takes the place of one that is not reached. */
export const UNREACHED_AFTER = 3;
/** A stall of a peer's event loop of 20 s is not a dead peer (P 1.4). */
export const PING_INTERVAL_MS = 15_000;
export const PING_TIMEOUT_MS = 20_000;

// Relays -----------------------------------------------------------------------------------------------------------

/** Members that one node relays for: of 200 clinics few stand behind NAT, and several nodes relay. */
export const RELAY_RESERVATIONS = 32;
/** Relayed connections of one member, in and out: below what one connection has of streams. */
export const RELAYED_CONNECTIONS = 64;
/** Relays that a member behind NAT holds a place at: one may go. */
export const RELAYS_USED = 2;
/** Relays that are tried on one dial of a member. */
export const RELAYS_TRIED = 4;

// Streams ----------------------------------------------------------------------------------------------------------

/** All streams that one connection may have open towards us: gossip, ping, identify and the protocols. */
export const MAX_INBOUND_STREAMS = 96;
/** Must stay below STREAM_BUFFER_BYTES: a paused stream still receives one whole window. */
export const STREAM_WINDOW_BYTES = MIB;
/** Unread bytes of one stream; beyond it the stream is reset. */
export const STREAM_BUFFER_BYTES = 4 * MIB;
/** Unread response bytes beyond the frame wanted now; above it the stream is paused and the sender waits. */
export const READ_AHEAD_BYTES = 256 * KIB;
/** Unsent bytes of an answer with which its next chunk is made, so that the line never waits for that. */
export const WRITE_AHEAD_BYTES = 256 * KIB;

// Requests ---------------------------------------------------------------------------------------------------------

/** Streams of one protocol that one peer may have open towards us; the remote's own limit of 2 leaves room for resets. */
export const INBOUND_STREAMS_PER_PROTOCOL = 4;
/** Requests of ours in flight for one peer and protocol: a peer that honours the same rule never sees a third. */
export const OUTBOUND_REQUESTS_PER_PROTOCOL = 2;
/** Requests of ours waiting for those; beyond it asking fails at once. */
export const WAITING_REQUESTS_PER_PROTOCOL = 64;
/** Opening the stream, sending the request, and until the first frame of the answer. */
export const REQUEST_TIMEOUT_MS = 5_000;
/** For each further chunk, in both directions. */
export const CHUNK_TIMEOUT_MS = 10_000;
/** Refused requests of one peer that are borne, over all protocols; beyond it the peer is throttled. */
export const REFUSALS = { rate: 0.5, burst: 30 };
export const REFUSED_THROTTLE_MS = 10_000;
/** The reason in an error frame is a code such as `chain.pruned`. */
export const MAX_REASON_BYTES = 64;
/** Rate-limiter keys of one protocol: one for each peer that can be connected, with room for changes. */
export const MAX_RATE_KEYS = 1_024;
/** What a protocol may set as its own limit: a frame is held in memory whole, on both sides. */
export const MAX_FRAME_BYTES = 4 * MIB;

// Gossip -----------------------------------------------------------------------------------------------------------

/** One gossip frame both ways (the library's own bound): the largest block is 2 MiB, answers to IWANT carry more. */
export const GOSSIP_FRAME_BYTES = 4 * MIB;
/** Unsent gossip of one peer: beyond it the stream is cut and the supervisor recycles the connection (P 1.5). */
export const GOSSIP_OUTBOUND_BYTES = 16 * MIB;
/** Messages of one topic that wait for their handler, together. */
export const GOSSIP_QUEUE_BYTES = 32 * MIB;
/** Handlers of one topic under way at one time: enough for signatures to be verified in parallel. */
export const GOSSIP_CONCURRENCY = 32;
/** Frames and bytes of one peer a second: several times what a full network sends; beyond it the sender waits. */
export const GOSSIP_FRAMES_IN = { rate: 25_000, burst: 50_000 };
export const GOSSIP_BYTES_IN = { rate: 32 * MIB, burst: 64 * MIB };
/** Time for which handlers are started before the event loop gets its turn. */
export const GOSSIP_SLICE_MS = 8;
/**
 * How long a message is known as seen. Longer than it is offered by anyone (12 heartbeats); short, because what was
 * ignored under load is not delivered again before.
 */
export const GOSSIP_SEEN_MS = 30_000;
/** Messages below this size are cheaper sent twice than announced as unwanted. */
export const GOSSIP_IDONTWANT_BYTES = 16 * KIB;
export const GOSSIP_IWANT_FOLLOWUP_MS = 12_000;

// Supervisor -------------------------------------------------------------------------------------------------------

export const SUPERVISOR_TICK_MS = 500;
export const REDIAL_BASE_MS = 500;
export const REDIAL_MAX_MS = 60_000;
/** A connection without both gossip streams for this long is closed and dialled again. */
export const DEAD_GOSSIP_MS = 3_000;
/** Graceful closing of a connection; then it is cut. */
export const CLOSE_TIMEOUT_MS = 1_000;

// Goodbye and quarantine -------------------------------------------------------------------------------------------

/** A goodbye is a courtesy: nobody waits long for it. */
export const GOODBYE_TIMEOUT_MS = 500;
/** How long we leave a peer alone that said goodbye for another reason than its own shutdown. */
export const GOODBYE_PAUSE_MS = 60_000;
/** A peer that broke the framing is running other software or is hostile; either lasts longer than a redial. */
export const VIOLATION_QUARANTINE_MS = 60_000;
/** Peers in quarantine, and peers that are throttled: members alone get so far that they can be put there. */
export const MAX_TIMED_PEERS = 1_024;
// Standing ---------------------------------------------------------------------------------------------------------

/** Peers whose behaviour is counted; the oldest makes room. */
export const MAX_STANDINGS = 1_024;
/** What a peer did long ago says little of it now. */
export const STANDING_HALF_LIFE_MS = 600_000;
/** Good behaviour makes up for a few timeouts, never for a long series of them. */
export const STANDING_MOST = 20;
/** Lower, and the connection ends with a goodbye: 16 timeouts in a row, or 25 rejected messages. */
export const STANDING_LEAST = -60;
/** Long enough for the members to sync from somebody else, short enough for a clinic that was only overloaded. */
export const STANDING_PAUSE_MS = 120_000;
