// What a gateway's one secret is used for, each use with a key of its own. Gateways that stand before one application share
// the secret: a challenge of one is answered at another.
import { hkdfSha256, hmacSha256 } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { type Network, widen } from '../address.ts';
import { networkKey } from '../network-key.ts';

export interface GatewayKeys {
  readonly challenge: string;
  readonly solution: string;
  readonly binding: Uint8Array;
  readonly clearance: Uint8Array;
  readonly waiting: Uint8Array;
  readonly counters: Uint8Array;
  readonly log: Uint8Array;
}

export const GATEWAY_SECRET_BYTES = 32;

const encoder = new TextEncoder();

export function gatewayKeys(secret: Uint8Array): GatewayKeys {
  if (secret.length !== GATEWAY_SECRET_BYTES) throw new RangeError('a secret of 32 bytes');
  const key = (use: string) => hkdfSha256(secret, new Uint8Array(0), encoder.encode(`wardmesh/gateway/${use}`), 32);
  return {
    challenge: toHex(key('challenge')),
    solution: toHex(key('solution')),
    binding: key('binding'),
    clearance: key('clearance'),
    waiting: key('waiting'),
    counters: key('counters'),
    log: key('log'),
  };
}

/** Telephones move within a provider's network while somebody reads: IPv4 /24, IPv6 /56. */
export function prefixKey(client: Network): string {
  return String(networkKey(widen(client, Math.min(client.prefix, client.family === 4 ? 24 : 56))));
}

/** 16 bytes of a keyed hash over the parts, which may hold anything. */
export function tagOf(key: Uint8Array, parts: readonly string[]): Uint8Array {
  return hmacSha256(key, encoder.encode(JSON.stringify(parts))).subarray(0, 16);
}
