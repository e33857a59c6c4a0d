// Disputes of this clinic that a block refused because it did not have the report yet: they act here from receipt, and are
// said again once the chain has the report. Which these are is read from the outbox, so that neither a restart nor a branch
// that is left loses one. Owns no dispute of anybody else.
import { fromHex, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import type { Logger } from '../../common/logger.ts';
import { refusalCode } from '../../consensus/ledger/codes.ts';
import { THREATS_DISPUTE } from '../../consensus/ledger/kinds.ts';
import { decodePayload } from '../../consensus/ledger/payload.ts';
import { decodeStatement } from '../../consensus/ledger/statement.ts';
import { threatKey, threatTagKey } from '../../consensus/ledger/tables.ts';
import { readDispute } from '../../consensus/ledger/threats/dispute.ts';
import { decodeThreatRow } from '../../consensus/ledger/threats/rows.ts';
import { type DisputeReason, decodeTag, NO_TAG } from '../../consensus/ledger/threats/trust/tag-row.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { type OutboxRecord, willStand } from '../outbox/record.ts';
import type { ChainStore } from '../store/ports.ts';

const MAX_EARLY = 1_024;
const UNKNOWN_REPORT = refusalCode('unknown-object');

export interface RefusedDisputesModules {
  readonly outbox: Pick<Outbox, 'list' | 'onChange'>;
  readonly store: Pick<ChainStore, 'states'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
  say(report: Uint8Array, reason: DisputeReason): Promise<unknown>;
}

export class RefusedDisputes {
  private readonly organisation: number;
  private readonly modules: RefusedDisputesModules;
  /** By report. */
  private readonly early = new BoundedMap<string, DisputeReason>({ maxEntries: MAX_EARLY });
  private unsubscribe: (() => void) | undefined;

  constructor(options: { readonly organisation: number }, modules: RefusedDisputesModules) {
    this.organisation = options.organisation;
    this.modules = modules;
  }

  /** After the outbox. */
  async start(): Promise<void> {
    const { outbox, logger } = this.modules;
    // Oldest first: what was said again later is settled by that.
    for (const record of outbox.list().reverse()) this.note(record);
    this.unsubscribe = outbox.onChange((record) => {
      const report = this.note(record);
      if (report === undefined) return;
      this.sayAgain(report).catch((error) => logger.error({ err: error }, 'a refused dispute is not said again'));
    });
    for (const report of [...this.early.keys()]) await this.sayAgain(fromHex(report));
  }

  stop(): void {
    this.unsubscribe?.();
  }

  /** Whenever a block may have brought the report. */
  async sayAgain(report: Uint8Array): Promise<void> {
    const key = toHex(report);
    if (!this.early.has(key)) return;
    const { store, clock, say } = this.modules;
    const [bytes] = await store.states([threatKey(report)]);
    if (bytes === undefined) return;
    const row = decodeThreatRow(bytes);
    const [tagged] = await store.states([threatTagKey(row.keyEpoch, row.tag)]);
    const reason = this.early.get(key);
    // Somebody else may have been quicker meanwhile.
    if (reason === undefined) return;
    this.early.delete(key);
    if (!row.live || row.expires <= clock.now()) return;
    const { disputers, bars } = tagged === undefined ? NO_TAG : decodeTag(tagged);
    const isSaid = disputers.some(({ organisation }) => organisation === this.organisation);
    if (isSaid || bars.some(({ organisation }) => organisation === row.organisation)) return;
    await say(report, reason);
  }

  /** The report, when this record says that its dispute came too early. */
  private note(record: OutboxRecord): Uint8Array | undefined {
    if (record.role !== 'gateway') return undefined;
    const { kind, object, payload } = decodeStatement(record.statement);
    if (kind !== THREATS_DISPUTE) return undefined;
    const reason = decodePayload(payload, readDispute);
    if (willStand(record)) this.early.delete(toHex(object));
    if (reason === undefined || willStand(record) || record.outcome?.code !== UNKNOWN_REPORT) return undefined;
    this.early.set(toHex(object), reason);
    return object;
  }
}
