// The failure that a caller of a door sees, on both ends: the server makes an error object of it, the client makes it
// of an error object. Browser-safe. Codes of services pass through as they are; the door's own begin with `rpc.`.
import { CodedError } from '../common/errors.ts';

export interface RpcErrorType {
  /** Stable name, e.g. `rpc.unauthorized` or `patient.bad-number`. */
  code: string;
  /** The JSON-RPC error code. */
  number: number;
  /** Metadata of the code. */
  details: Readonly<Record<string, unknown>>;
}

export class RpcError extends CodedError<RpcErrorType> {
  get details(): Readonly<Record<string, unknown>> {
    return this.type.details;
  }
}

export const PARSE_ERROR = -32700;
export const INVALID_REQUEST = -32600;
export const METHOD_NOT_FOUND = -32601;
export const INVALID_PARAMS = -32602;
export const INTERNAL_ERROR = -32603;
/** A service refused; `data.code` says why. */
export const SERVICE_ERROR = -32000;
/** The door refused: no right, too much, too large, too busy; `data.code` says which. */
export const DOOR_ERROR = -32001;

/** The door's own refusals with the sentence and HTTP status that they have. */
const DOOR = {
  'rpc.unauthorized': [401, 'Sign in first'],
  'rpc.bad-token': [401, 'The token is not valid'],
  'rpc.forbidden': [403, 'Your roles do not allow this'],
  'rpc.scope': [403, 'This API key has no scope for it'],
  'session.factor-needed': [403, 'Confirm with your second factor first'],
  'rpc.csrf': [403, 'This did not come from a page of this node'],
  'session.http-only': [400, 'This sets a cookie: call it alone, over HTTP'],
  'rpc.host': [403, 'The Host header names no address of this node'],
  'rpc.origin': [403, 'Pages of this origin may not call this node'],
  'rpc.not-found': [404, 'There is nothing at this address'],
  'feeds.stix-off': [404, 'This clinic gives out no STIX and no TAXII: the setting feeds.stix switches them on'],
  'feeds.family': [400, 'fam is 4 for IPv4 or 6 for IPv6; without it the list has both'],
  'rpc.websocket-only': [426, 'This needs a WebSocket'],
  'rpc.too-large': [413, 'The request is too large'],
  'rpc.media-type': [415, 'The request must be application/json'],
  'rpc.length': [411, 'An upload says its length'],
  'rpc.bad-request': [400, 'The request cannot be read'],
  'rpc.method-not-allowed': [405, 'Not with this method'],
  'rpc.not-acceptable': [406, 'Answers are application/json'],
  'rpc.method-override': [400, 'A request has the one method that it was sent with'],
  'rpc.idempotency-key': [400, 'This Idempotency-Key cannot be taken here'],
  'rpc.idempotency-reused': [422, 'This Idempotency-Key was used with another request'],
  'rpc.idempotency-running': [409, 'The request with this Idempotency-Key is still worked on'],
  'rpc.idempotency-lost': [409, 'The request with this Idempotency-Key broke off: look whether it took effect'],
  'rpc.idempotency-full': [429, 'Too many answers are kept for Idempotency-Keys'],
  'rpc.rate-limited': [429, 'Too many requests'],
  'rpc.busy': [503, 'The node is busy'],
  'rpc.timeout': [504, 'The call took too long'],
  'rpc.too-many-subscriptions': [429, 'This connection has too many subscriptions'],
  'rpc.stopping': [503, 'The node is stopping'],
} as const satisfies Record<string, readonly [status: number, sentence: string]>;

export type DoorCode = keyof typeof DOOR;

/** What every method may end with because of the node's own disk; nothing was acknowledged then. */
const NODE_FAILURES: Readonly<Record<string, string>> = {
  'store.disk-full': 'The disk of this node is full: nothing new is taken until there is room',
  'store.damaged': 'A database of this node is damaged: it is put right at its next start',
  'store.failed': 'The disk of this node refuses to work',
  'store.not-synced': 'The disk of this node failed a write: nothing new is taken until all is written there anew',
  'store.recovering': 'This node was restored and is bringing back the keys of its records: try again in a minute',
  'store.worker': 'The chain store of this node ended: the node starts again',
  'store.closed': 'The node is stopping',
};

/** The refusal for a failure of the node's disk, or undefined for another code. */
export function nodeFailure(cause: CodedError<{ code: string }>): RpcError | undefined {
  const sentence = NODE_FAILURES[cause.code];
  if (sentence === undefined) return undefined;
  return new RpcError({ code: cause.code, number: SERVICE_ERROR, details: {} }, sentence, { cause });
}

export function doorError(code: DoorCode, details: Readonly<Record<string, unknown>> = {}): RpcError {
  return new RpcError({ code, number: DOOR_ERROR, details }, DOOR[code][1]);
}

/** The HTTP status of one of the door's own refusals; undefined for another code. */
export function doorStatus(code: string): number | undefined {
  return Object.hasOwn(DOOR, code) ? DOOR[code as DoorCode][0] : undefined;
}

/** The HTTP status for a refusal outside a JSON-RPC answer. */
export function httpStatusOf(error: RpcError): number {
  return doorStatus(error.code) ?? 500;
}

/** `issues` name each wrong parameter by its path. */
export function invalidParams(issues: readonly { path: string; message: string }[]): RpcError {
  return new RpcError({ code: 'rpc.invalid-params', number: INVALID_PARAMS, details: { issues } }, 'Invalid params');
}
