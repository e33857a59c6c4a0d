// What is asked of every statement before its family's rule (PROTOCOL 4.7, 4.10), and which rule that is.

import { equalBytes } from '../../common/bytes.ts';
import type { Header } from '../chain/types.ts';
import type { Sender } from '../member-set.ts';
import { applyAddKey, applyCreate, applyRevokeKey, applySetRole, applySuspend } from './accounts/apply.ts';
import { findAccount, findKey, isGoodKey } from './accounts/read.ts';
import {
  applyRecoverFinish,
  applyRecoverStart,
  applyRecoverVeto,
  applySetRecovery,
} from './accounts/recovery/apply.ts';
import { applyAnchor } from './audit/apply.ts';
import { applyAnswer, applyBegin, applyCommit, applyComplain, applyResult } from './ceremony/apply.ts';
import * as consent from './consent/apply.ts';
import type { AuthorAccount, LedgerRules, Rule } from './context.ts';
import { applyTransfer } from './credits/apply.ts';
import { applyEraseApprove, applyEraseRequest, applyHold, applyRelease, applyShredAck } from './keys/apply.ts';
import * as kinds from './kinds.ts';
import { applyApprove, applyEvidence, applyLeave, applyPropose } from './members/apply.ts';
import { NO_OBJECT } from './objects.ts';
import { refused } from './outcome.ts';
import type { Overlay } from './overlay.ts';
import { applyRehearse, approveActivation, proposeActivation } from './params/apply.ts';
import { isActive } from './params/rows.ts';
import { applyPatientAccount } from './patients/account.ts';
import { applyAttach, applyDetach, applyRegister, applyRetract } from './patients/apply.ts';
import { applyLink, applyUnlink } from './patients/links/apply.ts';
import { applyRepresentative } from './patients/representative.ts';
import * as takeOver from './patients/take-over/apply.ts';
import { applyObject, applyOutvote, applyWithdraw } from './patients/take-over/objections.ts';
import { applyAmend } from './records/amend.ts';
import { applyAdd } from './records/apply.ts';
import { applyExtend, applyReport, applyRevoke } from './threats/apply.ts';
import { applyDispute } from './threats/dispute.ts';
import { applyKey, applyRetag } from './threats/key-epoch/apply.ts';
import { applyReinstate } from './threats/reinstate.ts';
import { applyConfirmSignature, applyProposeSignature, applyRetireSignature } from './threats/signatures/apply.ts';
import type { LedgerEvent, Outcome, Statement } from './types.ts';

const RULES: ReadonlyMap<number, Rule> = new Map<number, Rule>([
  [kinds.MEMBERS_PROPOSE, applyPropose],
  [kinds.MEMBERS_APPROVE, applyApprove],
  [kinds.MEMBERS_LEAVE, applyLeave],
  [kinds.MEMBERS_EVIDENCE, applyEvidence],
  [kinds.PARAMS_PROPOSE, proposeActivation],
  [kinds.PARAMS_APPROVE, approveActivation],
  [kinds.PARAMS_REHEARSE, applyRehearse],
  [kinds.ACCOUNTS_CREATE, applyCreate],
  [kinds.ACCOUNTS_ADD_KEY, applyAddKey],
  [kinds.ACCOUNTS_REVOKE_KEY, applyRevokeKey],
  [kinds.ACCOUNTS_SET_ROLE, applySetRole],
  [kinds.ACCOUNTS_SUSPEND, applySuspend],
  [kinds.ACCOUNTS_SET_RECOVERY, applySetRecovery],
  [kinds.ACCOUNTS_RECOVER_START, applyRecoverStart],
  [kinds.ACCOUNTS_RECOVER_VETO, applyRecoverVeto],
  [kinds.ACCOUNTS_RECOVER_FINISH, applyRecoverFinish],
  [kinds.PATIENTS_REGISTER, applyRegister],
  [kinds.PATIENTS_ATTACH, applyAttach],
  [kinds.PATIENTS_DETACH, applyDetach],
  [kinds.PATIENTS_LINK, applyLink],
  [kinds.PATIENTS_UNLINK, applyUnlink],
  [kinds.PATIENTS_RETRACT, applyRetract],
  [kinds.PATIENTS_ACCOUNT, applyPatientAccount],
  [kinds.PATIENTS_REPRESENTATIVE, applyRepresentative],
  [kinds.PATIENTS_TAKE_OVER_START, takeOver.applyStart],
  [kinds.PATIENTS_TAKE_OVER_WITNESS, takeOver.applyWitness],
  [kinds.PATIENTS_TAKE_OVER_ACKNOWLEDGE, takeOver.applyAcknowledge],
  [kinds.PATIENTS_TAKE_OVER_OBJECT, applyObject],
  [kinds.PATIENTS_TAKE_OVER_FINISH, takeOver.applyFinish],
  [kinds.PATIENTS_TAKE_OVER_WITHDRAW, applyWithdraw],
  [kinds.PATIENTS_TAKE_OVER_OUTVOTE, applyOutvote],
  [kinds.RECORDS_ADD, applyAdd],
  [kinds.RECORDS_AMEND, applyAmend],
  [kinds.CONSENT_COMMIT, consent.applyCommit],
  [kinds.CONSENT_REVOKE, consent.applyRevoke],
  [kinds.KEYS_ERASE_REQUEST, applyEraseRequest],
  [kinds.KEYS_ERASE_APPROVE, applyEraseApprove],
  [kinds.KEYS_HOLD, applyHold],
  [kinds.KEYS_SHRED_ACK, applyShredAck],
  [kinds.KEYS_RELEASE, applyRelease],
  [kinds.AUDIT_ANCHOR, applyAnchor],
  [kinds.THREATS_REPORT, applyReport],
  [kinds.THREATS_EXTEND, applyExtend],
  [kinds.THREATS_REVOKE, applyRevoke],
  [kinds.THREATS_REINSTATE, applyReinstate],
  [kinds.THREATS_KEY, applyKey],
  [kinds.THREATS_RETAG, applyRetag],
  [kinds.THREATS_SIGNATURE_PROPOSE, applyProposeSignature],
  [kinds.THREATS_SIGNATURE_CONFIRM, applyConfirmSignature],
  [kinds.THREATS_SIGNATURE_RETIRE, applyRetireSignature],
  [kinds.THREATS_DISPUTE, applyDispute],
  [kinds.CREDITS_TRANSFER, applyTransfer],
  [kinds.CEREMONY_BEGIN, applyBegin],
  [kinds.CEREMONY_COMMIT, applyCommit],
  [kinds.CEREMONY_COMPLAIN, applyComplain],
  [kinds.CEREMONY_ANSWER, applyAnswer],
  [kinds.CEREMONY_RESULT, applyResult],
]);

export interface StatementInBlock {
  readonly statement: Statement;
  readonly id: Uint8Array;
  readonly sender: Sender;
}

/** Applies one statement to `state`; a refused one leaves neither writes nor events. */
export function executeStatement(
  rules: LedgerRules,
  state: Overlay,
  header: Header,
  { statement, id, sender }: StatementInBlock,
  events: LedgerEvent[],
): Outcome {
  const kind = kinds.kindOf(statement.kind);
  const rule = RULES.get(statement.kind);
  if (kind === undefined || rule === undefined) return refused('unknown-kind');
  // PROTOCOL 7.2.3: before its feature is active a kind is what it is to a version that lacks it
  const { feature } = kind;
  if (feature !== undefined && !isActive(state, feature, header.height)) return refused('unknown-kind');
  if (kind.list && (statement.version !== 0 || !equalBytes(statement.object, NO_OBJECT))) return refused('object');
  // PROTOCOL 4.7
  const { params } = rules;
  if (statement.issued > header.timestamp + 2 * params.blockInterval) return refused('issued-ahead');
  if (statement.issued < header.timestamp - params.statementMaxAge) return refused('issued-old');
  // PROTOCOL 4.6
  const attached = statement.attachment !== undefined;
  if (kind.attachment === (attached ? 'none' : 'required')) return refused('attachment');
  const author = authorOf(state, header, kind, statement);
  if ('status' in author) return author;

  const writesMark = state.mark();
  const eventsMark = events.length;
  const outcome = rule({
    rules,
    header,
    sender,
    statement,
    id,
    state,
    account: author.account,
    emit: (type, data) => events.push({ family: kind.family, type, statement: id, data }),
  });
  if (outcome.status === 'refused') {
    state.revert(writesMark);
    events.length = eventsMark;
  }
  return outcome;
}

/** PROTOCOL 4.11: the account of a person whose key is good at the block's time, or the refusal. */
function authorOf(
  state: Overlay,
  header: Header,
  kind: kinds.Kind,
  statement: Statement,
): { account: AuthorAccount | undefined } | Outcome {
  const { author } = statement;
  if (kind.author !== 'any' && kind.author !== author.type) return refused('author');
  if (author.type === 'clinic' || kind.ownKey) return { account: undefined };
  const key = findKey(state, author.key);
  if (key === undefined) return refused('unknown-key');
  const row = findAccount(state, key.account);
  if (row === undefined) return refused('unknown-account');
  if (!row.live) return refused('account-suspended');
  if (!isGoodKey(key, statement.issued, header.timestamp)) return refused('key-ended');
  return { account: { id: key.account, row } };
}
