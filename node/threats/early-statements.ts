// Disputes and revocations of this clinic that a block refused because it did not have the report yet: they act here from
// receipt, and are said again once the chain has the report. Which these are is read from the outbox, so that neither a
// restart nor a branch that is left loses one. Owns no statement of anybody else.

import { fromHex, toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import { BoundedMap } from '../../common/collections/bounded-map.ts';
import type { Logger } from '../../common/logger.ts';
import type { DisputeReason } from '../../common/threat-names.ts';
import { refusalCode } from '../../consensus/ledger/codes.ts';
import { THREATS_DISPUTE, THREATS_REVOKE } from '../../consensus/ledger/kinds.ts';
import { decodePayload } from '../../consensus/ledger/payload.ts';
import { decodeStatement } from '../../consensus/ledger/statement.ts';
import { threatKey, threatTagKey } from '../../consensus/ledger/tables.ts';
import { readDispute } from '../../consensus/ledger/threats/dispute.ts';
import { decodeThreatRow, type ThreatRow } from '../../consensus/ledger/threats/rows.ts';
import { decodeTag, NO_TAG } from '../../consensus/ledger/threats/trust/tag-row.ts';
import { readRevoke, type ThreatRevokeReason } from '../../consensus/ledger/threats/types.ts';
import type { Statement } from '../../consensus/ledger/types.ts';
import type { Outbox } from '../outbox/outbox.ts';
import { type OutboxRecord, willStand } from '../outbox/record.ts';
import type { ChainStore } from '../store/ports.ts';

const MAX_EARLY = 1_024;
const UNKNOWN_REPORT = refusalCode('unknown-object');

/** What came before the report that it is about. */
export type EarlyStatement =
  | { readonly kind: 'dispute'; readonly report: Uint8Array; readonly reason: DisputeReason }
  /** `issued`: when it was said, ms since 1970; said now it would answer what was reported since. */
  | {
      readonly kind: 'revocation';
      readonly report: Uint8Array;
      readonly reason: ThreatRevokeReason;
      readonly issued: number;
    };

export interface EarlyStatementsModules {
  readonly outbox: Pick<Outbox, 'list' | 'onChange'>;
  readonly store: Pick<ChainStore, 'states'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
  /** `row`: what the chain has of the report now. */
  say(early: EarlyStatement, row: ThreatRow): Promise<unknown>;
}

export class EarlyStatements {
  private readonly organisation: number;
  private readonly modules: EarlyStatementsModules;
  /** By report; of one clinic nobody disputes and takes back the same. */
  private readonly early = new BoundedMap<string, EarlyStatement>({ maxEntries: MAX_EARLY });
  private unsubscribe: (() => void) | undefined;

  constructor(options: { readonly organisation: number }, modules: EarlyStatementsModules) {
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
      this.sayAgain(report).catch((error) =>
        logger.error({ err: error }, 'what came before its report is not said again'),
      );
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
    const early = this.early.get(key);
    // Somebody else may have been quicker meanwhile.
    if (early === undefined) return;
    this.early.delete(key);
    if (!row.live || row.expires <= clock.now()) return;
    if (early.kind === 'dispute' && this.isAnswered(row, tagged)) return;
    try {
      await say(early, row);
    } catch (error) {
      // The outbox took it not: it is said with the next occasion, unless it was said otherwise meanwhile.
      if (!this.early.has(key)) this.early.set(key, early);
      throw error;
    }
  }

  private isAnswered(row: ThreatRow, tagged: Uint8Array | undefined): boolean {
    const { disputers, bars } = tagged === undefined ? NO_TAG : decodeTag(tagged);
    const isSaid = disputers.some(({ organisation }) => organisation === this.organisation);
    return isSaid || bars.some(({ organisation }) => organisation === row.organisation);
  }

  /** The report, when this record says that what it brings came too early. */
  private note(record: OutboxRecord): Uint8Array | undefined {
    if (record.role !== 'gateway') return undefined;
    const statement = decodeStatement(record.statement);
    const early = earlyOf(statement);
    if (early === undefined) return undefined;
    const key = toHex(early.report);
    if (willStand(record)) this.early.delete(key);
    if (willStand(record) || record.outcome?.code !== UNKNOWN_REPORT) return undefined;
    this.early.set(key, early);
    return early.report;
  }
}

function earlyOf({ kind, object, payload, issued }: Statement): EarlyStatement | undefined {
  const report = object.slice();
  if (kind === THREATS_DISPUTE) {
    const reason = decodePayload(payload, readDispute);
    return reason && { kind: 'dispute', report, reason };
  }
  if (kind !== THREATS_REVOKE) return undefined;
  const reason = decodePayload(payload, readRevoke);
  return reason && { kind: 'revocation', report, reason, issued };
}
