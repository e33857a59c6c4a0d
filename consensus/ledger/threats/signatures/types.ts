// Payloads of attack signatures (PROTOCOL 7.10.40 to 7.10.42). What the bytes of one mean is for gateway/signatures/: the
// chain keeps them as they are, so that every clinic has the same.

import { CodecError } from '../../../../common/codec/errors.ts';
import type { Reader } from '../../../../common/codec/reader.ts';
import { Writer } from '../../../../common/codec/writer.ts';
import { taggedHash } from '../../../../common/crypto/tagged-hash.ts';
import { RETIRE_REASONS, type RetireReason } from '../../../../common/threat-names.ts';
import { THREATS_SIGNATURE_PROPOSE } from '../../kinds.ts';
import { childId, NO_OBJECT } from '../../objects.ts';
import { readName } from '../types.ts';

export { RETIRE_REASONS, type RetireReason } from '../../../../common/threat-names.ts';

export const MAX_DEFINITION_BYTES = 256;

/** One definition is one object, whoever proposes it. */
export function signatureObject(definition: Uint8Array): Uint8Array {
  const hash = taggedHash('wardmesh/threat-signature/1', definition);
  return childId(NO_OBJECT, THREATS_SIGNATURE_PROPOSE, hash);
}

/** `threats.signature-propose`: 1 to 256 bytes of the definition. */
export function encodeProposeSignature(definition: Uint8Array): Uint8Array {
  return new Writer(2 + MAX_DEFINITION_BYTES).bytes16(definition, MAX_DEFINITION_BYTES).finish();
}

export function readProposeSignature(input: Reader): Uint8Array {
  const definition = input.bytes16(MAX_DEFINITION_BYTES);
  if (definition.length === 0) throw new CodecError({ code: 'codec.value', field: 'signature' });
  return definition;
}

/** `threats.signature-confirm` says nothing but that it is one. */
export function readConfirmSignature(_input: Reader): Record<string, never> {
  return {};
}

/** `threats.signature-retire`: why. */
export function encodeRetireSignature(reason: RetireReason): Uint8Array {
  return Uint8Array.of(RETIRE_REASONS.indexOf(reason) + 1);
}

export function readRetireSignature(input: Reader): RetireReason {
  return readName(input, RETIRE_REASONS, 'signature.reason');
}
