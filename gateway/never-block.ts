// What no report can block: reserved ranges, and the networks that stand in members' records, which governance approves: their
// own, and what they stand for. Asked when a report comes in and again whenever a list is used, with overlap in either
// direction. Owns no policy of one clinic: pins do.
import { type Network, overlaps, parseCidr } from './address.ts';
import { GatewayError, type NeverBlockSet } from './errors.ts';

// IANA special-purpose registries (RFC 6890 and successors).
const RESERVED = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '2001::/23',
  '2002::/16',
  '2620:4f:8000::/48',
];

// Everything but 2000::/3 is not global unicast: loopback, mapped, NAT64, unique local, link-local, multicast, unassigned.
const NOT_GLOBAL = ['::/3', '4000::/2', '8000::/1'];

// RFC 5737, RFC 3849, RFC 9637.
const DOCUMENTATION = ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32', '3fff::/20'];

export interface NeverBlockOptions {
  /** The development profile leaves documentation ranges blockable, so that examples need no real address. */
  readonly documentationBlockable: boolean;
}

export class NeverBlock {
  private readonly reserved: readonly Network[];
  private members: readonly Network[] = [];
  private changes = 0;

  constructor(options: NeverBlockOptions) {
    const reserved = [...RESERVED, ...NOT_GLOBAL, ...(options.documentationBlockable ? [] : DOCUMENTATION)];
    this.reserved = reserved.map(parseCidr);
  }

  /** Grows with each change of what stands in `named`. */
  get revision(): number {
    return this.changes;
  }

  /** What members declare now; the reserved ranges are the same everywhere. */
  named(): readonly Network[] {
    return this.members;
  }

  /** Networks of the members in CIDR form, as they declare them now. What is no network protects nothing: gives it back, for the log. */
  setMembers(networks: readonly string[]): string[] {
    const bad: string[] = [];
    this.changes++;
    this.members = networks.flatMap((text) => {
      try {
        return [parseCidr(text)];
      } catch {
        bad.push(text);
        return [];
      }
    });
    return bad;
  }

  /** The set that the network touches, or undefined when it may be blocked. */
  setOf(network: Network): NeverBlockSet | undefined {
    if (this.reserved.some((range) => overlaps(range, network))) return 'reserved';
    return this.members.some((range) => overlaps(range, network)) ? 'member' : undefined;
  }

  /** Throws `address.never-block`. */
  check(network: Network): void {
    const set = this.setOf(network);
    if (set !== undefined) throw new GatewayError({ code: 'address.never-block', set });
  }
}
