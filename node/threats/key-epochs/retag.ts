// Brings this clinic's own reports under the newest threat key while they last, so that the key before can be destroyed on
// time. Owns what is said again and when; the rule is the chain's.
import { toHex } from '../../../common/bytes.ts';
import type { Clock } from '../../../common/clock.ts';
import { BoundedMap } from '../../../common/collections/bounded-map.ts';
import type { Logger } from '../../../common/logger.ts';
import { THREATS_RETAG } from '../../../consensus/ledger/kinds.ts';
import { decodeStatement } from '../../../consensus/ledger/statement.ts';
import { threatKey, threatTagKey } from '../../../consensus/ledger/tables.ts';
import { encodeRetag } from '../../../consensus/ledger/threats/key-epoch/types.ts';
import { decodeThreatRow, type ThreatRow } from '../../../consensus/ledger/threats/rows.ts';
import { decodeTag, isBarred } from '../../../consensus/ledger/threats/trust/tag-row.ts';
import type { ClinicNumber, Statement } from '../../../consensus/ledger/types.ts';
import type { HeldReport } from '../../../gateway/held-report.ts';
import { openThreat, sealThreat, type ThreatKey } from '../../../gateway/threat-seal.ts';
import type { Attachments } from '../../attachments.ts';
import type { ClinicAuthor } from '../../clinic-author.ts';
import type { NewStatement, Outbox } from '../../outbox/outbox.ts';
import { Rounds } from '../../rounds.ts';
import { ATTACHMENT_GRACE, reportPayload } from '../reports.ts';
import type { ReadStates } from './epochs.ts';
import type { ThreatKeyEpochs } from './key-epochs.ts';

const ROUND_MS = 30_000;
/** Made at a time: their neighbours share transactions, and reports that are new go first. */
const PORTION = 256;
const MAX_SAID = 50_000;

export interface RetagModules {
  readonly states: ReadStates;
  readonly outbox: Pick<Outbox, 'submit' | 'get'>;
  readonly attachments: Pick<Attachments, 'get' | 'keep'>;
  readonly author: ClinicAuthor;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly keys: Pick<ThreatKeyEpochs, 'opening' | 'sealing'>;
  /** In effect here. */
  reports(): readonly HeldReport[];
  /** The statement that the chain has of a report first. */
  original(row: ThreatRow): Promise<Statement | undefined>;
  behind(): boolean;
}

interface Own {
  readonly report: Uint8Array;
  readonly row: ThreatRow;
}

export class Retagging {
  private readonly clinic: ClinicNumber;
  private readonly modules: RetagModules;
  private readonly rounds: Rounds;
  /** Report: the statement that was made for it last. */
  private readonly said = new BoundedMap<string, Uint8Array>({ maxEntries: MAX_SAID });

  constructor(options: { readonly clinic: ClinicNumber }, modules: RetagModules) {
    this.clinic = options.clinic;
    this.modules = modules;
    this.rounds = new Rounds(
      { everyMs: ROUND_MS, failed: 'own threat reports stay under an earlier key' },
      { ...modules, round: () => this.round() },
    );
  }

  start(): void {
    this.rounds.start();
  }

  stop(): Promise<void> {
    return this.rounds.stop();
  }

  /** Another key seals from now on. */
  look(): void {
    this.rounds.look();
  }

  private async round(): Promise<void> {
    const { states, outbox, behind, keys, logger, clock, reports } = this.modules;
    const mine = reports().filter(({ entry }) => entry.clinic === this.clinic && entry.confirmed);
    if (mine.length === 0 || behind()) return;
    const key = keys.sealing();
    for (let at = 0; at < mine.length; at += PORTION) {
      const portion = mine.slice(at, at + PORTION);
      const rows = await states(portion.map(({ entry }) => threatKey(entry.reportId)));
      const made: NewStatement[] = [];
      for (const [index, bytes] of rows.entries()) {
        if (bytes === undefined) continue;
        const own = { report: portion[index].entry.reportId, row: decodeThreatRow(bytes) };
        const { live, expires, keyEpoch } = own.row;
        if (!live || expires <= clock.now() || keyEpoch >= key.epoch || this.waits(own)) continue;
        if (await this.isHeld(own.row)) continue;
        const statement = await this.retag(own, key);
        if (statement !== undefined) made.push(statement);
      }
      if (made.length === 0) continue;
      await outbox.submit(made);
      for (const statement of made) this.said.set(toHex(decodeStatement(statement.statement).object), statement.id);
      logger.info({ reports: made.length, epoch: key.epoch }, 'own threat reports go under another key');
    }
  }

  private waits({ report }: Own): boolean {
    const id = this.said.get(toHex(report));
    const record = id && this.modules.outbox.get(id);
    return record !== undefined && record.state !== 'done';
  }

  /** PROTOCOL 7.10.22: what is disputed or barred stays under its key. */
  private async isHeld({ keyEpoch, tag, organisation }: ThreatRow): Promise<boolean> {
    const { states, clock } = this.modules;
    const [bytes] = await states([threatTagKey(keyEpoch, tag)]);
    if (bytes === undefined) return false;
    const row = decodeTag(bytes);
    return row.disputers.length > 0 || isBarred(row, organisation, clock.now());
  }

  /** Undefined where the report does not open here: it stays as it is. */
  private async retag({ report, row }: Own, key: ThreatKey): Promise<NewStatement | undefined> {
    const { attachments, keys, original, author } = this.modules;
    const statement = await original(row);
    const first = statement && reportPayload(statement);
    const attachment = await attachments.get(row.commitment);
    const before = keys.opening.find(({ epoch }) => epoch === row.keyEpoch);
    if (first === undefined || attachment === undefined || before === undefined) return undefined;
    // PROTOCOL 7.10.22: sealed to what the report first said, whatever became of its end
    const context = { clinic: row.clinic, expires: first.expires };
    const payload = openThreat(before, context, { tag: row.tag, ...attachment });
    const { tag, salt, bytes } = sealThreat(key, context, payload);
    await attachments.keep({ salt, bytes }, row.expires + ATTACHMENT_GRACE);
    return author.make({
      kind: THREATS_RETAG,
      object: report,
      version: row.version + 1,
      payload: encodeRetag({ keyEpoch: key.epoch, tag }),
      attachment: { salt, bytes },
      role: 'gateway',
    });
  }
}
