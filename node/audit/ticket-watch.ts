// Holds other clinics to what they log: for every ticket that one of them served, this clinic asks for the event until it
// has a proof from an anchor on the chain. Who served and has no event, or never anchors it, is named. Owns the asking.
import { equalBytes, toHex } from '../../common/bytes.ts';
import type { Clock, TimerHandle } from '../../common/clock.ts';
import { codeOf } from '../../common/errors.ts';
import type { Logger } from '../../common/logger.ts';
import { Serial } from '../../common/serial.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import { peerIdOf } from '../../p2p/peer-id.ts';
import type { Network } from '../../p2p/ports.ts';
import { decodeEvent, isSigned, type SignedEvent } from '../../records/audit/event.ts';
import { holds } from '../../records/audit/leaf-proof.ts';
import type { MemberSets } from '../members/member-sets.ts';
import type { LocalDatabase } from '../store/local-database.ts';
import type { ChainStore } from '../store/ports.ts';
import { anchorOf } from './anchors.ts';
import type { ServedTickets } from './ports.ts';
import { decodeWatched, encodeWatched, WATCHED, type Watched, type WatchState, watchedKey } from './rows.ts';
import { AUDIT, type AuditAnswer, decodeAuditAnswer } from './wire.ts';

/** Tickets whose proof is awaited. */
export const MAX_WATCHED_TICKETS = 100_000;
/** A clinic has so long to log and anchor before it is asked. */
const PATIENCE_MS = 3 * 60_000;
/** Without an anchor by then it counts as not logged. */
const ANCHORED_WITHIN_MS = 24 * 3_600_000;
/** Whoever cannot be asked for so long has proven nothing. */
const GIVEN_UP_MS = 7 * 86_400_000;
const ASK_EVERY_MS = 60_000;
const ASKED_AT_ONCE = 32;

export interface TicketWatchModules {
  readonly network: Pick<Network, 'request'>;
  readonly members: Pick<MemberSets, 'current' | 'senderEver'>;
  readonly store: Pick<ChainStore, 'states'>;
  readonly database: Pick<LocalDatabase, 'get' | 'batch' | 'range'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Finding extends Watched {
  readonly ticket: Uint8Array;
}

export class TicketWatch implements ServedTickets {
  private readonly genesisId: Uint8Array;
  private readonly modules: TicketWatchModules;
  private readonly waiting = new Map<string, Finding>();
  private timer: TimerHandle | undefined;
  private running = false;
  private readonly serial = new Serial();

  constructor(options: { readonly genesisId: Uint8Array }, modules: TicketWatchModules) {
    this.genesisId = options.genesisId;
    this.modules = modules;
  }

  async start(): Promise<void> {
    for await (const finding of this.all()) if (finding.state === 'waiting') this.waiting.set(nameOf(finding), finding);
    this.running = true;
    this.watch();
  }

  async stop(): Promise<void> {
    this.running = false;
    this.modules.clock.clearTimeout(this.timer);
    this.timer = undefined;
    await this.serial.idle();
  }

  async served(ticket: Uint8Array, serving: ClinicNumber): Promise<void> {
    const { clock, logger } = this.modules;
    if (this.waiting.size >= MAX_WATCHED_TICKETS) {
      logger.warn({ clinic: serving }, 'too many tickets are watched: this one is not');
      return;
    }
    await this.put({ ticket, serving, served: Math.floor(clock.now()), state: 'waiting' });
  }

  get waitingCount(): number {
    return this.waiting.size;
  }

  /** Served and not logged, as far as this clinic can tell. */
  async findings(limit: number): Promise<Finding[]> {
    const found: Finding[] = [];
    for await (const finding of this.all()) {
      if (finding.state !== 'waiting') found.push(finding);
      if (found.length === limit) break;
    }
    return found;
  }

  tick(): Promise<void> {
    return this.serial.run(() => this.askAll());
  }

  private async askAll(): Promise<void> {
    const now = this.modules.clock.now();
    const due = [...this.waiting.values()].filter(({ served }) => now - served >= PATIENCE_MS).slice(0, ASKED_AT_ONCE);
    for (const finding of due) {
      const verdict = await this.ask(finding);
      // whoever is asked again goes to the end
      this.waiting.delete(nameOf(finding));
      if (verdict === 'proven') {
        await this.modules.database.batch([{ type: 'del', key: watchedKey(finding.ticket) }], { sync: true });
      } else await this.put({ ...finding, state: verdict });
      if (verdict === 'unlogged') {
        this.modules.logger.warn({ clinic: finding.serving }, 'a clinic served a ticket that it has not logged');
      }
    }
  }

  private async ask({ ticket, serving, served }: Finding): Promise<'proven' | WatchState> {
    const { clock, logger } = this.modules;
    const age = clock.now() - served;
    try {
      const answer = await this.answerOf(serving, ticket);
      if (answer === undefined) return age >= GIVEN_UP_MS ? 'unproven' : 'waiting';
      if (await this.isProof(answer, serving, ticket)) return 'proven';
      const logged = answer.type === 'logged' && (await this.isAbout(answer.event, serving, ticket));
      // under an anchor that this node has not applied yet, too
      const pending = logged || answer.type === 'anchored';
      return pending && age < ANCHORED_WITHIN_MS ? 'waiting' : 'unlogged';
    } catch (error) {
      logger.debug({ clinic: serving, code: codeOf(error) }, 'no word about a ticket');
      return age >= GIVEN_UP_MS ? 'unproven' : 'waiting';
    }
  }

  private async answerOf(serving: ClinicNumber, ticket: Uint8Array): Promise<AuditAnswer | undefined> {
    const { members, network } = this.modules;
    const member = members.current.clinic(serving);
    if (member === undefined) return undefined;
    for await (const chunk of network.request(peerIdOf(member.nodeKey), AUDIT.protocol, ticket)) {
      return decodeAuditAnswer(chunk);
    }
    return undefined;
  }

  private async isProof(answer: AuditAnswer, serving: ClinicNumber, ticket: Uint8Array): Promise<boolean> {
    if (answer.type !== 'anchored' || answer.proof.clinic !== serving) return false;
    const { proof } = answer;
    const anchor = await anchorOf(this.modules.store, serving, proof.first);
    if (anchor === undefined || !(await holds(proof, anchor, this.genesisId))) return false;
    return this.isAbout(proof.event, serving, ticket);
  }

  private async isAbout(signed: SignedEvent, serving: ClinicNumber, ticket: Uint8Array): Promise<boolean> {
    if (this.modules.members.senderEver(signed.publicKey)?.clinic !== serving) return false;
    const about = decodeEvent(signed.bytes).ticket;
    if (about === undefined || !equalBytes(about, ticket)) return false;
    return isSigned(signed, this.genesisId, serving);
  }

  private async put({ ticket, ...watched }: Finding): Promise<void> {
    const finding = { ticket, ...watched };
    await this.modules.database.batch([{ type: 'put', key: watchedKey(ticket), value: encodeWatched(watched) }], {
      sync: true,
    });
    if (watched.state === 'waiting') this.waiting.set(nameOf(finding), finding);
  }

  private async *all(): AsyncGenerator<Finding> {
    for await (const [key, bytes] of this.modules.database.range({ prefix: WATCHED })) {
      yield { ticket: key.slice(WATCHED.length), ...decodeWatched(bytes) };
    }
  }

  private watch(): void {
    const { clock, logger } = this.modules;
    this.timer = clock.setTimeout(() => {
      this.tick()
        .catch((error: unknown) => logger.error({ err: error }, 'tickets could not be checked'))
        .finally(() => {
          if (this.running) this.watch();
        });
    }, ASK_EVERY_MS);
  }
}

function nameOf({ ticket }: Finding): string {
  return toHex(ticket);
}
