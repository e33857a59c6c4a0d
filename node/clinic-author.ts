// Makes statements whose author is this clinic: the sending key vouches, so they carry no signature (PROTOCOL 4.1).
import type { Clock } from '../common/clock.ts';
import { attachmentCommitment } from '../consensus/ledger/attachment.ts';
import { encodeStatement, statementId } from '../consensus/ledger/statement.ts';
import type { Attachment, ClinicNumber } from '../consensus/ledger/types.ts';
import type { SenderRole } from '../consensus/member-set.ts';
import { JoiningError } from './joining/errors.ts';
import { OBSERVER } from './joining/observers.ts';
import type { NewStatement } from './outbox/outbox.ts';

export interface ClinicStatement {
  readonly kind: number;
  readonly object: Uint8Array;
  readonly version: number;
  readonly payload: Uint8Array;
  readonly attachment?: Attachment;
  /** Which key sends it; the node key when absent. */
  readonly role?: SenderRole;
  /** ms; now when absent. For what says again what was said then. */
  readonly issued?: number;
}

export class ClinicAuthor {
  readonly clinic: ClinicNumber;
  private readonly genesisId: Uint8Array;
  private readonly clock: Clock;
  private last = 0;

  constructor(options: { genesisId: Uint8Array; clinic: ClinicNumber }, modules: { clock: Clock }) {
    this.genesisId = options.genesisId;
    this.clinic = options.clinic;
    this.clock = modules.clock;
  }

  /** Throws `clinic.not-a-member` for an observer: nobody would take what it says. */
  make(given: ClinicStatement): NewStatement {
    if (this.clinic === OBSERVER) throw new JoiningError({ code: 'clinic.not-a-member' });
    // Two statements alike but for their time are two statements.
    if (given.issued === undefined) this.last = Math.max(this.clock.now(), this.last + 1);
    const statement = {
      kind: given.kind,
      author: { type: 'clinic', clinic: this.clinic } as const,
      object: given.object,
      version: given.version,
      issued: given.issued ?? this.last,
      payload: given.payload,
      attachment: given.attachment === undefined ? undefined : attachmentCommitment(given.attachment),
      signature: undefined,
    };
    return {
      id: statementId(this.genesisId, statement),
      statement: encodeStatement(statement),
      attachment: given.attachment,
      role: given.role ?? 'node',
    };
  }
}
