// Why an address, a network or a sealed report was not accepted. Metadata never holds the address.
import { CodedError } from '../common/errors.ts';

export type GatewayErrorType =
  /** Not an IPv4 or IPv6 address in a form that has one meaning. */
  | { code: 'address.syntax' }
  /** A range outside /24-/32 (IPv4) or /48-/64 (IPv6). */
  | { code: 'address.prefix'; prefix: number }
  /** Bits are set behind the prefix. */
  | { code: 'address.host-bits' }
  /** Reserved, or a member's own network: never blocked. */
  | { code: 'address.never-block'; set: 'reserved' | 'member' }
  | { code: 'blocklist.pins-full'; limit: number }
  /** The attachment does not open under the network key and this report. */
  | { code: 'threat.seal' }
  /** The sealed address is not the one that the tag on chain stands for. */
  | { code: 'threat.tag' };

export class GatewayError extends CodedError<GatewayErrorType> {}
