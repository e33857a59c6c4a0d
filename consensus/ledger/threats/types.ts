// Payloads of the threats family (PROTOCOL 7.10): keyed tag and facts; the address is in the sealed attachment alone.

import { CodecError } from '../../../common/codec/errors.ts';
import type { Reader } from '../../../common/codec/reader.ts';
import { Writer } from '../../../common/codec/writer.ts';
import { THREAT_CATEGORIES, THREAT_MODES, type ThreatCategory, type ThreatMode } from '../../../common/threat-names.ts';
import { SALT_BYTES } from '../objects.ts';

export { THREAT_CATEGORIES, THREAT_MODES, type ThreatCategory, type ThreatMode } from '../../../common/threat-names.ts';

export const TAG_BYTES = 16;
export const SEVERITY_STEP = 5;
/** Prefixes that a report may name: one client, or a range around it. */
const PREFIXES = { 4: [24, 32], 6: [48, 64] } as const;
/** Reported times are rounded down to ten minutes, ms. */
export const REPORTED_STEP = 600_000;

export const REVOKE_REASONS = ['mistake', 'resolved', 'appeal', 'policy'] as const;
export type ThreatRevokeReason = (typeof REVOKE_REASONS)[number];

export interface ReportPayload {
  readonly salt: Uint8Array;
  /** Which network threat key made the tag and sealed the attachment. */
  readonly keyEpoch: number;
  readonly tag: Uint8Array;
  readonly category: ThreatCategory;
  /** 0 to 100 in steps of 5. Of an automatic report: its own score, without what others reported, rounded down. */
  readonly severity: number;
  readonly mode: ThreatMode;
  readonly family: 4 | 6;
  /** Bits of the network that the tag names: 24 to 32 or 48 to 64; 32 or 64 for one client. */
  readonly prefix: number;
  /** ms since 1970, rounded down to ten minutes. */
  readonly reported: number;
  readonly expires: number;
}

export function encodeReport(payload: ReportPayload): Uint8Array {
  return new Writer(57)
    .fixed(payload.salt, SALT_BYTES)
    .u32(payload.keyEpoch)
    .fixed(payload.tag, TAG_BYTES)
    .u8(THREAT_CATEGORIES.indexOf(payload.category) + 1)
    .u8(payload.severity)
    .u8(THREAT_MODES.indexOf(payload.mode) + 1)
    .u8(payload.family)
    .u8(payload.prefix)
    .u64(payload.reported)
    .u64(payload.expires)
    .finish();
}

export function readReport(input: Reader): ReportPayload {
  const salt = input.fixed(SALT_BYTES);
  const keyEpoch = input.u32();
  const tag = input.fixed(TAG_BYTES);
  const category = readName(input, THREAT_CATEGORIES, 'threat.category');
  const severity = input.u8();
  if (severity > 100 || severity % SEVERITY_STEP !== 0) fail('threat.severity');
  const mode = readName(input, THREAT_MODES, 'threat.mode');
  const family = input.u8();
  if (family !== 4 && family !== 6) fail('threat.family');
  const prefix = input.u8();
  const [shortest, longest] = PREFIXES[family];
  if (prefix < shortest || prefix > longest) fail('threat.prefix');
  return { salt, keyEpoch, tag, category, severity, mode, family, prefix, reported: input.u64(), expires: input.u64() };
}

/** `threats.extend`: the new end. */
export function encodeExtend(expires: number): Uint8Array {
  return new Writer(8).u64(expires).finish();
}

export function readExtend(input: Reader): number {
  return input.u64();
}

/** `threats.revoke`: why. */
export function encodeRevoke(reason: ThreatRevokeReason): Uint8Array {
  return Uint8Array.of(REVOKE_REASONS.indexOf(reason) + 1);
}

export function readRevoke(input: Reader): ThreatRevokeReason {
  return readName(input, REVOKE_REASONS, 'threat.reason');
}

/** A byte that counts `names` from 1. */
export function readName<T extends string>(input: Reader, names: readonly T[], field: string): T {
  return names[input.u8() - 1] ?? fail(field);
}

function fail(field: string): never {
  throw new CodecError({ code: 'codec.value', field });
}
