// Whose request it is: the right-most address that no trusted proxy has. What stands to its left anybody can have written.
// Owns the reading of X-Forwarded-For, no socket.
import { contains, type Network, parseAddress, parseCidr } from './address.ts';
import { GatewayError } from './errors.ts';

/** Hops that are looked at, from the right; a longer list makes no sense. */
export const MAX_HOPS = 16;
export const MAX_TRUSTED_PROXIES = 256;
/** `192.0.2.1:4711` and `[2001:db8::1]:4711`: some proxies write the port. */
const WITH_PORT = /^(?:\[([0-9a-f:.]+)\]|(\d+\.\d+\.\d+\.\d+)):\d{1,5}$/i;
const BRACKETED = /^\[([0-9a-f:.]+)\]$/i;

export interface AddressTruthOptions {
  /** Networks of the proxies in front, CIDR; IPv6 by /64 at most. Empty: the socket's address counts. */
  readonly trustedProxies: readonly string[];
}

export interface TrueAddress {
  /** IPv4 /32 or IPv6 /64. */
  readonly client: Network;
  readonly forwarding: 'direct' | 'proxied' | 'malformed';
}

export class AddressTruth {
  private readonly trusted: readonly Network[];

  /** Throws GatewayError for what is no network. */
  constructor(options: AddressTruthOptions) {
    if (options.trustedProxies.length > MAX_TRUSTED_PROXIES) {
      throw new GatewayError({ code: 'limits.full', limit: MAX_TRUSTED_PROXIES });
    }
    this.trusted = options.trustedProxies.map(parseCidr);
  }

  /**
   * `peer`: of the socket. `forwardedFor`: all values of X-Forwarded-For in their order, joined by commas. Throws
   * GatewayError for a peer that is no address; what others wrote never throws.
   */
  of(peer: string, forwardedFor: string | undefined): TrueAddress {
    const zone = peer.indexOf('%');
    let client = parseAddress(zone === -1 ? peer : peer.slice(0, zone));
    if (forwardedFor === undefined || !this.isTrusted(client)) return { client, forwarding: 'direct' };
    const hops = forwardedFor.split(',');
    // Written to hide behind the proxy: what it appended stands at the right all the same.
    const forwarding = hops.length > MAX_HOPS ? 'malformed' : 'proxied';
    for (const hop of hops.reverse().slice(0, MAX_HOPS)) {
      const before = addressOf(hop.trim());
      // The proxy that wrote it answers for it.
      if (before === undefined) return { client, forwarding: 'malformed' };
      client = before;
      if (!this.isTrusted(client)) break;
    }
    return { client, forwarding };
  }

  /** Whether the socket's other end is a proxy of ours, whose word on the request it passes on stands. */
  trusts(peer: string | undefined): boolean {
    if (peer === undefined || this.trusted.length === 0) return false;
    const network = addressOf(peer.split('%', 1)[0]);
    return network !== undefined && this.isTrusted(network);
  }

  private isTrusted(client: Network): boolean {
    return this.trusted.some((proxies) => contains(proxies, client));
  }
}

function addressOf(hop: string): Network | undefined {
  const [, six, four] = WITH_PORT.exec(hop) ?? BRACKETED.exec(hop) ?? [];
  try {
    return parseAddress(six ?? four ?? hop);
  } catch (error) {
    if (error instanceof GatewayError) return undefined;
    throw error;
  }
}
