// What the signature of who wrote a version counts for, by the chain's row of its key: held by whoever reads, at a clinic or from a
// takeout (PROTOCOL 13.2.1). Owns the decision; the content is held against the digest by whoever has it.
import { equalBytes } from '../../common/bytes.ts';
import { decodeKeyRow } from '../../consensus/ledger/accounts/rows.ts';
import { verifyAuthorWord } from './author-word.ts';
import type { Manifest } from './manifest.ts';

/**
 * `none`: nobody signed. `valid`: a key of the author's account did, not after it ended. `key-lost`: so, but the key was
 * reported lost since. `key-unknown`: the chain has no such key, or not any more. `invalid`: the signature is not of this
 * version, not of its author, or not of the time that the version is dated.
 */
export type AuthorStanding = 'none' | 'valid' | 'key-lost' | 'key-unknown' | 'invalid';

/** How far from now a device may say that it signed. */
export const SIGNING_WINDOW_MS = 300_000;
/** From the moment that a version is dated to the look at its signature, which may wait for others. */
const SIGNING_SLACK_MS = 60_000;

/** `patient`: as the chain names it; `row`: of the signing key. */
export async function authorStanding(
  manifest: Manifest,
  patient: Uint8Array,
  row: Uint8Array | undefined,
  genesisId: Uint8Array,
): Promise<AuthorStanding> {
  const { author, signed } = manifest;
  if (signed === undefined) return 'none';
  // Signed once, posted again later: the clinic dates a version, and the signature says when it was made.
  const timely = Math.abs(manifest.written - signed.at) <= SIGNING_WINDOW_MS + SIGNING_SLACK_MS;
  if (!timely || author === undefined) return 'invalid';
  if (!(await verifyAuthorWord({ ...manifest, author }, patient, signed, genesisId))) return 'invalid';
  if (row === undefined) return 'key-unknown';
  const key = decodeKeyRow(row);
  const late = key.status !== 'live' && signed.at > key.revokedAt;
  if (!equalBytes(key.account, author) || late) return 'invalid';
  return key.status === 'compromised' ? 'key-lost' : 'valid';
}
