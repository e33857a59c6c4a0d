// Statements about attack signatures for tests.
import {
  THREATS_SIGNATURE_CONFIRM,
  THREATS_SIGNATURE_PROPOSE,
  THREATS_SIGNATURE_RETIRE,
} from '../../../consensus/ledger/kinds.ts';
import {
  encodeProposeSignature,
  encodeRetireSignature,
  type RetireReason,
  signatureObject,
} from '../../../consensus/ledger/threats/signatures/types.ts';
import type { Statement } from '../../../consensus/ledger/types.ts';
import { byClinic, statement } from './fixture.ts';

export function propose(clinic: number, definition: Uint8Array, fields: Partial<Statement> = {}): Statement {
  const head = { kind: THREATS_SIGNATURE_PROPOSE, author: byClinic(clinic), version: 1 };
  const object = signatureObject(definition);
  return statement({ ...head, object, payload: encodeProposeSignature(definition), ...fields });
}

export function confirm(clinic: number, object: Uint8Array, fields: Partial<Statement> = {}): Statement {
  const head = { kind: THREATS_SIGNATURE_CONFIRM, author: byClinic(clinic), version: 1 };
  return statement({ ...head, object, payload: new Uint8Array(0), ...fields });
}

export function retire(
  clinic: number,
  object: Uint8Array,
  reason: RetireReason = 'outdated',
  fields: Partial<Statement> = {},
): Statement {
  const head = { kind: THREATS_SIGNATURE_RETIRE, author: byClinic(clinic), version: 1 };
  return statement({ ...head, object, payload: encodeRetireSignature(reason), ...fields });
}
