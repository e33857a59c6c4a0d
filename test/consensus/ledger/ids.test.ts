// The ids of PROTOCOL 4, computed here from its words with nothing of ours.
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { keyObject, keyPossessionMessage, roleObject } from '../../../consensus/ledger/accounts/types.ts';
import { attachmentCommitment } from '../../../consensus/ledger/attachment.ts';
import { childId, objectId } from '../../../consensus/ledger/objects.ts';
import { outcomeLeaf, refused } from '../../../consensus/ledger/outcome.ts';
import { attachmentObject } from '../../../consensus/ledger/patients/apply.ts';
import { statementId } from '../../../consensus/ledger/statement.ts';
import { patientClinicKey, roleKey } from '../../../consensus/ledger/tables.ts';
import { signTransaction } from '../../../consensus/ledger/transaction.ts';
import { byClinic, named, person, RULES, salt, statement } from './fixture.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** H(tag, x) of 2.1, `x` given as hex. */
function H(tag: string, ...parts: readonly string[]): string {
  const length = Buffer.of(tag.length);
  return createHash('sha256')
    .update(Buffer.concat([length, Buffer.from(tag), Buffer.from(parts.join(''), 'hex')]))
    .digest('hex');
}

const G = hex(RULES.genesisId);
const { key, author } = person('dora');
const K = hex(key);
const P = hex(named('parent'));

it('derives objects from kind, author and salt, and children from parent, kind and who (4.2)', () => {
  const S = hex(salt('s'));
  expect(hex(objectId(0x0a01, byClinic(258), salt('s')))).toBe(H('wardmesh/object/1', '0a01', '01', '0102', S));
  expect(hex(objectId(0x0301, author, salt('s')))).toBe(H('wardmesh/object/1', '0301', '02', K, S));
  expect(hex(childId(named('parent'), 0x0402, key))).toBe(H('wardmesh/child/1', P, '0402', K));
  expect(hex(attachmentObject(named('parent'), 3))).toBe(H('wardmesh/child/1', P, '0402', '0003'));
  expect(hex(keyObject(named('parent'), key))).toBe(H('wardmesh/child/1', P, '0302', K));
  expect(hex(roleObject(named('parent'), 3, 'nurse'))).toBe(H('wardmesh/child/1', P, '0304', '0003', '03'));
});

it('hashes statements, transactions, commitments and proofs of possession as stated (4.1, 4.4, 4.6, 7.3.2)', () => {
  const one = statement({
    kind: 0x0501,
    author,
    version: 7,
    issued: 258,
    payload: Uint8Array.of(9),
    attachment: named('a'),
  });
  const body = `050102${K}${'00'.repeat(32)}00000007${'0000000000000102'}000109${`01${hex(named('a'))}`}`;
  expect(hex(statementId(RULES.genesisId, one))).toBe(H('wardmesh/statement/1', G, body));
  const sender = named('sender');
  const sealed = signTransaction(RULES.genesisId, { sender, sequence: 1, validUntil: 2, statements: [one] }, () =>
    new Uint8Array(64).fill(5),
  );
  const signed = `${body}01${'00'.repeat(64)}`;
  const length = (signed.length / 2).toString(16).padStart(4, '0');
  const unsigned = `01${hex(sender)}0000000000000001000000000000000201${length}${signed}`;
  expect(hex(sealed.bytes)).toBe(`${unsigned}01${'05'.repeat(64)}`);
  expect(hex(sealed.id)).toBe(H('wardmesh/tx/1', G, unsigned));
  expect(hex(sealed.witnessId)).toBe(H('wardmesh/tx-witness/1', `${unsigned}01${'05'.repeat(64)}`));
  const attachment = { salt: named('salt'), bytes: Uint8Array.of(1, 2) };
  expect(hex(attachmentCommitment(attachment))).toBe(H('wardmesh/attachment/1', hex(named('salt')), '0102'));
  const message = keyPossessionMessage(RULES.genesisId, named('parent'), key);
  expect(hex(message)).toBe(H('wardmesh/key-possession/1', G, P, K));
});

it('lays outcomes and raw keys out as stated (6.1, 6.3, 6.6)', () => {
  const outcome = { ...refused('version'), entries: [refused('exists')] };
  expect(hex(outcomeLeaf(named('id'), outcome))).toBe(
    H('wardmesh/outcome/1', hex(named('id')), '05000700010500', '09'),
  );
  expect(hex(patientClinicKey(named('parent'), 3))).toBe(`41${P}0003`);
  expect(hex(roleKey(named('parent'), 3, 8))).toBe(`32${P}000308`);
});
