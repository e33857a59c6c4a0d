// Why an address, a network or a sealed report was not accepted. Metadata never holds the address.
import { CodedError } from '../common/errors.ts';

/** Which rule says so: reserved ranges, or a network of a member's record. */
export type NeverBlockSet = 'reserved' | 'member';

export type GatewayErrorType =
  /** Not an IPv4 or IPv6 address in a form that has one meaning. */
  | { code: 'address.syntax' }
  /** A range outside /24-/32 (IPv4) or /48-/64 (IPv6). */
  | { code: 'address.prefix'; prefix: number }
  /** Bits are set behind the prefix. */
  | { code: 'address.host-bits' }
  /** Reserved, or a network of a member: never blocked. */
  | { code: 'address.never-block'; set: NeverBlockSet }
  | { code: 'blocklist.pins-full'; limit: number }
  /** Ordinary requests match the signature. */
  | { code: 'signature.benign' }
  /** What is wrong with it: signature.ts. */
  | { code: 'signature.invalid'; flaw: string }
  /** Machines proposed one within the hour. */
  | { code: 'signature.too-soon' }
  /** None of the chain's that is not retired. */
  | { code: 'signature.unknown' }
  /** Reports by hand of one organisation fill the list. */
  | { code: 'threat.full'; limit: number }
  /** Blocks without an end that one clinic keeps. */
  | { code: 'threat.lasting-full'; limit: number }
  /** No report of another organisation covers the address. */
  | { code: 'threat.nothing' }
  /** A pattern that says nothing to look for, or a backslash that protects nothing. */
  | { code: 'signature.pattern' }
  /** No member has handed over a threat key that is in use. */
  | { code: 'threat.no-key' }
  /** The attachment does not open under the network key and this report. */
  | { code: 'threat.seal' }
  /** Longer than the network lets a report live, ms. */
  | { code: 'threat.life'; longest: number }
  /** The sealed address is not the one that the tag on chain stands for. */
  | { code: 'threat.tag' }
  | { code: 'limits.full'; limit: number }
  /** A route of the operator's table that has no one meaning. */
  | { code: 'limits.route'; route: string };

const HOUR = 3_600_000;

const NEVER_BLOCKED: Readonly<Record<NeverBlockSet, string>> = {
  reserved: 'A reserved address is never blocked',
  member: "A member's own network is never blocked",
};

/** For people; without the address. */
function sentence(type: GatewayErrorType): string {
  switch (type.code) {
    case 'address.syntax':
      return 'This is no IPv4 or IPv6 address in a form that has one meaning';
    case 'address.prefix':
      return `A range of /${type.prefix} cannot be reported: /24 to /32 for IPv4, /48 to /64 for IPv6`;
    case 'address.host-bits':
      return 'The range has bits set behind its prefix';
    case 'address.never-block':
      return NEVER_BLOCKED[type.set];
    case 'threat.full':
      return `This organisation blocks as many addresses by hand as the list holds, ${type.limit} at most: unblock some first`;
    case 'threat.lasting-full':
      return `This clinic keeps ${type.limit} blocks without an end already`;
    case 'threat.nothing':
      return 'No other organisation reports this address';
    case 'blocklist.pins-full':
      return `There are ${type.limit} local decisions already`;
    case 'signature.benign':
      return 'Ordinary requests of a clinic match this signature';
    case 'signature.invalid':
      return `This is no attack signature: ${type.flaw}`;
    case 'signature.too-soon':
      return 'A gateway proposed an attack signature within this hour already';
    case 'signature.unknown':
      return 'The network has no such attack signature, or it is retired';
    case 'signature.pattern':
      return 'This is no pattern: literals with * between them, ^ and $ as anchors, a backslash before a literal * ^ $ or backslash';
    case 'threat.no-key':
      return 'This clinic holds no threat key that the network uses: a member has to hand it over first';
    case 'threat.seal':
      return 'The report does not open under the network key';
    case 'threat.life':
      return `This network blocks an address for at most ${type.longest / HOUR} hours; report it again before they end`;
    case 'threat.tag':
      return 'The report seals another address than its tag stands for';
    case 'limits.full':
      return `There are ${type.limit} of them already`;
    case 'limits.route':
      return `The route ${type.route} is no path of at most 64 segments, with :name for one of them and * for the rest, and a cost of at least 0`;
  }
}

export class GatewayError extends CodedError<GatewayErrorType> {
  constructor(type: GatewayErrorType, message?: string, options?: ErrorOptions) {
    super(type, message ?? sentence(type), options);
  }
}
