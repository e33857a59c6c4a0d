// Blocks, transactions and statements as the doors show them: hex, decimal text, names of clinics and outcomes.
// Owns the translation only; reading is chain-reader.ts.
import { toHex } from '../../common/bytes.ts';
import { refusalOf } from '../../consensus/ledger/codes.ts';
import { kindOf } from '../../consensus/ledger/kinds.ts';
import type { EntryOutcome, Outcome, SealedTransaction, Statement } from '../../consensus/ledger/types.ts';
import type { BlockSummary, StatementView, TransactionView } from '../../rpc/schema/chain.ts';
import type { OutcomeView, StatementStatus } from '../../rpc/schema/shapes.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { ChainEntry } from '../store/ports.ts';
import { payloadView } from './payload-view.ts';

/** The block that a transaction or statement stands in. */
export interface Place {
  readonly entry: ChainEntry;
  /** Of the transaction in the block. */
  readonly index: number;
}

/** What is final: no block at or below the height is ever replaced. */
export interface FinalView {
  readonly finalHeight: number;
}

export class Views {
  private readonly members: MemberSets;
  private readonly finality: FinalView;

  constructor(modules: { members: MemberSets; finality: FinalView }) {
    this.members = modules.members;
    this.finality = modules.finality;
  }

  get finalHeight(): number {
    return this.finality.finalHeight;
  }

  clinicName(clinic: number): string | null {
    return this.members.record(clinic)?.name ?? null;
  }

  /** `onMain`: whether the block is on the main chain now. */
  summary(entry: ChainEntry, onMain: boolean): BlockSummary {
    const { header } = entry;
    return {
      height: header.height,
      id: toHex(entry.id),
      parent: toHex(header.parent),
      timestamp: header.timestamp,
      signer: header.signer,
      signerName: this.clinicName(header.signer),
      status: onMain ? settled(header.height, this.finalHeight) : 'replaced',
      target: header.target.toString(16).padStart(64, '0'),
      work: entry.work.toString(),
      size: entry.size,
      transactionCount: entry.transactions,
      statementCount: entry.statements,
    };
  }

  /** `outcomes` are there once the block is on the main chain. */
  transaction(
    sealed: SealedTransaction,
    place: Place | undefined,
    outcomes: readonly Outcome[] | undefined,
    waiting: StatementStatus = 'pending',
  ): TransactionView {
    const { transaction } = sealed;
    const sender = this.members.senderEver(transaction.sender);
    const status = outcomes === undefined ? waiting : settled(place?.entry.header.height, this.finalHeight);
    return {
      id: toHex(sealed.id),
      witnessId: toHex(sealed.witnessId),
      sender: toHex(transaction.sender),
      clinic: sender?.clinic ?? null,
      clinicName: sender === undefined ? null : this.clinicName(sender.clinic),
      sequence: transaction.sequence,
      validUntil: transaction.validUntil,
      size: sealed.bytes.length,
      signature: toHex(transaction.signature),
      status,
      block: place === undefined ? null : blockRef(place.entry),
      index: place?.index ?? null,
      statements: transaction.statements.map((statement, index) =>
        this.statement(statement, sealed.statementIds[index], {
          transaction: sealed.id,
          index,
          place,
          outcome: outcomes?.[index],
          status: waiting,
        }),
      ),
    };
  }

  statement(
    statement: Statement,
    id: Uint8Array,
    context: {
      readonly transaction: Uint8Array | undefined;
      readonly index: number | undefined;
      readonly place: Place | undefined;
      readonly outcome: Outcome | undefined;
      /** While there is no outcome. */
      readonly status: StatementStatus;
    },
  ): StatementView {
    const { author } = statement;
    const { outcome } = context;
    return {
      id: toHex(id),
      kind: statement.kind,
      name: kindName(statement.kind),
      author:
        author.type === 'clinic'
          ? { type: 'clinic', clinic: author.clinic, name: this.clinicName(author.clinic) }
          : { type: 'person', key: toHex(author.key) },
      object: toHex(statement.object),
      version: statement.version,
      issued: statement.issued,
      payload: payloadView(statement),
      payloadHex: toHex(statement.payload),
      attachment: statement.attachment === undefined ? null : toHex(statement.attachment),
      signature: statement.signature === undefined ? null : toHex(statement.signature),
      status:
        outcome === undefined
          ? context.status
          : statusOf(outcome, context.place?.entry.header.height, this.finalHeight),
      outcome: outcome === undefined ? null : outcomeView(outcome),
      transaction: context.transaction === undefined ? null : toHex(context.transaction),
      index: context.index ?? null,
      block: context.place === undefined ? null : blockRef(context.place.entry),
    };
  }
}

export function kindName(kind: number): string {
  return kindOf(kind)?.name ?? `unknown.${kind.toString(16)}`;
}

/** Of a statement in a block of the main chain. */
export function statusOf(outcome: Outcome, height: number | undefined, finalHeight: number): StatementStatus {
  return outcome.status === 'refused' ? 'refused' : settled(height, finalHeight);
}

function settled(height: number | undefined, finalHeight: number): 'applied' | 'final' {
  return height !== undefined && height <= finalHeight ? 'final' : 'applied';
}

export function outcomeView(outcome: Outcome): OutcomeView {
  return { ...entryView(outcome), entries: outcome.entries.map(entryView) };
}

function entryView(entry: EntryOutcome): {
  result: EntryOutcome['status'];
  code: string | null;
  message: string | null;
} {
  const refusal = entry.status === 'refused' ? refusalOf(entry.code) : undefined;
  return { result: entry.status, code: refusal?.name ?? null, message: refusal?.sentence ?? null };
}

function blockRef(entry: ChainEntry): { height: number; id: string; timestamp: number } {
  return { height: entry.header.height, id: toHex(entry.id), timestamp: entry.header.timestamp };
}
