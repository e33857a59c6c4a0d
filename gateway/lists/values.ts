// What foreign formats call a network: canonical text and nothing else, since one bad value disarms a whole firewall. Pure.
import { formatNetwork, type Network } from '../address.ts';
import type { ListedNetwork } from './listed.ts';

/** Whether it is one IPv4 address. IPv6 clients are whole /64 networks. */
export function isAddress({ family, prefix }: Network): boolean {
  return family === 4 && prefix === 32;
}

/** With its prefix always, also of a single address. */
export function cidrOf(network: Network): string {
  return isAddress(network) ? `${formatNetwork(network)}/32` : formatNetwork(network);
}

/** The single IPv4 addresses of a network, at most 256; none of IPv6. */
export function addressesOf(network: Network): Network[] {
  if (network.family === 6 || network.prefix < 24) return [];
  return Array.from({ length: 2 ** (32 - network.prefix) }, (_, offset) => ({
    ...network,
    prefix: 32,
    high: network.high + offset,
  }));
}

/** Whole seconds left, at least 1: a firewall that is told 0 keeps an entry for ever. */
export function secondsLeft({ until }: Pick<ListedNetwork, 'until'>, now: number): number {
  return Math.max(1, Math.ceil((until - now) / 1000));
}
