// The form of a universal patient identifier (PID) and the handle that stands for it on chain.
// Owns no computation from identity numbers: patient-identifiers.ts does.
import { bech32m } from '@scure/base';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { IdentifierError } from './errors.ts';

/** Lower-case bech32m with the prefix `pid`, 42 characters: one text per identifier. Secret: never on chain, never logged. */
export type Pid = string;

export const PID_BYTES = 20;

const PREFIX = 'pid';
const PID_LENGTH = PREFIX.length + 1 + 32 + 6;

/** Of the 20 bytes of a PID. Throws IdentifierError `identifier.pid` for another length. */
export function formatPid(bytes: Uint8Array): Pid {
  if (bytes.length !== PID_BYTES) throw new IdentifierError({ code: 'identifier.pid' });
  return bech32m.encode(PREFIX, bech32m.toWords(bytes));
}

/** Accepts upper case and spaces or dashes between groups; the checksum finds typing errors. Throws IdentifierError `identifier.pid`. */
export function parsePid(text: string): Pid {
  return formatPid(pidBytes(text));
}

/** True for text that claims to be a PID, well typed or not. */
export function looksLikePid(text: string): boolean {
  return /^\s*pid1/i.test(text);
}

/** The 20 bytes of a PID. Throws IdentifierError `identifier.pid`. */
export function pidBytes(text: string): Uint8Array {
  const compact = text.length > 4 * PID_LENGTH ? '' : text.replace(/[\s-]/g, '');
  const decoded = compact.length === PID_LENGTH ? bech32m.decodeUnsafe(compact) : undefined;
  const bytes = decoded?.prefix === PREFIX ? bech32m.fromWordsUnsafe(decoded.words) : undefined;
  if (!bytes || bytes.length !== PID_BYTES) throw new IdentifierError({ code: 'identifier.pid' });
  return bytes;
}

/** What stands on chain for the patient: `H(wardmesh/patient-handle/1, the 20 bytes)`, 32 bytes. Throws as `pidBytes`. */
export function handleOf(pid: Pid): Uint8Array {
  return taggedHash('wardmesh/patient-handle/1', pidBytes(pid));
}
