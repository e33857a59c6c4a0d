// Whether a statement that stood in a final block told the chain of this version of a record: with its commitment, or that
// it was entered in error. Pure: the proof of the statement was verified before.
import { equalBytes } from '../../common/bytes.ts';
import { Reader } from '../../common/codec/reader.ts';
import { RECORDS_ADD, RECORDS_AMEND } from '../../consensus/ledger/kinds.ts';
import { objectId } from '../../consensus/ledger/objects.ts';
import { addendumObject, readAmend, readRecords } from '../../consensus/ledger/records/types.ts';
import type { OutcomeStatus, Statement } from '../../consensus/ledger/types.ts';
import type { Verified } from '../../consensus/proofs/verify-proof.ts';
import { encodeManifest, type Manifest, manifestCommitment, reasonCommitment } from '../chart/manifest.ts';

const TAKEN: readonly OutcomeStatus[] = ['applied', 'already-applied'];

export function tellsOf(
  { conclusion }: Verified,
  { manifest, salt }: { readonly manifest: Manifest; readonly salt: Uint8Array },
): boolean {
  if (conclusion.type !== 'statement') return false;
  const statement = conclusion.transaction.transaction.statements[conclusion.statement];
  const commitment = manifestCommitment(salt, encodeManifest(manifest));
  const { outcome } = conclusion;
  if (statement.kind === RECORDS_ADD) {
    return readRecords(new Reader(statement.payload)).some(
      (entry, index) =>
        TAKEN.includes(outcome.entries[index]?.status ?? 'refused') &&
        manifest.version === 1 &&
        equalBytes(objectId(RECORDS_ADD, statement.author, entry.salt), manifest.record) &&
        equalBytes(entry.commitment, commitment),
    );
  }
  return statement.kind === RECORDS_AMEND && TAKEN.includes(outcome.status) && amends(statement, manifest, salt);
}

function amends(statement: Statement, manifest: Manifest, salt: Uint8Array): boolean {
  const amendment = readAmend(new Reader(statement.payload));
  if (amendment.type !== manifest.amendment) return false;
  if (!equalBytes(amendment.reason, reasonCommitment(salt, manifest.reason))) return false;
  if (amendment.type === 'addendum') {
    const { about } = manifest;
    const made = addendumObject(amendment.record, statement.author, amendment.salt);
    if (about === undefined || !equalBytes(about, amendment.record) || !equalBytes(made, manifest.record)) return false;
  } else if (!equalBytes(amendment.record, manifest.record) || statement.version !== manifest.version) return false;
  const commitment = manifestCommitment(salt, encodeManifest(manifest));
  return amendment.type === 'entered-in-error' || equalBytes(amendment.commitment, commitment);
}
