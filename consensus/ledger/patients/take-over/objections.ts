// Rules of objections to take-overs (PROTOCOL 7.4.12, 7.4.13): who holds the patient, or took over before, stops one until the
// objection is withdrawn or governance outvotes all of them.
import { verifyEd25519Sync } from '#crypto';
import { equalBytes } from '../../../../common/bytes.ts';
import type { StatementContext } from '../../context.ts';
import { encodeApprovalRow, findApproval } from '../../members/proposal-rows.ts';
import { areMost } from '../../members/quorum.ts';
import { ALREADY_APPLIED, APPLIED, KNOWN, refused } from '../../outcome.ts';
import { decodePayload } from '../../payload.ts';
import { approvalKey, takeOverPartKey } from '../../tables.ts';
import type { Outcome } from '../../types.ts';
import { isAttached } from '../read.ts';
import { put } from './apply.ts';
import { encodePartRow, findAuthority, findPart, findTakeOver, type PartRow, type TakeOverRow } from './rows.ts';
import { objectionObject, outvoteMessage, outvoteObject, readOutvote, readTakeOver } from './types.ts';

export function applyObject(context: StatementContext): Outcome {
  const { statement } = context;
  const asked = objectionOf(context);
  if ('status' in asked) return asked;
  const { takeOver, row, part } = asked;
  if (statement.version < 1 || statement.version > part.version + 1) return refused('version');
  // PROTOCOL 4.8: what has ended already needs no objection
  if (statement.version <= part.version || !row.live) return ALREADY_APPLIED;
  if (part.version > part.ended) return KNOWN;
  if (!mayObject(context, row)) return refused('authority');
  keep(context, { version: statement.version, ended: part.ended });
  put(context, takeOver, 'take-over-objected', { ...row, objections: row.objections + 1 });
  return APPLIED;
}

export function applyWithdraw(context: StatementContext): Outcome {
  const { statement } = context;
  const asked = objectionOf(context);
  if ('status' in asked) return asked;
  const { takeOver, row, part } = asked;
  if (part.version === 0) return refused('unknown-object');
  if (statement.version < 1 || statement.version > part.version) return refused('version');
  if (statement.version <= part.ended) return ALREADY_APPLIED;
  keep(context, { version: part.version, ended: part.version });
  put(context, takeOver, 'take-over-withdrawn', { ...row, objections: row.objections - 1 });
  return APPLIED;
}

/** By a governance key, whoever sends it; the key signs what nothing else asks it to. */
export function applyOutvote(context: StatementContext): Outcome {
  const { state, statement, id, rules } = context;
  const payload = decodePayload(statement.payload, readOutvote);
  if (payload === undefined) return refused('payload');
  const { takeOver, clinic, signature } = payload;
  if (!equalBytes(statement.object, outvoteObject(takeOver, clinic))) return refused('object');
  const row = findTakeOver(state, takeOver);
  if (row === undefined) return refused('unknown-object');
  const before = findApproval(state, takeOver, clinic);
  if (before !== undefined) return equalBytes(before.created, id) ? ALREADY_APPLIED : refused('exists');
  if (statement.version !== 1) return refused('version');
  if (!row.live) return refused('ended');
  const key = rules.members.clinic(clinic)?.governanceKey;
  if (key === undefined || !verifyEd25519Sync(key, outvoteMessage(rules.genesisId, takeOver), signature)) {
    return refused('governance-signature');
  }
  state.set(approvalKey(takeOver, clinic), encodeApprovalRow({ created: id, governanceKey: key }));
  const outvoters = [...row.outvoters, clinic];
  const counted = outvoters.filter((one) => isOutvoter(context, takeOver, one));
  const outvoted = row.outvoted || areMost(rules.genesis.governance, rules.members.clinics, new Set(counted));
  put(context, takeOver, 'take-over-outvote', { ...row, outvoters, outvoted });
  return APPLIED;
}

interface Objection {
  readonly takeOver: Uint8Array;
  readonly row: TakeOverRow;
  readonly part: Omit<PartRow, 'statement'>;
}

/** The author's own objection, made or not, and what it is against. */
function objectionOf({ state, statement }: StatementContext): Objection | Outcome {
  const takeOver = decodePayload(statement.payload, readTakeOver);
  if (takeOver === undefined) return refused('payload');
  if (!equalBytes(statement.object, objectionObject(takeOver, statement.author))) return refused('object');
  const row = findTakeOver(state, takeOver);
  if (row === undefined) return refused('unknown-object');
  return { takeOver, row, part: findPart(state, statement.object) ?? { version: 0, ended: 0 } };
}

/** A clinic that holds the patient, or the key of whoever took over before. */
function mayObject({ state, statement: { author } }: StatementContext, { handle }: TakeOverRow): boolean {
  if (author.type === 'clinic') return isAttached(state, handle, author.clinic);
  const earlier = findAuthority(state, handle);
  return earlier !== undefined && equalBytes(earlier.key, author.key);
}

/** A member whose governance key is still the one that it outvoted with. */
function isOutvoter({ state, rules }: StatementContext, takeOver: Uint8Array, clinic: number): boolean {
  const key = rules.members.clinic(clinic)?.governanceKey;
  const given = findApproval(state, takeOver, clinic);
  return key !== undefined && given !== undefined && equalBytes(given.governanceKey, key);
}

function keep({ state, statement, id }: StatementContext, part: Omit<PartRow, 'statement'>): void {
  state.set(takeOverPartKey(statement.object), encodePartRow({ ...part, statement: id }));
}
