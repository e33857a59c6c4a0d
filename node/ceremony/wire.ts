// Shares on their way from dealer to holder (PROTOCOL 8.20): what is asked for, and how a share is sealed to the one clinic
// that may have it.
import { concatBytes } from '../../common/bytes.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { HPKE_OVERHEAD } from '../../common/crypto/hpke.ts';
import { tagPrefix } from '../../common/crypto/tagged-hash.ts';
import { PURPOSES } from '../../consensus/ledger/ceremony/purpose.ts';
import { purposeByte } from '../../consensus/ledger/ceremony/rows.ts';
import type { Run } from '../../consensus/ledger/ceremony/types.ts';
import { readName } from '../../consensus/ledger/threats/types.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { ProtocolOptions } from '../../p2p/ports.ts';

const REQUEST_BYTES = 34;
const SHARE_BYTES = 32;

export const CEREMONY: ProtocolOptions = {
  protocol: '/wardmesh/ceremony/1',
  maxRequestBytes: REQUEST_BYTES,
  maxChunkBytes: SHARE_BYTES + HPKE_OVERHEAD,
  maxChunks: 1,
  rate: 1,
  burst: 16,
};

/** `purpose u8 | ceremony 32 | attempt u8`: what was dealt to whoever asks. */
export function encodeShareRequest({ purpose, ceremony, attempt }: Run): Uint8Array {
  return new Writer(REQUEST_BYTES).u8(purposeByte(purpose)).fixed(ceremony, 32).u8(attempt).finish();
}

/** Throws CodecError. */
export function decodeShareRequest(bytes: Uint8Array): Run {
  const input = new Reader(bytes);
  const run = {
    purpose: readName(input, PURPOSES, 'ceremony.purpose'),
    ceremony: input.fixed(32),
    attempt: input.u8(),
  };
  input.end();
  return run;
}

/** What the seal of a share is bound to: it opens for no other run, dealer or holder. */
export function shareInfo(
  genesisId: Uint8Array,
  { ceremony, attempt }: Pick<Run, 'ceremony' | 'attempt'>,
  dealer: ClinicNumber,
  holder: ClinicNumber,
): Uint8Array {
  const about = new Writer(5).u8(attempt).u16(dealer).u16(holder).finish();
  return concatBytes(tagPrefix('wardmesh/ceremony-share/1'), genesisId, ceremony, about);
}
