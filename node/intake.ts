// The one way in for transactions, from gossip, from a peer's mempool or from our own outbox: decode, check the
// attachments against their commitments, verify signatures once, keep. Owns no waiting transaction: the mempool does.
import { equalBytes } from '../common/bytes.ts';
import { CodedError } from '../common/errors.ts';
import { attachmentCommitment } from '../consensus/ledger/attachment.ts';
import { sealTransaction } from '../consensus/ledger/transaction.ts';
import type { Attachment, SealedTransaction } from '../consensus/ledger/types.ts';
import { ChainError } from './chain/errors.ts';
import type { Verifier } from './chain/verifier.ts';
import type { Mempool } from './mempool/mempool.ts';
import { decodeBundle } from './wire.ts';

export type IntakeErrorType =
  /** An attachment that no statement of the transaction commits to. */
  | { code: 'intake.attachment' }
  /** A transaction of another kind than its topic carries. */
  | { code: 'intake.topic' };

export class IntakeError extends CodedError<IntakeErrorType> {}

/** A transaction that is valid as far as signatures go, and new here. */
export interface Received {
  readonly sealed: SealedTransaction;
  readonly attachments: readonly Attachment[];
}

export interface IntakeModules {
  readonly mempool: Mempool;
  readonly verifier: Verifier;
}

export class Intake {
  private readonly genesisId: Uint8Array;
  private readonly modules: IntakeModules;
  private readonly listeners = new Set<(received: Received) => void | Promise<void>>();

  constructor(options: { genesisId: Uint8Array }, modules: IntakeModules) {
    this.genesisId = options.genesisId;
    this.modules = modules;
  }

  /** Called for each transaction that entered the mempool, before its block: statements act from receipt. */
  onReceived(listener: (received: Received) => void | Promise<void>): void {
    this.listeners.add(listener);
  }

  /** True when it is new. `accepts` may refuse what does not belong on a topic. Throws coded errors. */
  async take(bytes: Uint8Array, accepts?: (sealed: SealedTransaction) => boolean): Promise<boolean> {
    const bundle = decodeBundle(bytes);
    const sealed = sealTransaction(this.genesisId, bundle.transaction);
    if (accepts !== undefined && !accepts(sealed)) throw new IntakeError({ code: 'intake.topic' });
    if (this.modules.mempool.has(sealed.id)) return false;
    await this.modules.mempool.precheck(sealed);
    checkAttachments(sealed, bundle.attachments);
    if (!(await this.modules.verifier.holds(sealed))) {
      throw new ChainError({ code: 'chain.bad-signature' });
    }
    return this.keep({ sealed, attachments: bundle.attachments });
  }

  /** A transaction that this node signed, or whose signatures it verified in a block that was undone. */
  async takeTrusted(received: Received): Promise<boolean> {
    this.modules.verifier.trust(received.sealed);
    return this.keep(received);
  }

  private async keep(received: Received): Promise<boolean> {
    if (!(await this.modules.mempool.add(received.sealed, received.attachments))) return false;
    for (const listener of this.listeners) await listener(received);
    return true;
  }
}

function checkAttachments(sealed: SealedTransaction, attachments: readonly Attachment[]): void {
  const commitments = sealed.transaction.statements.flatMap((statement) => statement.attachment ?? []);
  for (const attachment of attachments) {
    const commitment = attachmentCommitment(attachment);
    if (!commitments.some((known) => equalBytes(known, commitment)))
      throw new IntakeError({ code: 'intake.attachment' });
  }
}
