// The mails that wait, on this clinic's disk and in memory: sent one after the other, tried again later and later, given
// up in the end with a reason that administrators see. A server that is down costs no mail a try. Owns no words.
//
//   q | order u64  -> a mail that waits
//   f | order u64  -> a mail that was given up, without its content
import { concatBytes } from '../../common/bytes.ts';
import type { Clock, TimerHandle } from '../../common/clock.ts';
import { Writer } from '../../common/codec/writer.ts';
import { Gcra } from '../../common/gcra.ts';
import type { Logger } from '../../common/logger.ts';
import type { LocalDatabase, LocalWrite } from '../store/local-database.ts';
import type { Mailer, MailKind, MailRecipient, MailValues } from './mailer.ts';
import {
  decodeFailed,
  decodeQueued,
  encodeMail,
  type FailedMail,
  isMailAddress,
  type QueuedMail,
  recipientOf,
} from './queued-mail.ts';
import { renderMail } from './templates/render.ts';
import type { MailTransport } from './transport.ts';

export interface MailQueueOptions {
  /** Name of the clinic, as mails give it. */
  readonly clinic: string;
  /** 16 hex digits or so: in the names of mails, apart from those of other clinics. */
  readonly nameSeed: string;
  /** Where the pages are; asked for each mail, since a port may be chosen by the system. */
  site(): string;
}

export interface MailQueueModules {
  readonly database: Pick<LocalDatabase, 'batch' | 'range' | 'open' | 'close'>;
  readonly transport: MailTransport;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface MailStatus {
  readonly waiting: number;
  readonly failed: readonly FailedMail[];
  /** Why nothing gets through just now; null when the last try did. */
  readonly outage: string | null;
}

const QUEUED = Uint8Array.of(0x71);
const FAILED = Uint8Array.of(0x66);
const MINUTE_MS = 60_000;
export const MAX_QUEUED_MAILS = 5000;
export const MAX_FAILED_MAILS = 100;
/** What nobody could deliver for so long helps nobody any more. */
const MAIL_TTL_MS = 3 * 86_400_000;
const RECIPIENT_RATE = { rate: 10 / 3600, burst: 10, maxKeys: 10_000 };
/** After the first failure, the second, ... of a mail; then as after the last. */
const BACKOFF_MS = [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, 60 * MINUTE_MS, 4 * 60 * MINUTE_MS];
const OUTAGE_BACKOFF_MS = [10_000, 30_000, MINUTE_MS, 5 * MINUTE_MS];

export class MailQueue implements Mailer {
  readonly configured = true;
  private readonly options: MailQueueOptions;
  private readonly modules: MailQueueModules;
  private readonly perRecipient: Gcra;
  private readonly waiting = new Map<number, QueuedMail>();
  private readonly failed: FailedMail[] = [];
  private readonly stopping = new AbortController();
  private outage: { readonly reason: string; readonly count: number; readonly until: number } | undefined;
  private lastOrder = 0;
  private timer: TimerHandle | undefined;
  private working: Promise<void> | undefined;

  constructor(options: MailQueueOptions, modules: MailQueueModules) {
    this.options = options;
    this.modules = modules;
    this.perRecipient = new Gcra(RECIPIENT_RATE, modules);
  }

  async start(): Promise<void> {
    const { database } = this.modules;
    await database.open();
    for await (const [, bytes] of database.range({ prefix: QUEUED })) {
      const mail = decodeQueued(bytes);
      if (mail !== undefined) this.waiting.set(mail.order, mail);
    }
    for await (const [, bytes] of database.range({ prefix: FAILED })) this.failed.push(decodeFailed(bytes));
    this.lastOrder = Math.max(0, ...this.waiting.keys(), ...this.failed.map(({ order }) => order));
    this.wake();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.modules.clock.clearTimeout(this.timer);
    await this.working;
    await this.modules.database.close();
  }

  async send<K extends MailKind>(kind: K, to: MailRecipient, values: MailValues[K]): Promise<void> {
    const { database, clock, logger } = this.modules;
    if (this.stopping.signal.aborted) return;
    if (!isMailAddress(to.address)) return logger.warn({ kind }, 'a mail to an address that is none is dropped');
    if (!this.perRecipient.take(to.address.toLowerCase()).ok) {
      return logger.warn({ kind }, 'a mail is dropped: its recipient gets too many');
    }
    if (this.waiting.size >= MAX_QUEUED_MAILS) return logger.error({ kind }, 'a mail is dropped: too many wait');
    const made = clock.now();
    const until = 'until' in values ? Number(values.until) : Number.POSITIVE_INFINITY;
    const mail: QueuedMail = {
      ...{ order: this.nextOrder(), kind, to: recipientOf(to), values },
      ...{ made, endsAt: Math.min(made + MAIL_TTL_MS, until), attempts: 0, nextAt: made },
    };
    await database.batch([put(QUEUED, mail)], { sync: true });
    this.waiting.set(mail.order, mail);
    this.wake();
  }

  get status(): MailStatus {
    return { waiting: this.waiting.size, failed: this.failed.toReversed(), outage: this.outage?.reason ?? null };
  }

  /** Starts with the time when two mails of one clinic, one before a restore, could be taken for one. */
  private nextOrder(): number {
    this.lastOrder = Math.max(this.lastOrder + 1, this.modules.clock.now());
    return this.lastOrder;
  }

  private wake(): void {
    if (this.working !== undefined || this.stopping.signal.aborted) return;
    this.modules.clock.clearTimeout(this.timer);
    this.timer = undefined;
    const next = this.next();
    if (next === undefined) return;
    const wait = Math.max(next.nextAt, this.outage?.until ?? 0) - this.modules.clock.now();
    if (wait > 0) {
      this.timer = this.modules.clock.setTimeout(() => this.wake(), wait);
      return;
    }
    this.working = this.handle(next)
      .catch((error) => this.modules.logger.error({ err: error }, 'the queue of mails cannot be written'))
      .then(() => {
        this.working = undefined;
        this.wake();
      });
  }

  private next(): QueuedMail | undefined {
    let found: QueuedMail | undefined;
    for (const mail of this.waiting.values()) if (found === undefined || mail.nextAt < found.nextAt) found = mail;
    return found;
  }

  private async handle(mail: QueuedMail): Promise<void> {
    const { transport, clock } = this.modules;
    if (clock.now() >= mail.endsAt) return this.giveUp(mail, this.outage?.reason ?? 'not delivered in time');
    const { clinic, nameSeed, site } = this.options;
    const rendered = renderMail(mail.kind, mail.to, mail.values as never, { clinic, site: site() });
    const name = `${mail.order.toString(36)}.${nameSeed}`;
    const delivery = await transport.deliver({ ...rendered, to: mail.to, name }, this.stopping.signal);
    if (this.stopping.signal.aborted && delivery.result !== 'sent') return;
    if (delivery.result === 'outage') return this.holdAll(delivery.reason);
    this.outage = undefined;
    if (delivery.result === 'sent') return this.forget(mail);
    if (delivery.result === 'never') return this.giveUp(mail, delivery.reason);
    const attempts = mail.attempts + 1;
    const later = clock.now() + stepOf(BACKOFF_MS, attempts);
    if (later >= mail.endsAt) return this.giveUp(mail, delivery.reason);
    await this.keep({ ...mail, attempts, nextAt: later });
  }

  private holdAll(reason: string): void {
    const { clock, logger } = this.modules;
    const count = (this.outage?.count ?? 0) + 1;
    if (count === 1) logger.warn({ reason }, 'no mail gets through');
    this.outage = { reason, count, until: clock.now() + stepOf(OUTAGE_BACKOFF_MS, count) };
  }

  private async forget(mail: QueuedMail): Promise<void> {
    // First: what was sent is not sent again by this process, even if the disk refuses.
    this.waiting.delete(mail.order);
    await this.modules.database.batch([del(QUEUED, mail.order)]);
  }

  private async keep(mail: QueuedMail): Promise<void> {
    this.waiting.set(mail.order, mail);
    await this.modules.database.batch([put(QUEUED, mail)]);
  }

  private async giveUp({ order, kind, to, made }: QueuedMail, reason: string): Promise<void> {
    const { database, clock, logger } = this.modules;
    const failed: FailedMail = { order, kind, to: to.address, made, failed: clock.now(), reason };
    this.waiting.delete(order);
    this.failed.push(failed);
    const dropped = this.failed.splice(0, Math.max(0, this.failed.length - MAX_FAILED_MAILS));
    logger.warn({ kind, reason }, 'a mail is given up');
    await database.batch([del(QUEUED, order), put(FAILED, failed), ...dropped.map((old) => del(FAILED, old.order))]);
  }
}

function stepOf(steps: readonly number[], attempt: number): number {
  return steps[Math.min(attempt, steps.length) - 1];
}

function put(table: Uint8Array, mail: QueuedMail | FailedMail): LocalWrite {
  return { type: 'put', key: keyOf(table, mail.order), value: encodeMail(mail) };
}

function del(table: Uint8Array, order: number): LocalWrite {
  return { type: 'del', key: keyOf(table, order) };
}

function keyOf(table: Uint8Array, order: number): Uint8Array {
  return concatBytes(table, new Writer(8).u64(order).finish());
}
