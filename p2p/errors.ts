// What the network refuses to its own node. What went wrong between two nodes is in reqresp/errors.ts.
import { CodedError } from '../common/errors.ts';

export type NetworkErrorType =
  | { code: 'p2p.listen'; addresses: string; reason: string }
  | { code: 'p2p.options'; field: string }
  | { code: 'p2p.dial-timeout'; peerId: string }
  | { code: 'p2p.started' }
  | { code: 'p2p.topic'; topic: string }
  | { code: 'p2p.message-too-large'; topic: string; bytes: number; limit: number };

export class NetworkError extends CodedError<NetworkErrorType> {}
