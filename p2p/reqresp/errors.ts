// Why a request got no full answer (asker's side), and how a handler says no (server's side).
import { CodedError } from '../../common/errors.ts';

export type RequestErrorType =
  | { code: 'p2p.not-connected'; protocol: string }
  | { code: 'p2p.unknown-protocol'; protocol: string }
  | { code: 'p2p.self-limited'; protocol: string }
  | { code: 'p2p.request-too-large'; protocol: string; bytes: number; limit: number }
  | { code: 'p2p.unsupported'; protocol: string }
  /** The stream was reset before any answer: too many streams at the remote. Back off. */
  | { code: 'p2p.busy'; protocol: string }
  | { code: 'p2p.timeout'; protocol: string; chunks: number }
  | { code: 'p2p.aborted'; protocol: string }
  /** The answer stopped without its end marker. */
  | { code: 'p2p.truncated'; protocol: string; chunks: number }
  | { code: 'p2p.rate-limited'; protocol: string; retryAfterMs: number }
  /** The remote's handler said no; `reason` is its code or empty. */
  | { code: 'p2p.bad-request'; protocol: string; reason: string }
  | { code: 'p2p.server-error'; protocol: string; reason: string }
  | { code: 'p2p.unavailable'; protocol: string; reason: string }
  /** The remote broke the framing; the connection is closed. */
  | { code: 'p2p.violation'; protocol: string; reason: ViolationReason };

export class RequestError extends CodedError<RequestErrorType> {}

export type ViolationReason = 'frame-too-large' | 'unknown-status' | 'malformed-frame' | 'too-many-chunks' | 'trailing';

/** Bytes that no correct sender produces. Ends the connection, unlike load. */
export class FramingViolation extends Error {
  readonly reason: ViolationReason;

  constructor(reason: ViolationReason) {
    super(reason);
    this.name = 'FramingViolation';
    this.reason = reason;
  }
}

export type ProtocolErrorType =
  | { code: 'p2p.bad-request'; reason: string }
  | { code: 'p2p.server-error'; reason: string }
  | { code: 'p2p.unavailable'; reason: string };

/** Thrown by a RequestHandler to pick the status that the asker sees. `reason`: a code of at most 64 of `[a-z0-9.-]`. */
export class ProtocolError extends CodedError<ProtocolErrorType> {}
