// Whose request it is: the right-most address that no trusted proxy has. What stands to its left anybody can have written.
// Owns the reading of X-Forwarded-For, no socket.
import { BoundedMap } from '../common/collections/bounded-map.ts';
import { contains, type Network, parseAddress, parseCidr } from './address.ts';
import { GatewayError } from './errors.ts';

/** Hops that are looked at, from the right; a longer list makes no sense. */
export const MAX_HOPS = 16;
export const MAX_TRUSTED_PROXIES = 256;
/** Addresses of sockets that are remembered as they were read. */
export const MAX_KNOWN_PEERS = 1_024;
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

interface Peer {
  readonly client: Network;
  readonly trusted: boolean;
}

export class AddressTruth {
  private readonly trusted: readonly Network[];
  private readonly peers = new BoundedMap<string, Peer>({ maxEntries: MAX_KNOWN_PEERS });

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
    const known = this.peerOf(peer);
    let { client } = known;
    if (forwardedFor === undefined || !known.trusted) return { client, forwarding: 'direct' };
    // Written to hide behind the proxy: what it appended stands at the right all the same.
    const forwarding = hasMoreHops(forwardedFor) ? 'malformed' : 'proxied';
    let end = forwardedFor.length;
    for (let hop = 0; hop < MAX_HOPS && end !== -1; hop++) {
      const comma = end === 0 ? -1 : forwardedFor.lastIndexOf(',', end - 1);
      const before = addressOf(forwardedFor.slice(comma + 1, end).trim());
      // The proxy that wrote it answers for it.
      if (before === undefined) return { client, forwarding: 'malformed' };
      client = before;
      if (!this.isTrusted(client)) break;
      end = comma;
    }
    return { client, forwarding };
  }

  /** Whether the socket's other end is a proxy of ours, whose word on the request it passes on stands. */
  trusts(peer: string | undefined): boolean {
    return peer !== undefined && this.trusted.length > 0 && this.peerOf(peer).trusted;
  }

  /** Few peers send most requests: proxies, and clients on connections that stay. */
  private peerOf(peer: string): Peer {
    const known = this.peers.get(peer);
    if (known !== undefined) return known;
    const client = parseAddress(peer.split('%', 1)[0]);
    const made = { client, trusted: this.isTrusted(client) };
    this.peers.set(peer, made);
    return made;
  }

  private isTrusted(client: Network): boolean {
    return this.trusted.some((proxies) => contains(proxies, client));
  }
}

/** More than MAX_HOPS. */
function hasMoreHops(forwardedFor: string): boolean {
  let commas = 0;
  for (let at = forwardedFor.indexOf(','); at !== -1; at = forwardedFor.indexOf(',', at + 1)) {
    if (++commas === MAX_HOPS) return true;
  }
  return false;
}

function addressOf(hop: string): Network | undefined {
  const decorated = hop.includes(':') || hop.includes('[');
  const [, six, four] = (decorated ? (WITH_PORT.exec(hop) ?? BRACKETED.exec(hop)) : undefined) ?? [];
  try {
    return parseAddress(six ?? four ?? hop);
  } catch (error) {
    if (error instanceof GatewayError) return undefined;
    throw error;
  }
}
