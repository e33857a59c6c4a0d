// The values that genesis and founder documents are made of, as JSON: hex keys, 0x integers, names, addresses, networks.
// Owns their spelling (one for each value) and the key that a complaint names.
import { z } from 'zod';
import { parseHex, toHex } from '../../common/bytes.ts';
import { isOwnNetwork } from '../../consensus/ledger/members/own-network.ts';
import { formatNetwork, parseCidr } from '../../gateway/address.ts';
import { GenesisError } from './errors.ts';

const MAX_NAME_BYTES = 200;
const MAX_ADDRESS_CHARACTERS = 200;
const MAX_ADDRESSES = 16;
const MAX_NETWORKS = 64;

const encoder = new TextEncoder();

/** 32 bytes. */
export const keyField = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits')
  .transform((text) => parseHex(text) ?? new Uint8Array(0));

export const bigField = z
  .string()
  .regex(/^0x(?:0|[1-9a-f][0-9a-f]{0,63})$/, 'must be lower-case hex after 0x, without leading zeros, up to 256 bits')
  .transform((text) => BigInt(text));

export const timeField = z.int().min(0);
export const spanField = z.int().min(1);

export const nameField = z
  .string()
  .refine((text) => /^[^\p{Cc}]+$/u.test(text) && text.trim() === text, 'must not be empty or hold control characters')
  .refine((text) => text.isWellFormed() && text.normalize('NFC') === text, 'must be Unicode in NFC')
  .refine((text) => encoder.encode(text).length <= MAX_NAME_BYTES, `must have at most ${MAX_NAME_BYTES} bytes`);

/** A multiaddress without the peer id, which the node key gives. */
const addressField = z
  .string()
  .max(MAX_ADDRESS_CHARACTERS)
  .regex(/^\/(?:ip4|ip6|dns|dns4|dns6)\/[^/\s]+\/tcp\/[1-9]\d{0,4}$/, 'must be like /ip4/192.0.2.1/tcp/9641');

const networkField = z
  .string()
  .refine(isCanonicalNetwork, 'must be a network in CIDR form, host bits zero')
  .refine(isOwnNetwork, 'must be no wider than IPv4 /28 or IPv6 /56');

export const addressesField = z.array(addressField).max(MAX_ADDRESSES);
export const networksField = z.array(networkField).max(MAX_NETWORKS);

export function formatBig(value: bigint): string {
  return `0x${value.toString(16)}`;
}

/** Parses text as JSON of the schema's shape, exactly: unknown keys are refused too. */
export function parseDocument<T>(schema: z.ZodType<T>, text: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new GenesisError({ code: 'genesis.syntax', reason: 'not JSON' }, undefined, { cause: error });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]] : issue.path;
  throw new GenesisError({ code: 'genesis.invalid', key: formatPath(path), reason: issue.message });
}

/** JSON with two spaces and an end of line; bytes as hex, bigint as 0x. */
export function formatDocument(document: object): string {
  const text = JSON.stringify(
    document,
    (_, value) => (value instanceof Uint8Array ? toHex(value) : typeof value === 'bigint' ? formatBig(value) : value),
    2,
  );
  return `${text}\n`;
}

function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

function isCanonicalNetwork(text: string): boolean {
  try {
    return formatNetwork(parseCidr(text)) === text;
  } catch {
    return false;
  }
}
