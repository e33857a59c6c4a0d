// Everything that the server can be told, and the bounds that hold when it is not told.
import type { Clock } from '../../common/clock.ts';
import type { Logger } from '../../common/logger.ts';
import type { Registry } from '../../common/metrics.ts';
import type { KeyValueStore } from '../../records/ports.ts';
import type {
  AccessLog,
  ApiKeys,
  BackupStream,
  ChainExport,
  DoorGuard,
  EventSource,
  FeedDoor,
  FileDoor,
  Handlers,
  Sessions,
  TakeoutStream,
  ThreatSources,
} from '../ports.ts';
import type { TlsSource } from './tls-listener.ts';

export interface RateOptions {
  /** Units per second and units at once. */
  readonly rate: number;
  readonly burst: number;
}

export interface RpcLimits {
  /** Per address (IPv6 by /64), without the token. */
  readonly open: RateOptions;
  /** Per session and per API key. */
  readonly signed: RateOptions;
  /** All callers with the token together. */
  readonly operator: RateOptions;
  /** Units that a wrong token costs its address. */
  readonly wrongTokenCost: number;
  /** Addresses that are counted at once. */
  readonly maxAddresses: number;
  /** Sessions and API keys that are counted at once. */
  readonly maxSigned: number;
  readonly openBodyBytes: number;
  readonly signedBodyBytes: number;
  readonly operatorBodyBytes: number;
  /** Bytes of larger bodies, beyond `openBodyBytes`, that are held at once for sessions and API keys. */
  readonly signedBodiesBytes: number;
  /** One WebSocket message; bulk goes over HTTP. */
  readonly socketMessageBytes: number;
  readonly maxConnections: number;
  readonly maxSockets: number;
  readonly maxSocketsPerAddress: number;
  readonly maxSubscriptions: number;
  /** Messages of one WebSocket that are worked on at once; more wait unread. */
  readonly socketConcurrency: number;
  /** Bytes waiting for a subscriber beyond which its WebSocket is cut. */
  readonly maxBufferedBytes: number;
  /** Bytes of answers that wait for their callers. */
  readonly openAnswerBytes: number;
  readonly signedAnswerBytes: number;
  readonly operatorAnswerBytes: number;
  readonly maxBatch: number;
  readonly batchConcurrency: number;
  readonly maxRunning: { readonly open: number; readonly signed: number; readonly operator: number };
  readonly maxExports: number;
  readonly callTimeoutMs: number;
  /** From the first byte of a request to its last. */
  readonly requestTimeoutMs: number;
  /** Of an upload. */
  readonly uploadTimeoutMs: number;
  readonly headersTimeoutMs: number;
  /** To the first byte of a TLS connection, and to the end of its handshake. */
  readonly handshakeTimeoutMs: number;
  /** A socket without any progress. Longer than the longest call. */
  readonly idleTimeoutMs: number;
  readonly heartbeatMs: number;
  /** How long a refused upload may go on unread before it is cut. */
  readonly lingerMs: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

export const DEFAULT_LIMITS: RpcLimits = {
  open: { rate: 50, burst: 400 },
  signed: { rate: 100, burst: 1000 },
  operator: { rate: 2000, burst: 10_000 },
  wrongTokenCost: 20,
  maxAddresses: 65_536,
  maxSigned: 16_384,
  openBodyBytes: 256 * KIB,
  signedBodyBytes: 8 * MIB,
  operatorBodyBytes: 16 * MIB,
  signedBodiesBytes: 128 * MIB,
  socketMessageBytes: 256 * KIB,
  maxConnections: 2048,
  maxSockets: 512,
  maxSocketsPerAddress: 32,
  maxSubscriptions: 16,
  socketConcurrency: 16,
  maxBufferedBytes: MIB,
  openAnswerBytes: 64 * MIB,
  signedAnswerBytes: 128 * MIB,
  operatorAnswerBytes: 256 * MIB,
  maxBatch: 100,
  batchConcurrency: 8,
  maxRunning: { open: 64, signed: 256, operator: 512 },
  maxExports: 2,
  callTimeoutMs: 75_000,
  requestTimeoutMs: 30_000,
  uploadTimeoutMs: 6 * 3_600_000,
  headersTimeoutMs: 10_000,
  handshakeTimeoutMs: 10_000,
  idleTimeoutMs: 120_000,
  heartbeatMs: 15_000,
  lingerMs: 1000,
};

export interface RpcServerOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly token: string;
  /** The clinic's number and the first eight digits of the genesis id, in the names of cookies: `1-0a1b2c3d`. */
  readonly clinicId: string;
  /** Names and addresses, with or without port, that a Host header may carry, e.g. `localhost`, `clinic.example:443`. */
  readonly hosts: readonly string[];
  /** Origins besides the node's own whose pages may call, e.g. `http://localhost:5173`. */
  readonly origins?: readonly string[];
  /** The doors speak TLS with it; without it plain HTTP. */
  readonly tls?: TlsSource;
  /** Proxies, by address or network, whose X-Forwarded-For, -Proto and -Host are believed; nobody else's are. */
  readonly trustedProxies?: readonly string[];
  /** False: reading the chain needs the token too. True when absent. */
  readonly publicReads?: boolean;
  /** Whether /metrics needs the token. True when absent. */
  readonly protectMetrics?: boolean;
  /** Folder of the built pages. Without it there are none. */
  readonly webRoot?: string;
  readonly version: string;
  readonly limits?: Partial<RpcLimits>;
}

export interface RpcServerModules {
  readonly handlers: Handlers;
  readonly events: EventSource;
  readonly chainExport: ChainExport;
  readonly backup?: BackupStream;
  readonly files?: FileDoor;
  readonly takeout?: TakeoutStream;
  readonly feeds?: FeedDoor;
  readonly threatSources?: ThreatSources;
  /** Keeps the answers of writes that carry an Idempotency-Key. */
  readonly answers: KeyValueStore;
  /** Without it nobody can sign in. */
  readonly sessions?: Sessions;
  readonly apiKeys?: ApiKeys;
  readonly accessLog?: AccessLog;
  /** Without one nothing is judged. */
  readonly guard?: DoorGuard;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry?: Registry;
}
