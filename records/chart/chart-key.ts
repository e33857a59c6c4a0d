// What a clinic calls a chart by: a secret per patient, a name of the chart between clinics and the pseudonyms on chain,
// which nobody else can join (design section 6). Owns derivation only.
import { hkdfSha256 } from '#crypto';
import { EMPTY_BYTES } from '../../common/bytes.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';

/** `records.add` and whatever else names a patient by the writing clinic's pseudonym. */
export type SubjectFamily = 'records' | 'appointments';

const encoder = new TextEncoder();

/** Of this clinic, from the storage key: the root of all its charts. */
export function chartSecret(storageKey: Uint8Array): Uint8Array {
  return hkdfSha256(storageKey, EMPTY_BYTES, encoder.encode('wardmesh/chart-secret/1'), 32);
}

/** Secret of one patient's chart at this clinic, 32 bytes. */
export function chartKey(secret: Uint8Array, pid: string): Uint8Array {
  return hkdfSha256(secret, encoder.encode(pid), encoder.encode('wardmesh/chart/1'), 32);
}

/** Names the chart between clinics, never on chain: 32 bytes. */
export function chartId(key: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/chart-id/1', key);
}

/** On chain, 32 bytes: another one for each family and quarter, so that only who has the chart key can join them. */
export function subjectOf(key: Uint8Array, family: SubjectFamily, time: number): Uint8Array {
  return hkdfSha256(key, EMPTY_BYTES, encoder.encode(`wardmesh/subject/1|${family}|${quarterOf(time)}`), 32);
}

/** `2026Q4`, by UTC. */
export function quarterOf(time: number): string {
  const date = new Date(time);
  return `${date.getUTCFullYear()}Q${Math.floor(date.getUTCMonth() / 3) + 1}`;
}
