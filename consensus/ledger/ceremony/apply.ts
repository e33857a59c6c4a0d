// Rules of the ceremony family (PROTOCOL 7.13): keys that the members make together and that none of them has. Shares go
// from clinic to clinic, sealed; here stand commitments, complaints and what answers them.
import { equalBytes } from '../../../common/bytes.ts';
import { CryptoError } from '../../../common/crypto/errors.ts';
import { decodeCommitments, isShareOf } from '../../../common/crypto/feldman.ts';
import { decodeElement, decodeScalar } from '../../../common/crypto/group.ts';
import { verifyKnowledge } from '../../../common/crypto/schnorr.ts';
import type { StatementContext } from '../context.ts';
import { CEREMONY_BEGIN } from '../kinds.ts';
import { objectId } from '../objects.ts';
import { ALREADY_APPLIED, APPLIED, refused } from '../outcome.ts';
import { decodePayload } from '../payload.ts';
import { ceremonyCommitKey, complaintKey } from '../tables.ts';
import type { Outcome } from '../types.ts';
import { GENESIS_GENERATION } from './purpose.ts';
import {
  type CeremonyPart,
  type CeremonyRow,
  type CeremonyStep,
  encodeCommitRow,
  encodeComplaintRow,
  findCeremony,
  findCommit,
  findComplaint,
  MAX_CEREMONY_CLINICS,
} from './rows.ts';
import {
  allCommitted,
  allConfirmed,
  dealersOf,
  holdersOf,
  isRunning,
  mostComplaints,
  newPart,
  partOf,
  REST_BLOCKS,
  startDealing,
  withPart,
} from './run.ts';
import { baseGeneration, factsOf, leaveOut, makeGeneration, move, type Place, putCeremony } from './settle.ts';
import { thresholdOf } from './threshold.ts';
import {
  ceremonyObject,
  commitContext,
  type Run,
  readAnswer,
  readBegin,
  readCommit,
  readComplain,
  readResult,
} from './types.ts';

export function applyBegin(context: StatementContext): Outcome {
  const { statement, state, id, rules, header, sender } = context;
  const payload = decodePayload(statement.payload, readBegin);
  if (payload === undefined) return refused('payload');
  const { purpose, mode, generation } = payload;
  const object = objectId(CEREMONY_BEGIN, statement.author, payload.salt);
  if (!equalBytes(statement.object, object)) return refused('object');
  if (statement.version !== 1) return refused('version');
  const last = findCeremony(state, purpose);
  if (last !== undefined && equalBytes(last.ceremony, object)) {
    return equalBytes(last.created, id) ? ALREADY_APPLIED : refused('exists');
  }
  if (last !== undefined && isRunning(last)) return refused('ceremony-running');
  if (last !== undefined && header.height <= last.since + REST_BLOCKS) return refused('ceremony-rest');
  // PROTOCOL 7.13.4: a key that was made is reshared, never replaced
  const made = last?.made ?? GENESIS_GENERATION;
  if (generation !== made + 1 || (mode === 'generate' && made !== GENESIS_GENERATION)) {
    return refused('ceremony-generation');
  }
  const base = mode === 'reshare' ? baseGeneration(rules.genesis, state, purpose, made) : undefined;
  if (mode === 'reshare' && base === undefined) return refused('ceremony-generation');
  const clinics = [...rules.members.clinics].sort((a, b) => a.number - b.number);
  const holders = clinics.slice(0, MAX_CEREMONY_CLINICS);
  const parts = holders.map(({ number }) =>
    newPart(number, base === undefined || base.verificationShare(number) !== undefined, true),
  );
  const threshold = thresholdOf(holders);
  const needed = base?.threshold ?? threshold;
  if (parts.filter(({ mayDeal }) => mayDeal).length < needed) return refused('ceremony-clinics');
  const row: CeremonyRow = {
    ...{ ceremony: object, created: id, clinic: sender.clinic, mode, generation, made, threshold, needed, parts },
    attempt: 1,
    step: 'commit',
    since: header.height,
  };
  putCeremony(state, purpose, row);
  context.emit('begun', { ...factsOf(purpose, row), mode, clinic: sender.clinic });
  return APPLIED;
}

export function applyCommit(context: StatementContext): Outcome {
  const { statement, state, id, rules, header } = context;
  const payload = decodePayload(statement.payload, readCommit);
  if (payload === undefined) return refused('payload');
  const found = runOf(context, payload, ['commit'], ceremonyObject(statement.kind, payload, context.sender.clinic));
  if ('status' in found) return found;
  const { row, part } = found;
  if (!part.mayDeal) return refused('ceremony-part');
  const before = findCommit(state, row.ceremony, part.clinic);
  if (before !== undefined) return equalBytes(before.created, id) ? ALREADY_APPLIED : refused('exists');
  const { commitments, proof, purpose } = payload;
  if (commitments.length !== row.threshold) return refused('ceremony-commitments');
  if (row.mode === 'reshare') {
    const base = baseGeneration(rules.genesis, state, purpose, row.generation - 1);
    const own = base?.verificationShare(part.clinic);
    if (own === undefined || !equalBytes(own, commitments[0])) return refused('ceremony-commitments');
  }
  const bound = commitContext(rules.genesisId, payload, part.clinic);
  const good = inGroup(() => {
    decodeCommitments(commitments);
    return verifyKnowledge(decodeElement(commitments[0]), bound, proof);
  });
  if (!good) return refused('ceremony-commitments');
  state.set(ceremonyCommitKey(row.ceremony, part.clinic), encodeCommitRow({ created: id, commitments }));
  const next = withPart(row, part.clinic, { committed: true });
  context.emit('committed', { ...factsOf(purpose, row), clinic: part.clinic });
  move(placeOf(context), purpose, row, allCommitted(next) ? startDealing(next, header.height) : next);
  return APPLIED;
}

export function applyComplain(context: StatementContext): Outcome {
  const { statement, state, id, sender } = context;
  const payload = decodePayload(statement.payload, readComplain);
  if (payload === undefined) return refused('payload');
  const { dealer, purpose } = payload;
  const object = ceremonyObject(statement.kind, payload, sender.clinic, dealer);
  const found = runOf(context, payload, ['deal'], object);
  if ('status' in found) return found;
  const { row, part } = found;
  const accused = partOf(row, dealer);
  if (!part.holds || part.confirmed || !accused?.deals || dealer === part.clinic) return refused('ceremony-part');
  const before = findComplaint(state, row.ceremony, part.clinic, dealer);
  if (before !== undefined) return equalBytes(before.created, id) ? ALREADY_APPLIED : refused('exists');
  state.set(complaintKey(row.ceremony, part.clinic, dealer), encodeComplaintRow({ created: id, share: undefined }));
  const made = { complaints: part.complaints + 1, waiting: part.waiting + 1 };
  const against = { against: accused.against + 1, unanswered: accused.unanswered + 1 };
  const next = withPart(withPart(row, part.clinic, made), dealer, against);
  context.emit('complained', { ...factsOf(purpose, row), clinic: part.clinic, dealer });
  const place = placeOf(context);
  // PROTOCOL 7.13.5
  if (made.complaints > mostComplaints(row, dealersOf(row).length - 1)) {
    leaveOut(place, purpose, next, [part.clinic], 'many-complaints-by');
  } else if (against.against > mostComplaints(row, holdersOf(row).length - 1)) {
    leaveOut(place, purpose, next, [dealer], 'many-complaints-against');
  } else {
    move(place, purpose, row, next);
  }
  return APPLIED;
}

export function applyAnswer(context: StatementContext): Outcome {
  const { statement, state, sender } = context;
  const payload = decodePayload(statement.payload, readAnswer);
  if (payload === undefined) return refused('payload');
  const { holder, share, purpose } = payload;
  const object = ceremonyObject(statement.kind, payload, sender.clinic, holder);
  const found = runOf(context, payload, ['deal', 'answer'], object);
  if ('status' in found) return found;
  const { row, part } = found;
  const complaint = findComplaint(state, row.ceremony, holder, part.clinic);
  const asker = partOf(row, holder);
  if (complaint === undefined || asker === undefined) return refused('ceremony-part');
  if (complaint.share !== undefined) return equalBytes(complaint.share, share) ? ALREADY_APPLIED : refused('exists');
  const { commitments } = findCommit(state, row.ceremony, part.clinic)!;
  const good = inGroup(() => isShareOf(decodeCommitments(commitments), holder, decodeScalar(share)));
  const place = placeOf(context);
  context.emit('answered', { ...factsOf(purpose, row), clinic: part.clinic, holder, good });
  if (!good) {
    leaveOut(place, purpose, row, [part.clinic], 'wrong-share');
    return APPLIED;
  }
  state.set(complaintKey(row.ceremony, holder, part.clinic), encodeComplaintRow({ ...complaint, share }));
  const answered = withPart(row, part.clinic, { unanswered: part.unanswered - 1 });
  move(place, purpose, row, withPart(answered, holder, { waiting: asker.waiting - 1 }));
  return APPLIED;
}

export function applyResult(context: StatementContext): Outcome {
  const { statement, sender } = context;
  const payload = decodePayload(statement.payload, readResult);
  if (payload === undefined) return refused('payload');
  const object = ceremonyObject(statement.kind, payload, sender.clinic);
  const found = runOf(context, payload, ['deal', 'answer'], object);
  if ('status' in found) return found;
  const { row, part } = found;
  if (!part.holds) return refused('ceremony-part');
  if (part.confirmed) return ALREADY_APPLIED;
  if (part.waiting > 0) return refused('ceremony-open');
  const next = withPart(row, part.clinic, { confirmed: true });
  const { purpose } = payload;
  context.emit('confirmed', { ...factsOf(purpose, row), clinic: part.clinic });
  const place = placeOf(context);
  if (allConfirmed(next)) makeGeneration(place, purpose, next);
  else move(place, purpose, row, next);
  return APPLIED;
}

interface Found {
  readonly row: CeremonyRow;
  readonly part: CeremonyPart;
}

/** The run that a statement names, and the author's part in it, or why it cannot be said now. */
function runOf(
  { statement, state, sender }: StatementContext,
  run: Run,
  steps: readonly CeremonyStep[],
  object: Uint8Array,
): Found | Outcome {
  if (!equalBytes(statement.object, object)) return refused('object');
  if (statement.version !== 1) return refused('version');
  const row = findCeremony(state, run.purpose);
  if (row === undefined || !equalBytes(row.ceremony, run.ceremony)) return refused('unknown-object');
  const part = partOf(row, sender.clinic);
  if (part === undefined || part.blame !== undefined) return refused('ceremony-part');
  if (row.attempt !== run.attempt || !steps.includes(row.step)) return refused('ceremony-step');
  return { row, part };
}

function placeOf({ rules, state, header, emit }: StatementContext): Place {
  return { genesis: rules.genesis, state, height: header.height, emit };
}

/** False for bytes that are no element or scalar. */
function inGroup(check: () => boolean): boolean {
  try {
    return check();
  } catch (error) {
    if (error instanceof CryptoError) return false;
    throw error;
  }
}
