// Statements of charts that the outbox may not have yet: written in one batch with what they are about, handed to the outbox
// right after, and again at a start that comes between the two. The same bytes each time, so that none counts twice.
import { Reader } from '../../common/codec/reader.ts';
import { Writer } from '../../common/codec/writer.ts';
import { decodeAttachment, encodeAttachment } from '../../consensus/ledger/attachment.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import type { NewStatement, Outbox } from '../outbox/outbox.ts';
import type { LocalWrite } from '../store/local-database.ts';
import { CHART_TABLES, type ChartRef, pendingKey } from './layout.ts';
import type { KeyRowsDatabase } from './ports.ts';

export interface PendingModules {
  readonly database: KeyRowsDatabase;
  readonly outbox: Pick<Outbox, 'submit'>;
}

interface Pending {
  readonly ref: ChartRef;
  readonly statement: NewStatement;
}

export class PendingStatements {
  private readonly modules: PendingModules;

  constructor(modules: PendingModules) {
    this.modules = modules;
  }

  /** After the outbox. */
  async start(): Promise<void> {
    const waiting: Pending[] = [];
    for await (const [key, value] of this.modules.database.range({ prefix: Uint8Array.of(CHART_TABLES.pending) })) {
      const input = new Reader(key.subarray(1));
      const ref: { clinic: ClinicNumber; chart: Uint8Array } = { clinic: input.u16(), chart: input.fixed(32) };
      waiting.push({ ref, statement: decodePending(input.fixed(32), value) });
    }
    await this.submit(waiting);
  }

  put(ref: ChartRef, statement: NewStatement): LocalWrite {
    return { type: 'put', key: pendingKey(ref, statement.id), value: encodePending(statement) };
  }

  /** Acknowledged by the outbox when it resolves. */
  async submit(pending: readonly Pending[]): Promise<void> {
    if (pending.length === 0) return;
    await this.modules.outbox.submit(pending.map(({ statement }) => statement));
    await this.modules.database.batch(
      pending.map(({ ref, statement }) => ({ type: 'del', key: pendingKey(ref, statement.id) })),
    );
  }
}

/** `length u32 | statement | attachment`, the attachment empty where there is none. */
function encodePending({ statement, attachment }: NewStatement): Uint8Array {
  const out = new Writer(1024).u32(statement.length).fixed(statement, statement.length);
  const attached = attachment === undefined ? new Uint8Array(0) : encodeAttachment(attachment);
  return out.fixed(attached, attached.length).finish();
}

function decodePending(id: Uint8Array, bytes: Uint8Array): NewStatement {
  const input = new Reader(bytes);
  const statement = input.fixed(input.u32());
  const attachment = input.left === 0 ? undefined : decodeAttachment(input.fixed(input.left));
  return { id, statement, attachment, role: 'node' };
}
