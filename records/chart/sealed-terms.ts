// The terms of a consent as custodians keep them: sealed under the chart's consent key, with the salt that the chain's
// commitment was made with. Owns bytes, sealing and the commitment; what terms say is consent/.

import { concatBytes } from '../../common/bytes.ts';
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { Terms } from '../consent/terms.ts';
import { decodeTerms, encodeTerms, MAX_TERMS_BYTES } from '../consent/terms-codec.ts';
import { openUnder, SEAL_BYTES, sealUnder } from './seal.ts';

const SALT_BYTES = 32;
const MAX_SEALED = SALT_BYTES + MAX_TERMS_BYTES + SEAL_BYTES;

export interface SealedTerms {
  readonly clinic: ClinicNumber;
  readonly chart: Uint8Array;
  /** The consent's object on chain. */
  readonly object: Uint8Array;
  /** Of the chart's consent key. */
  readonly epoch: number;
  /** `salt | terms`. */
  readonly sealed: Uint8Array;
}

export interface OpenedTerms {
  readonly terms: Terms;
  /** To compare with what the chain was told. */
  readonly commitment: Uint8Array;
}

/** On chain; says nothing without the salt. */
export function termsCommitment(salt: Uint8Array, terms: Uint8Array): Uint8Array {
  return taggedHash('wardmesh/consent/1', salt, terms);
}

export function sealTerms(
  name: Omit<SealedTerms, 'sealed'>,
  consentKey: Uint8Array,
  salt: Uint8Array,
  terms: Terms,
): SealedTerms {
  const plain = concatBytes(salt, encodeTerms(terms));
  return { ...name, sealed: sealUnder(consentKey, 'terms', nameBytes(name), plain) };
}

/** Throws CryptoError `crypto.open`, CodecError. */
export function openTerms(sealed: SealedTerms, consentKey: Uint8Array): OpenedTerms {
  const plain = openUnder(consentKey, 'terms', nameBytes(sealed), sealed.sealed);
  const terms = plain.subarray(SALT_BYTES);
  return { terms: decodeTerms(terms), commitment: termsCommitment(plain.subarray(0, SALT_BYTES), terms) };
}

/** Undefined where this key opens none of it. */
export function openedTerms(sealed: SealedTerms, consentKey: Uint8Array): OpenedTerms | undefined {
  try {
    return openTerms(sealed, consentKey);
  } catch {
    return undefined;
  }
}

export function encodeSealedTerms(terms: SealedTerms): Uint8Array {
  const name = nameBytes(terms);
  return new Writer(256).fixed(name, name.length).bytes16(terms.sealed, MAX_SEALED).finish();
}

/** Throws CodecError. */
export function decodeSealedTerms(bytes: Uint8Array): SealedTerms {
  const input = new Reader(bytes);
  const [clinic, chart, object, epoch] = [input.u16(), input.fixed(32), input.fixed(32), input.u32()];
  const sealed = input.bytes16(MAX_SEALED);
  input.end();
  if (sealed.length < SEAL_BYTES) throw new CodecError({ code: 'codec.range', field: 'terms' });
  return { clinic, chart, object, epoch, sealed };
}

function nameBytes({ clinic, chart, object, epoch }: Omit<SealedTerms, 'sealed'>): Uint8Array {
  return new Writer(70).u16(clinic).fixed(chart, 32).fixed(object, 32).u32(epoch).finish();
}
