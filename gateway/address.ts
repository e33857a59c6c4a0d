// Addresses and networks in one canonical form: every accepted spelling gives the same value, every other is refused.
// One bad value in a list can disarm a firewall, so nothing ambiguous passes. Owns no list.
import ipaddr from 'ipaddr.js';
import { GatewayError } from './errors.ts';

export type Family = 4 | 6;

/** A network by its upper 64 bits; host bits are zero. A single IPv4 address is /32; an IPv6 client is its /64. */
export interface Network {
  readonly family: Family;
  readonly prefix: number;
  /** u32. The whole address in IPv4. */
  readonly high: number;
  /** u32. The second half of the upper 64 bits in IPv6; 0 in IPv4. */
  readonly low: number;
}

const LONGEST_TEXT = 49;
const DECIMAL = /^(?:0|[1-9]\d{0,2})$/;
const GROUP = /^[0-9a-f]{1,4}$/i;

/** What may be reported: one address, or a range of /24-/32 or /48-/64. Throws GatewayError. */
export function parseNetwork(text: string): Network {
  const { address, prefix } = split(text);
  const network = prefix === undefined ? clientNetwork(address) : masked(address, prefix);
  const [shortest, longest] = network.family === 4 ? [24, 32] : [48, 64];
  if (network.prefix < shortest || network.prefix > longest) {
    throw new GatewayError({ code: 'address.prefix', prefix: network.prefix });
  }
  return network;
}

/** The client behind one address: IPv4 /32, IPv6 /64. Throws GatewayError, also for a range. */
export function parseAddress(text: string): Network {
  const four = dotted(text);
  if (four !== -1) return { family: 4, prefix: 32, high: four, low: 0 };
  return clientNetwork(parseBytes(text));
}

/** Any network in CIDR form up to IPv6 /64, as members declare their own. */
export function parseCidr(text: string): Network {
  const { address, prefix } = split(text);
  if (prefix === undefined) return clientNetwork(address);
  return masked(address, prefix);
}

/** Lower case, compressed; the prefix is left out for a single IPv4 address. */
export function formatNetwork({ family, prefix, high, low }: Network): string {
  if (family === 4) {
    const address = [high >>> 24, (high >>> 16) & 255, (high >>> 8) & 255, high & 255].join('.');
    return prefix === 32 ? address : `${address}/${prefix}`;
  }
  return `${new ipaddr.IPv6([high >>> 16, high & 0xffff, low >>> 16, low & 0xffff, 0, 0, 0, 0]).toRFC5952String()}/${prefix}`;
}

/** More than one client: not a single IPv4 address, nor the /64 of an IPv6 one. */
export function isRange({ family, prefix }: Network): boolean {
  return prefix < (family === 4 ? 32 : 64);
}

/** True when every address of `inner` lies in `outer`. */
export function contains(outer: Network, inner: Network): boolean {
  return outer.family === inner.family && outer.prefix <= inner.prefix && sameUpTo(outer, inner, outer.prefix);
}

/** True when the two have an address in common. */
export function overlaps(a: Network, b: Network): boolean {
  return a.family === b.family && sameUpTo(a, b, Math.min(a.prefix, b.prefix));
}

/** The network of length `prefix` that holds `network`; `prefix` is not above its own. */
export function widen({ family, high, low }: Network, prefix: number): Network {
  return { family, prefix, high: mask(high, prefix), low: mask(low, prefix - 32) };
}

function sameUpTo(a: Network, b: Network, prefix: number): boolean {
  return mask(a.high, prefix) === mask(b.high, prefix) && mask(a.low, prefix - 32) === mask(b.low, prefix - 32);
}

function mask(word: number, bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? word : (word & ~(2 ** (32 - bits) - 1)) >>> 0;
}

function split(text: string): { address: Uint8Array; prefix: number | undefined } {
  const at = text.indexOf('/');
  if (at === -1) return { address: parseBytes(text), prefix: undefined };
  const digits = text.slice(at + 1);
  if (!DECIMAL.test(digits)) throw new GatewayError({ code: 'address.syntax' });
  const address = parseBytes(text.slice(0, at));
  const prefix = Number(digits);
  // ::ffff:192.0.2.0/120 names the IPv4 network 192.0.2.0/24.
  const mapped = address.length === 4 && text.includes(':');
  if (mapped && prefix < 96) throw new GatewayError({ code: 'address.prefix', prefix });
  return { address, prefix: mapped ? prefix - 96 : prefix };
}

function clientNetwork(address: Uint8Array): Network {
  if (address.length === 4) return { family: 4, prefix: 32, high: word(address, 0), low: 0 };
  return { family: 6, prefix: 64, high: word(address, 0), low: word(address, 4) };
}

function masked(address: Uint8Array, prefix: number): Network {
  const family = address.length === 4 ? 4 : 6;
  if (prefix > (family === 4 ? 32 : 64)) throw new GatewayError({ code: 'address.prefix', prefix });
  const given: Network = { ...clientNetwork(address), prefix };
  const network = widen(given, prefix);
  const behind = family === 6 && (word(address, 8) !== 0 || word(address, 12) !== 0);
  if (behind || network.high !== given.high || network.low !== given.low) {
    throw new GatewayError({ code: 'address.host-bits' });
  }
  return network;
}

/** Four plain decimal numbers, u32; -1 for everything else. Nearly every address that is asked about has this form. */
function dotted(text: string): number {
  const { length } = text;
  if (length > 15) return -1;
  let address = 0;
  let part = -1;
  let dots = 0;
  for (let at = 0; at < length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit === -2) {
      if (part === -1 || ++dots > 3) return -1;
      address = address * 256 + part;
      part = -1;
    } else if (digit < 0 || digit > 9 || part === 0) return -1;
    else {
      part = part === -1 ? digit : part * 10 + digit;
      if (part > 255) return -1;
    }
  }
  return part === -1 || dots !== 3 ? -1 : address * 256 + part;
}

/** 4 or 16 bytes. IPv4 in IPv6 is IPv4, and only in its mapped form. */
function parseBytes(text: string): Uint8Array {
  if (text.length > LONGEST_TEXT) throw new GatewayError({ code: 'address.syntax' });
  const dotted = text.slice(text.lastIndexOf(':') + 1);
  const hasDots = dotted.includes('.');
  if (hasDots && !dotted.split('.').every((part) => DECIMAL.test(part)))
    throw new GatewayError({ code: 'address.syntax' });
  if (!text.includes(':')) {
    const parts = text.split('.').map(Number);
    if (!hasDots || parts.length !== 4 || parts.some((part) => part > 255)) {
      throw new GatewayError({ code: 'address.syntax' });
    }
    return Uint8Array.from(parts);
  }
  // Groups of one to four hex digits and at most one gap; ipaddr.js alone would take zone ids and longer groups.
  const groups = (hasDots ? text.slice(0, text.lastIndexOf(':') + 1) : text).split(':');
  if (!groups.every((group) => group === '' || GROUP.test(group)) || !ipaddr.IPv6.isValid(text)) {
    throw new GatewayError({ code: 'address.syntax' });
  }
  const bytes = Uint8Array.from(ipaddr.IPv6.parse(text).toByteArray());
  const mapped = bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  // ipaddr.js reads the deprecated ::192.0.2.1 as mapped; it has no meaning any more.
  if (hasDots && (!mapped || !/ffff:[0-9.]+$/i.test(text))) throw new GatewayError({ code: 'address.syntax' });
  return mapped ? bytes.slice(12) : bytes;
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}
