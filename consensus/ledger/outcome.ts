// How statements ended: bytes, root, and the values that rules answer with (PROTOCOL 6.3).
import { CodecError } from '../../common/codec/errors.ts';
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { taggedHash } from '../../common/crypto/tagged-hash.ts';
import { MAX_PAYLOAD_BYTES } from '../limits.ts';
import { merkleRoot } from '../merkle.ts';
import { type RefusalName, refusalCode } from './codes.ts';
import type { EntryOutcome, Outcome, OutcomeStatus } from './types.ts';

/** By status byte; byte 0 is no status. */
const STATUSES: readonly OutcomeStatus[] = ['applied', 'already-applied', 'known', 'attached', 'refused'];
/** The shortest entry of a list is 32 bytes. */
export const MAX_ENTRIES = MAX_PAYLOAD_BYTES / 32;

export const APPLIED: Outcome = plain('applied');
export const ALREADY_APPLIED: Outcome = plain('already-applied');
export const KNOWN: Outcome = plain('known');
export const ATTACHED: Outcome = plain('attached');

export function refused(name: RefusalName): Outcome {
  return { status: 'refused', code: refusalCode(name), entries: [] };
}

/** The outcome of a list: the status that its entries share, with the first one's code, else applied (PROTOCOL 6.4). */
export function listOutcome(entries: readonly EntryOutcome[]): Outcome {
  const [first] = entries;
  const { status, code } = entries.every((entry) => entry.status === first.status) ? first : APPLIED;
  return { status, code, entries: entries.map((entry) => ({ status: entry.status, code: entry.code })) };
}

export function encodeOutcome(outcome: Outcome): Uint8Array {
  const { entries } = outcome;
  if (entries.length > MAX_ENTRIES) throw tooMany(entries.length);
  const out = new Writer(5 + 3 * entries.length);
  writeEntry(out, outcome);
  out.u16(entries.length);
  for (const entry of entries) writeEntry(out, entry);
  return out.finish();
}

/** Throws CodecError. */
export function decodeOutcome(bytes: Uint8Array): Outcome {
  const input = new Reader(bytes);
  const { status, code } = readEntry(input);
  const count = input.u16();
  if (count > MAX_ENTRIES) throw tooMany(count);
  const entries: EntryOutcome[] = [];
  for (let i = 0; i < count; i++) entries.push(readEntry(input));
  input.end();
  return { status, code, entries };
}

/** One leaf of the outcome root. */
export function outcomeLeaf(statementId: Uint8Array, outcome: Outcome): Uint8Array {
  return taggedHash('wardmesh/outcome/1', statementId, encodeOutcome(outcome));
}

/** Root over all statements of a block in order; ids and outcomes run in step. */
export function outcomeRoot(statementIds: readonly Uint8Array[], outcomes: readonly Outcome[]): Uint8Array {
  return merkleRoot(statementIds.map((id, index) => outcomeLeaf(id, outcomes[index])));
}

function plain(status: OutcomeStatus): Outcome {
  return { status, code: 0, entries: [] };
}

function writeEntry(out: Writer, entry: EntryOutcome): void {
  checkCode(entry.status, entry.code);
  out.u8(STATUSES.indexOf(entry.status) + 1).u16(entry.code);
}

function readEntry(input: Reader): EntryOutcome {
  const status = STATUSES[input.u8() - 1];
  if (status === undefined) throw new CodecError({ code: 'codec.value', field: 'outcome.status' });
  const code = input.u16();
  checkCode(status, code);
  return { status, code };
}

/** Only a refusal has a code. */
function checkCode(status: OutcomeStatus, code: number): void {
  if ((status === 'refused') !== (code !== 0)) throw new CodecError({ code: 'codec.value', field: 'outcome.code' });
}

function tooMany(length: number): CodecError {
  return new CodecError({ code: 'codec.length', field: 'outcome.entries', length, limit: MAX_ENTRIES });
}
