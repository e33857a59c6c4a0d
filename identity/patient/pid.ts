// The form of a universal patient identifier (PID) and the handle that stands for it on chain.
// Owns no computation from identity numbers: patient-identifiers.ts does.
import { bech32m } from '@scure/base';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { IdentifierError } from './errors.ts';

/**
 * Lower-case bech32m, 42 characters: one text per identifier. Secret: never on chain, never logged. With the prefix `pid`
 * it is computed from a document; with `tmp` it is provisional: random, until a PID can be computed and is linked to it.
 */
export type Pid = string;

export const PID_BYTES = 20;

const PREFIX = 'pid';
const PROVISIONAL = 'tmp';
const PID_LENGTH = PREFIX.length + 1 + 32 + 6;

/** Of the 20 bytes of a PID. Throws IdentifierError `identifier.pid` for another length. */
export function formatPid(bytes: Uint8Array): Pid {
  return format(PREFIX, bytes);
}

/** Of 20 random bytes. Throws as `formatPid`. */
export function formatProvisional(bytes: Uint8Array): Pid {
  return format(PROVISIONAL, bytes);
}

export function isProvisional(pid: Pid): boolean {
  return pid.startsWith(PROVISIONAL);
}

/** Accepts upper case and spaces or dashes between groups; the checksum finds typing errors. Throws IdentifierError `identifier.pid`. */
export function parsePid(text: string): Pid {
  const { prefix, bytes } = parse(text);
  return format(prefix, bytes);
}

/** True for text that claims to be a PID, provisional ones included, well typed or not. */
export function looksLikePid(text: string): boolean {
  return /^\s*(?:pid|tmp)1/i.test(text);
}

/** The 20 bytes of a PID or a provisional identifier. Throws IdentifierError `identifier.pid`. */
export function pidBytes(text: string): Uint8Array {
  return parse(text).bytes;
}

/** What stands on chain for the patient: `H(wardmesh/patient-handle/1, the 20 bytes)`, 32 bytes. Throws as `pidBytes`. */
export function handleOf(pid: Pid): Uint8Array {
  return taggedHash('wardmesh/patient-handle/1', pidBytes(pid));
}

function format(prefix: string, bytes: Uint8Array): Pid {
  if (bytes.length !== PID_BYTES) throw new IdentifierError({ code: 'identifier.pid' });
  return bech32m.encode(prefix, bech32m.toWords(bytes));
}

function parse(text: string): { prefix: string; bytes: Uint8Array } {
  const compact = text.length > 4 * PID_LENGTH ? '' : text.replace(/[\s-]/g, '');
  const decoded = compact.length === PID_LENGTH ? bech32m.decodeUnsafe(compact) : undefined;
  const known = decoded?.prefix === PREFIX || decoded?.prefix === PROVISIONAL;
  const bytes = known ? bech32m.fromWordsUnsafe(decoded.words) : undefined;
  if (!decoded || !bytes || bytes.length !== PID_BYTES) throw new IdentifierError({ code: 'identifier.pid' });
  return { prefix: decoded.prefix, bytes };
}
