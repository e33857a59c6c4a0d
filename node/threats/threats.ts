// The collective blocklist of this clinic: reports act from receipt, a block confirms them, revoking ends them, all of
// it is rebuilt from chain and attachments at start. Owns the feeding; verdicts are gateway/blocklist.ts, what this clinic
// itself says is acts.ts.

import { equalBytes, toHex } from '../../common/bytes.ts';
import type { Clock, TimerHandle } from '../../common/clock.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import type { Standing } from '../../common/threat-names.ts';
import { decodeBlock } from '../../consensus/chain/block.ts';
import { attachmentCommitment } from '../../consensus/ledger/attachment.ts';
import {
  THREATS_DISPUTE,
  THREATS_EXTEND,
  THREATS_REPORT,
  THREATS_RETAG,
  THREATS_REVOKE,
} from '../../consensus/ledger/kinds.ts';
import { objectId } from '../../consensus/ledger/objects.ts';
import { decodePayload } from '../../consensus/ledger/payload.ts';
import { decodeStatement } from '../../consensus/ledger/statement.ts';
import { TABLES, threatKey } from '../../consensus/ledger/tables.ts';
import { decodeThreatRow, type ThreatRow } from '../../consensus/ledger/threats/rows.ts';
import { readRevoke } from '../../consensus/ledger/threats/types.ts';
import { decodeTransaction } from '../../consensus/ledger/transaction.ts';
import type { Attachment, SealedTransaction, Statement } from '../../consensus/ledger/types.ts';
import type { Sender } from '../../consensus/member-set.ts';
import { type Network, parseNetwork } from '../../gateway/address.ts';
import type { Blocklist, Judgement, ReportDisputes } from '../../gateway/blocklist.ts';
import type { HeldReport } from '../../gateway/held-report.ts';
import type { NeverBlock } from '../../gateway/never-block.ts';
import type { ThreatEntry } from '../../gateway/threat-entry.ts';
import type { Attachments } from '../attachments.ts';
import type { TipChange } from '../chain/chain.ts';
import type { Received } from '../intake.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { NewStatement } from '../outbox/outbox.ts';
import type { ChainStore, Location } from '../store/ports.ts';
import type { ThreatKeyEpochs } from './key-epochs/key-epochs.ts';
import { PendingReports } from './pending-reports.ts';
import { ATTACHMENT_GRACE, openReport, type ReportSource, type Retagged, reportPayload } from './reports.ts';
import { standingsOf, type Trust } from './trust.ts';

/** Reports whose attachment is still missing. */
const MAX_WAITING = 50_000;
/** Reports that do not open. */
const MAX_LOCKED = 10_000;
const PAGE = 1_000;
/** What is only received may be dated so far ahead, ms; in networks with longer intervals by two of them, as a block's. */
const MIN_AHEAD_MS = 120_000;
const EXPIRE_MS = 30_000;

export interface ThreatsOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: number;
  readonly organisation: number;
  /** Longest life of a report, ms. */
  readonly maxLife: number;
  /** T in ms. */
  readonly blockInterval: number;
}

/** Where the chain holds a report, the end that an extension gave it, and the key that it came under later. */
interface Placed {
  readonly location: Location;
  readonly extended: number | undefined;
  readonly retagged: Retagged;
  readonly standing: Standing;
}

/** A statement that acts; what a report counts for is settled by its block alone. */
type Acting = Omit<ReportSource, 'receivedAt' | 'standing'> & { readonly standing: Standing | undefined };

type Listener = (entry: ThreatEntry) => Promise<void>;

/** What a block made of its statements: those that applied, and what its reports count for. */
interface InBlock {
  readonly applied: ReadonlySet<string>;
  readonly standings: ReadonlyMap<string, Standing>;
}

export interface ThreatsModules {
  readonly keys: Pick<ThreatKeyEpochs, 'opening' | 'sealing'>;
  readonly blocklist: Blocklist;
  readonly neverBlock: NeverBlock;
  readonly trust: Trust;
  readonly attachments: Attachments;
  readonly store: ChainStore;
  readonly members: MemberSets;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class Threats {
  private readonly options: ThreatsOptions;
  private readonly modules: ThreatsModules;
  private readonly waiting = new PendingReports({ maxReports: MAX_WAITING });
  /** Their attachment is here: no key that is here opens it. */
  private readonly locked = new PendingReports({ maxReports: MAX_LOCKED });
  private readonly hitListeners: Listener[] = [];
  private readonly confirmedListeners: Listener[] = [];
  private readonly revokedListeners: Listener[] = [];
  private timer: TimerHandle | undefined;

  constructor(options: ThreatsOptions, modules: ThreatsModules) {
    this.options = options;
    this.modules = modules;
  }

  async start(): Promise<void> {
    this.modules.attachments.onFetched((commitment, attachment) => {
      this.arrived(commitment, attachment).catch((error) => {
        this.modules.logger.error({ err: error }, 'an attachment that came has no effect here');
      });
    });
    await this.load();
    this.scheduleExpiry();
  }

  /** Looks again at all reports of the state: blocks came without having been followed. */
  async reload(): Promise<void> {
    await this.load();
    this.scheduleExpiry();
  }

  stop(): void {
    this.modules.clock.clearTimeout(this.timer);
  }

  check(address: string): { network: Network; judgement: Judgement } {
    const network = parseNetwork(address);
    const judgement = this.modules.blocklist.verdictFor(network, this.options.organisation, this.modules.clock.now());
    return { network, judgement };
  }

  /** In effect, newest first. */
  list(): readonly HeldReport[] {
    return [...this.modules.blocklist.inEffect(this.modules.clock.now())].reverse();
  }

  verdictOn(network: Network): Judgement {
    return this.modules.blocklist.verdictFor(network, this.options.organisation, this.modules.clock.now());
  }

  disputesOf(entry: ThreatEntry): ReportDisputes {
    return this.modules.blocklist.disputesOf(entry, this.options.organisation, this.modules.clock.now());
  }

  /** Told of each report in a block, of whomever, about what nobody may block. */
  onHit(listener: Listener): void {
    this.hitListeners.push(listener);
  }

  /** Told of each report that a block holds. */
  onConfirmed(listener: Listener): void {
    this.confirmedListeners.push(listener);
  }

  /** Told of each report that was known here and is taken back. */
  onRevoked(listener: Listener): void {
    this.revokedListeners.push(listener);
  }

  /** What this clinic says itself acts here at once. */
  async heed(made: NewStatement): Promise<void> {
    const { clinic, organisation } = this.options;
    const sender: Sender = { clinic, organisation, role: 'gateway' };
    const statement = decodeStatement(made.statement);
    const source = { statement, sender, transaction: new Uint8Array(32), confirmed: false };
    await this.act({ ...source, standing: undefined }, made.attachment);
  }

  /** A transaction that is valid by its signatures: its threat statements act at once. */
  async onReceived({ sealed, attachments }: Received): Promise<void> {
    await this.take(sealed, attachments, undefined);
  }

  /** Follows the main chain. */
  async follow(change: TipChange): Promise<void> {
    const now = this.modules.clock.now();
    // First: a report that goes under another tag is suspended there before it comes.
    await this.modules.trust.follow(change);
    for (const { transactions } of change.disconnected) {
      for (const bytes of transactions) {
        for (const statement of decodeTransaction(bytes).statements) {
          if (statement.kind === THREATS_REPORT) this.modules.blocklist.unconfirm(statement.object, now);
        }
      }
    }
    for (const connected of change.connected) {
      if (!connected.families.includes('threats')) continue;
      const bytes = await this.modules.store.block(connected.entry.id);
      if (bytes === undefined) continue;
      const { transactions } = decodeBlock(this.options.genesisId, bytes);
      const applied = new Set(connected.events.map((event) => toHex(event.statement)));
      const standings = standingsOf(connected.events);
      for (const sealed of transactions) await this.take(sealed, [], { applied, standings });
    }
  }

  private async take(
    sealed: SealedTransaction,
    attachments: readonly Attachment[],
    block: InBlock | undefined,
  ): Promise<void> {
    const sender = this.modules.members.current.sender(sealed.transaction.sender);
    if (sender === undefined) return;
    const byCommitment = new Map(
      attachments.map((attachment) => [toHex(attachmentCommitment(attachment)), attachment]),
    );
    const { clock } = this.modules;
    const latest = clock.now() + Math.max(2 * this.options.blockInterval, MIN_AHEAD_MS);
    for (const [index, statement] of sealed.transaction.statements.entries()) {
      // No block would take it, and a revocation answers all that is dated before it.
      if (block === undefined && statement.issued > latest) continue;
      const attachment = statement.attachment && byCommitment.get(toHex(statement.attachment));
      const id = toHex(sealed.statementIds[index]);
      if (block !== undefined && !block.applied.has(id)) continue;
      const source = { statement, sender, transaction: sealed.id, confirmed: block !== undefined };
      await this.act({ ...source, standing: block?.standings.get(id) }, attachment);
    }
  }

  /** A rotated key still stands for its clinic; who has left has no say any more. */
  private sender(sealed: SealedTransaction): Sender | undefined {
    const { members } = this.modules;
    const sender = members.senderEver(sealed.transaction.sender);
    return sender !== undefined && members.current.clinic(sender.clinic) !== undefined ? sender : undefined;
  }

  private async act(source: Acting, given: Attachment | undefined): Promise<void> {
    const { statement, sender } = source;
    const { attachments, clock } = this.modules;
    if (statement.kind === THREATS_REVOKE) {
      this.revoked(statement, sender);
    } else if (statement.kind === THREATS_DISPUTE) {
      if (!source.confirmed) await this.modules.trust.heard(statement, sender);
    } else if (statement.kind === THREATS_EXTEND) {
      if (source.confirmed) await this.extend(statement.object);
    } else if (statement.kind === THREATS_RETAG) {
      await this.retag(statement, given, source.confirmed);
    } else if (statement.kind === THREATS_REPORT && statement.attachment !== undefined) {
      const payload = reportPayload(statement);
      if (payload === undefined || payload.expires > statement.issued + this.options.maxLife) return;
      // As in the ledger: under an id of its own author's making, so that nobody's report stands in for another's.
      if (!equalBytes(statement.object, objectId(THREATS_REPORT, statement.author, payload.salt))) return;
      const standing = source.standing ?? (await this.modules.trust.weigh(sender, payload));
      const report = { ...source, standing, receivedAt: clock.now() };
      const commitment = source.retagged?.commitment ?? statement.attachment;
      const attachment = given ?? (await attachments.get(commitment));
      if (attachment === undefined) this.wait(report, commitment);
      else if (!(await this.open(report, attachment)) && given !== undefined) {
        await this.keepNew(given, this.keptUntil(report, payload.expires));
      }
    }
  }

  private wait(report: ReportSource, commitment: Uint8Array): void {
    this.waiting.put(commitment, report);
    this.modules.attachments.want(commitment, this.keptUntil(report, reportPayload(report.statement)!.expires));
  }

  /** True when it opened: then its attachment stays for as long as this report says. */
  private async open(report: ReportSource, attachment: Attachment): Promise<boolean> {
    if (!this.add(report, attachment)) return false;
    // Last: a report also counts where there is no room for its attachment.
    await this.keep(attachment, this.keptUntil(report, reportPayload(report.statement)!.expires));
    return true;
  }

  /** Not by the statement's own clock alone: one dated far ahead is refused by the ledger and would stay for ever. */
  private keptUntil({ extended, receivedAt }: ReportSource, expires: number): number {
    return Math.min(extended ?? expires, receivedAt + this.options.maxLife) + ATTACHMENT_GRACE;
  }

  private async keep(attachment: Attachment, until: number): Promise<void> {
    await this.modules.attachments.keep(attachment, until).catch((error) => {
      this.modules.logger.warn({ code: codeOf(error) }, 'the attachment of a threat report is not kept');
    });
  }

  /** Gives nothing that is here another end: whoever names it has not shown that it is theirs. */
  private async keepNew(attachment: Attachment, until: number): Promise<void> {
    const isHere = (await this.modules.attachments.get(attachmentCommitment(attachment))) !== undefined;
    if (!isHere) await this.keep(attachment, until);
  }

  private tell(listeners: readonly Listener[], entry: ThreatEntry): void {
    for (const listener of listeners) {
      listener(entry).catch((error) => {
        this.modules.logger.error({ err: error }, 'what follows from a threat report is not done');
      });
    }
  }

  /** Only the reporting organisation can end its report; the ledger says the same. */
  private revoked(statement: Statement, sender: Sender): void {
    const { blocklist } = this.modules;
    const reason = decodePayload(statement.payload, readRevoke);
    if (reason === undefined) return;
    const held = blocklist.report(statement.object);
    if (held !== undefined && held.entry.organisation !== sender.organisation) return;
    const { clinic, organisation } = sender;
    blocklist.remove({ reportId: statement.object, organisation, clinic, at: statement.issued, reason });
    if (held !== undefined) this.tell(this.revokedListeners, held.entry);
  }

  /** False when it does not open. */
  private add(source: ReportSource, attachment: Attachment): boolean {
    const entry = openReport(this.modules.keys.opening, source, attachment);
    if (entry === undefined) {
      // The key may still come, also in the place of one that a branch had for the same epoch.
      this.locked.put(attachmentCommitment(attachment), source);
      this.modules.logger.warn({ clinic: source.sender.clinic }, 'a threat report does not open');
      return false;
    }
    const result = this.modules.blocklist.add(entry, this.modules.clock.now());
    if (result === 'never-block' && source.confirmed) this.tell(this.hitListeners, entry);
    else if (source.confirmed) this.tell(this.confirmedListeners, entry);
    return true;
  }

  private async arrived(commitment: Uint8Array, attachment: Attachment): Promise<void> {
    for (const report of this.waiting.take(commitment)) await this.open(report, attachment);
  }

  /** Keys came: what waited for one is opened. */
  async unlock(): Promise<void> {
    for (const { commitment, report } of this.locked.takeAll()) {
      const attachment = await this.modules.attachments.get(commitment);
      if (attachment === undefined) this.wait(report, commitment);
      else await this.open(report, attachment);
    }
  }

  /** The statement by which a report stands on the chain. */
  async original({ created }: Pick<ThreatRow, 'created'>): Promise<Statement | undefined> {
    const { store } = this.modules;
    const location = await store.statement(created);
    const bytes = location && (await store.block(location.block));
    if (location === undefined || bytes === undefined) return undefined;
    const { transactions } = decodeBlock(this.options.genesisId, bytes);
    return transactions[location.transaction].transaction.statements[location.statement ?? 0];
  }

  /** What the chain says is in force, with the addresses that are kept here or at the peers. */
  private async load(): Promise<void> {
    const now = this.modules.clock.now();
    const { store } = this.modules;
    await this.modules.trust.load();
    const byBlock = new Map<string, Placed[]>();
    let after: Uint8Array | undefined;
    for (;;) {
      const rows = await store.stateRange(TABLES.threat, new Uint8Array(0), after, PAGE);
      const live = rows.map(([, bytes]) => decodeThreatRow(bytes)).filter((row) => row.live && row.expires > now);
      const locations = await Promise.all(live.map(({ created }) => store.statement(created)));
      for (const [index, location] of locations.entries()) {
        if (location === undefined) continue;
        const block = toHex(location.block);
        const found = placedOf(live[index], location);
        const placed = byBlock.get(block);
        if (placed === undefined) byBlock.set(block, [found]);
        else placed.push(found);
      }
      if (rows.length < PAGE) break;
      after = rows[rows.length - 1][0];
    }
    // Each block is read once, however many reports it holds.
    for (const placed of byBlock.values()) await this.loadBlock(placed);
  }

  private async loadBlock(placed: readonly Placed[]): Promise<void> {
    const bytes = await this.modules.store.block(placed[0].location.block);
    if (bytes === undefined) return;
    const { transactions } = decodeBlock(this.options.genesisId, bytes);
    for (const { location, extended, standing, retagged } of placed) {
      const sealed = transactions[location.transaction];
      const sender = this.sender(sealed);
      const statement = sealed.transaction.statements[location.statement ?? 0];
      if (sender === undefined) continue;
      const source = { statement, sender, transaction: sealed.id, confirmed: true, extended, standing };
      await this.act({ ...source, retagged }, undefined);
    }
  }

  /** Takes the end of an extended report from the state, for its effect and for its attachment. */
  private async extend(report: Uint8Array): Promise<void> {
    const { store, blocklist, attachments, clock } = this.modules;
    const [bytes] = await store.states([threatKey(report)]);
    if (bytes === undefined) return;
    const { expires, commitment, keyEpoch, tag } = decodeThreatRow(bytes);
    const held = blocklist.report(report);
    if (held !== undefined) blocklist.add({ ...held.entry, expires, confirmed: true }, clock.now());
    this.locked.extend(commitment, report, expires);
    if (this.waiting.extend(commitment, report, expires)) attachments.want(commitment, expires + ATTACHMENT_GRACE);
    // It opened for this report under the key by which it stands on the chain.
    if (held === undefined || held.entry.keyEpoch !== keyEpoch || !equalBytes(held.entry.tag, tag)) return;
    const attachment = await attachments.get(commitment);
    if (attachment !== undefined) await this.keep(attachment, expires + ATTACHMENT_GRACE);
  }

  /** The same report under another key and tag; its attachment is kept for those who come later. */
  private async retag(statement: Statement, given: Attachment | undefined, confirmed: boolean): Promise<void> {
    const { store } = this.modules;
    const [bytes] = await store.states([threatKey(statement.object)]);
    const row = bytes && decodeThreatRow(bytes);
    if (statement.attachment === undefined || row === undefined || !row.live) return;
    if (given !== undefined) await this.keepNew(given, row.expires + ATTACHMENT_GRACE);
    if (!confirmed || !equalBytes(row.commitment, statement.attachment)) return;
    const location = await store.statement(row.created);
    if (location !== undefined) await this.loadBlock([placedOf(row, location)]);
  }

  private scheduleExpiry(): void {
    this.timer = this.modules.clock.setTimeout(() => {
      this.modules.blocklist.expire(this.modules.clock.now());
      this.scheduleExpiry();
    }, EXPIRE_MS);
  }
}

function placedOf(row: ThreatRow, location: Location): Placed {
  const { version, expires, standing, keyEpoch, tag, commitment } = row;
  const extended = version > 1 ? expires : undefined;
  return { location, extended, standing, retagged: { keyEpoch, tag, commitment } };
}
