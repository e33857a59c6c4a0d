// Sealing of threat reports under the network's threat key of an epoch: the tag on chain and the attachment beside it.
// Owns no key: the keystore holds K, its epoch and its end.
import { aeadOpen, aeadSeal, equalSecret, hkdfSha256, hmacSha256, randomBytes } from '#crypto';
import { concatBytes, EMPTY_BYTES } from '../common/bytes.ts';
import { CodecError } from '../common/codec/errors.ts';
import { Writer } from '../common/codec/writer.ts';
import { AEAD_NONCE_BYTES, AEAD_TAG_BYTES } from '../common/crypto/bounds.ts';
import { CryptoError } from '../common/crypto/errors.ts';
import { tagPrefix } from '../common/crypto/tagged-hash.ts';
import type { Network } from './address.ts';
import { GatewayError } from './errors.ts';
import { networkBytes } from './network-codec.ts';
import { decodeThreatPayload, encodeThreatPayload, PAYLOAD_BYTES, type ThreatPayload } from './threat-payload.ts';

/** K of one epoch, 32 bytes: shared by the members, destroyed after its last report. */
export interface ThreatKey {
  readonly epoch: number;
  readonly key: Uint8Array;
}

/** What the seal is bound to; the report's id is not known yet when it is made. */
export interface ThreatContext {
  readonly clinic: number;
  /** ms since 1970: the report's expiry when it was sealed. */
  readonly expires: number;
}

/** Attachment of the report (PROTOCOL 4.6) and the tag that stands on chain, 16 bytes. */
export interface SealedThreat {
  readonly epoch: number;
  readonly tag: Uint8Array;
  readonly salt: Uint8Array;
  readonly bytes: Uint8Array;
}

export const THREAT_TAG_BYTES = 16;
const SALT_BYTES = 32;
const SEALED_BYTES = AEAD_NONCE_BYTES + PAYLOAD_BYTES + AEAD_TAG_BYTES;

const encoder = new TextEncoder();
const TAG_INFO = encoder.encode('wardmesh/threat-tag/1');
const SEAL_INFO = encoder.encode('wardmesh/threat-seal/1');

/** The same address has the same tag under one key; without the key it says nothing. */
export function threatTag(key: ThreatKey, network: Network): Uint8Array {
  const tagKey = hkdfSha256(key.key, EMPTY_BYTES, TAG_INFO, 32);
  return hmacSha256(tagKey, networkBytes(network)).slice(0, THREAT_TAG_BYTES);
}

/** `bytes` is `nonce 12 | AES-256-GCM(payload)`, 300 bytes whatever the payload says. */
export function sealThreat(
  key: ThreatKey,
  context: ThreatContext,
  payload: ThreatPayload,
  random: (length: number) => Uint8Array = randomBytes,
): SealedThreat {
  const salt = random(SALT_BYTES);
  const nonce = random(AEAD_NONCE_BYTES);
  const sealed = aeadSeal(sealKey(key), nonce, encodeThreatPayload(payload), sealedWith(key, context, salt));
  return { epoch: key.epoch, tag: threatTag(key, payload.network), salt, bytes: concatBytes(nonce, sealed) };
}

/** Throws `threat.seal` or `threat.tag`: then the report has no effect. */
export function openThreat(
  key: ThreatKey,
  context: ThreatContext,
  sealed: Pick<SealedThreat, 'tag' | 'salt' | 'bytes'>,
): ThreatPayload {
  const payload = open(key, context, sealed);
  if (!equalSecret(threatTag(key, payload.network), sealed.tag)) throw new GatewayError({ code: 'threat.tag' });
  return payload;
}

function open(
  key: ThreatKey,
  context: ThreatContext,
  { salt, bytes }: Pick<SealedThreat, 'salt' | 'bytes'>,
): ThreatPayload {
  if (bytes.length !== SEALED_BYTES || salt.length !== SALT_BYTES) throw new GatewayError({ code: 'threat.seal' });
  const nonce = bytes.subarray(0, AEAD_NONCE_BYTES);
  try {
    return decodeThreatPayload(
      aeadOpen(sealKey(key), nonce, bytes.subarray(AEAD_NONCE_BYTES), sealedWith(key, context, salt)),
    );
  } catch (error) {
    if (!(error instanceof CryptoError || error instanceof CodecError)) throw error;
    throw new GatewayError({ code: 'threat.seal' }, undefined, { cause: error });
  }
}

function sealKey(key: ThreatKey): Uint8Array {
  return hkdfSha256(key.key, EMPTY_BYTES, SEAL_INFO, 32);
}

function sealedWith(key: ThreatKey, context: ThreatContext, salt: Uint8Array): Uint8Array {
  const fields = new Writer(48)
    .u32(key.epoch)
    .u16(context.clinic)
    .u64(context.expires)
    .fixed(salt, SALT_BYTES)
    .finish();
  return concatBytes(tagPrefix('wardmesh/threat-seal/1'), fields);
}
