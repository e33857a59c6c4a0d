// The network that an address belongs to, as budgets of guesses count it: IPv4 by /24, IPv6 by /64.
import { formatNetwork, parseAddress, widen } from '../../gateway/address.ts';

/** Text that is no address stands for itself. */
export function addressPrefix(address: string): string {
  try {
    const network = parseAddress(address.split('%')[0]);
    return formatNetwork(widen(network, network.family === 4 ? 24 : 64));
  } catch {
    return address.slice(0, 64);
  }
}
