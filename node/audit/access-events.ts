// The clinic's record of who read what and why: every permission and refusal, signed and on the disk before anything is
// released. Beside the log of calls (node/access/event-log), which is bounded and says who used the doors: this one is about
// patients, is never cut, and each of its events can be shown by itself. Owns writing and reading; anchors.ts anchors it.
import { hmacSha256 } from '#crypto';
import { toHex } from '../../common/bytes.ts';
import type { Clock } from '../../common/clock.ts';
import type { ClinicNumber } from '../../consensus/ledger/types.ts';
import {
  type AccessAction,
  type AccessEvent,
  AUDIT_TAG_BYTES,
  decodeEvent,
  encodeEvent,
  eventLeaf,
  MAX_EVENT_RECORDS,
  signEvent,
} from '../../records/audit/event.ts';
import type { LocalDatabase, LocalWrite } from '../store/local-database.ts';
import type { AccessEvents, EventRef, NewAccess } from './ports.ts';
import {
  decodeKept,
  EVENTS,
  encodeKept,
  encodeNumber,
  eventKey,
  type KeptEvent,
  numberOf,
  numberOfPatientKey,
  patientEventKey,
  patientPrefix,
  ticketKey,
} from './rows.ts';

export interface RecordedEvent extends KeptEvent {
  readonly event: AccessEvent;
}

export interface EventFilter {
  /** The patient, as the chain names it. */
  readonly handle?: Uint8Array;
  /** Hex. */
  readonly account?: string;
  readonly outcome?: AccessEvent['outcome'];
  readonly actions?: readonly AccessAction[];
  readonly from?: number;
  readonly to?: number;
}

export interface AccessEventsOptions {
  readonly genesisId: Uint8Array;
  readonly clinic: ClinicNumber;
  /** From the keystore; tags say nothing without it. */
  readonly tagKey: Uint8Array;
}

export interface AccessEventsModules {
  readonly database: Pick<LocalDatabase, 'get' | 'batch' | 'range'>;
  readonly key: () => { readonly seed: Uint8Array; readonly publicKey: Uint8Array };
  readonly clock: Pick<Clock, 'now'>;
}

/** Events that one page looks at, fitting or not. */
const MAX_SCANNED_EVENTS = 10_000;
const AT_ONCE = 256;
const NOTHING = new Uint8Array(0);

export class ClinicAccessEvents implements AccessEvents {
  private readonly options: AccessEventsOptions;
  private readonly modules: AccessEventsModules;
  private readonly listeners = new Set<(event: AccessEvent) => void>();
  private next = 1;
  /** On their way to the disk: what comes after the first of them is not certain to have all before it. */
  private readonly writing = new Set<number>();
  private lastTime = 0;

  constructor(options: AccessEventsOptions, modules: AccessEventsModules) {
    this.options = options;
    this.modules = modules;
  }

  /** After the database was opened. */
  async start(): Promise<void> {
    for await (const [key, value] of this.modules.database.range({ prefix: EVENTS, reverse: true, limit: 1 })) {
      this.next = numberOf(key) + 1;
      this.lastTime = decodeEvent(decodeKept(value).signed.bytes).time;
    }
  }

  /** Number below which every event is on the disk, or never will be. */
  get settledBefore(): number {
    let lowest = this.next;
    for (const number of this.writing) lowest = Math.min(lowest, number);
    return lowest;
  }

  onAppended(listener: (event: AccessEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async append(access: NewAccess): Promise<EventRef> {
    const number = this.next++;
    this.writing.add(number);
    try {
      return await this.write(number, access);
    } finally {
      this.writing.delete(number);
    }
  }

  async get(number: number): Promise<RecordedEvent | undefined> {
    const bytes = await this.modules.database.get(eventKey(number));
    return bytes === undefined ? undefined : recorded(bytes);
  }

  /** The first event about a ticket, by its hash. */
  async ofTicket(ticket: Uint8Array): Promise<RecordedEvent | undefined> {
    const number = await this.modules.database.get(ticketKey(ticket));
    return number === undefined ? undefined : this.get(numberOf(number));
  }

  /** Events from one number on, in their order. */
  async *from(number: number, limit: number): AsyncGenerator<RecordedEvent> {
    const range = { prefix: EVENTS, after: eventKey(number - 1), limit };
    for await (const [, bytes] of this.modules.database.range(range)) yield recorded(bytes);
  }

  /** Newest first. `after`: number at which the page before ended. */
  async list(
    filter: EventFilter,
    limit: number,
    after?: number,
  ): Promise<{ readonly events: readonly RecordedEvent[]; readonly next: number | null }> {
    const found: RecordedEvent[] = [];
    let [seen, last] = [0, 0];
    for await (const one of this.downwards(filter.handle, after)) {
      const { event } = one;
      if (found.length === limit || seen === MAX_SCANNED_EVENTS) return { events: found, next: last };
      // times never go back
      if (filter.from !== undefined && event.time < filter.from) break;
      seen++;
      last = event.number;
      if (fits(event, filter)) found.push(one);
    }
    return { events: found, next: null };
  }

  private async write(number: number, access: NewAccess): Promise<EventRef> {
    const { genesisId, clinic } = this.options;
    const { database, key, clock } = this.modules;
    this.lastTime = Math.max(this.lastTime, Math.floor(clock.now()));
    const { handle, reader } = access;
    const records = access.records.slice(0, MAX_EVENT_RECORDS);
    const event: AccessEvent = {
      ...{ number, time: this.lastTime, action: access.action, outcome: access.outcome, reason: access.reason },
      ...{ account: someOf(reader.account), application: reader.application?.id, roles: reader.roles },
      ...{ clinic: reader.clinic, writer: access.writer },
      ...{ patient: this.tagOf(handle), records: records.map((record) => this.tagOf(record)) },
      ...{ purpose: access.purpose, grant: someOf(access.grant), ticket: someOf(access.ticket) },
    };
    const signed = signEvent(encodeEvent(event), genesisId, clinic, key());
    const writes: LocalWrite[] = [
      { type: 'put', key: eventKey(number), value: encodeKept({ signed, handle, records }) },
      { type: 'put', key: patientEventKey(event.patient, number), value: NOTHING },
    ];
    const { ticket } = event;
    // one ticket may ask several times: its first event is the one that stands for it
    if (ticket !== undefined && (await database.get(ticketKey(ticket))) === undefined) {
      writes.push({ type: 'put', key: ticketKey(ticket), value: encodeNumber(number) });
    }
    await database.batch(writes, { sync: true });
    for (const listener of this.listeners) listener(event);
    return { number, leaf: eventLeaf(signed) };
  }

  private async *downwards(handle: Uint8Array | undefined, after: number | undefined): AsyncGenerator<RecordedEvent> {
    if (handle !== undefined) {
      const tag = this.tagOf(handle);
      const prefix = patientPrefix(tag);
      const range = after === undefined ? { prefix } : { prefix, after: patientEventKey(tag, after) };
      for await (const [key] of this.modules.database.range(range)) {
        const one = await this.get(numberOfPatientKey(key));
        if (one !== undefined) yield one;
      }
      return;
    }
    let at = (after ?? this.next) - 1;
    while (at > 0) {
      const low = Math.max(1, at - AT_ONCE + 1);
      const page: RecordedEvent[] = [];
      for await (const one of this.from(low, at - low + 1)) if (one.event.number <= at) page.push(one);
      yield* page.reverse();
      at = low - 1;
    }
  }

  private tagOf(what: Uint8Array): Uint8Array {
    return hmacSha256(this.options.tagKey, what).subarray(0, AUDIT_TAG_BYTES);
  }
}

function recorded(bytes: Uint8Array): RecordedEvent {
  const kept = decodeKept(bytes);
  return { ...kept, event: decodeEvent(kept.signed.bytes) };
}

function fits(event: AccessEvent, { account, outcome, actions, to }: EventFilter): boolean {
  if (actions?.includes(event.action) === false) return false;
  if (outcome !== undefined && event.outcome !== outcome) return false;
  if (to !== undefined && event.time > to) return false;
  if (account === undefined) return true;
  return event.account !== undefined && toHex(event.account) === account;
}

function someOf(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes === undefined || bytes.every((byte) => byte === 0) ? undefined : bytes;
}
