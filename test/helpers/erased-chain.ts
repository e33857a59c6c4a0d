// What the chain says of records of a clinic that an erasure names, as state rows.
import { randomBytes } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import { encodeErasureRow, encodeSubjectRow } from '../../consensus/ledger/keys/rows.ts';
import { encodeRecordRow } from '../../consensus/ledger/records/rows.ts';
import { erasureKey, recordKey, subjectKey } from '../../consensus/ledger/tables.ts';

/** By keys in hex. */
export type StateRows = Map<string, Uint8Array>;

/** Of records that nobody erased yet; gives their subject. */
export function recordOnChain(chain: StateRows, clinic: number, records: readonly Uint8Array[]): Uint8Array {
  const subject = randomBytes(32);
  const object = { created: randomBytes(32), latest: randomBytes(32), version: 1, live: true };
  for (const record of records) {
    const row = { ...object, clinic, subject, commitment: randomBytes(32), account: undefined };
    chain.set(toHex(recordKey(record)), encodeRecordRow(row));
  }
  return subject;
}

export function eraseOnChain(chain: StateRows, clinic: number, subject: Uint8Array, approved: number): void {
  const erasure = randomBytes(32);
  const object = { created: randomBytes(32), latest: randomBytes(32), version: 1, live: true };
  chain.set(toHex(subjectKey(clinic, subject)), encodeSubjectRow({ holds: 0, erasure }));
  chain.set(
    toHex(erasureKey(erasure)),
    encodeErasureRow({ ...object, clinic, subjects: [subject], approvals: [], approved }),
  );
}
