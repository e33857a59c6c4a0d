// Feeds the doors' subscriptions: heads, states of statements, events of the ledger families, what is judged.
// Owns filtering and views; what happened comes from the chain and the outbox.
import { fromHex, toHex } from '../../common/bytes.ts';
import type { Logger } from '../../common/logger.ts';
import type { EventSource } from '../../rpc/ports.ts';
import type { EventValue, StreamFilter, StreamName, StreamValue } from '../../rpc/schema/subscription.ts';
import type { TipChange } from '../chain/chain.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Traffic } from '../security/traffic.ts';
import type { StatementEvents } from '../statement-events.ts';
import type { Connected } from '../store/ports.ts';
import { type ChainReader, recordState } from './chain-reader.ts';

export interface EventFeedModules {
  readonly reader: ChainReader;
  readonly statements: StatementEvents;
  readonly outbox: Outbox;
  readonly traffic: Pick<Traffic, 'onSecond'>;
  readonly logger: Logger;
}

/** Events of the last blocks that can still be taken back; the last block's always can. */
const REMEMBERED_EVENTS = 20_000;

type Told = Pick<Connected, 'entry' | 'events'>;
type Listener<S extends StreamName> = (value: StreamValue<S>) => void;

export class EventFeed implements EventSource {
  private readonly modules: EventFeedModules;
  private readonly heads = new Set<Listener<'heads'>>();
  private readonly events = new Set<(value: EventValue) => void>();
  /** What somebody was told: only that needs to be taken back. */
  private readonly recent = new Map<string, Told>();
  private remembered = 0;

  constructor(modules: EventFeedModules) {
    this.modules = modules;
  }

  subscribe<S extends StreamName>(stream: S, filter: StreamFilter<S>, listener: Listener<S>): () => void {
    if (stream === 'heads') return add(this.heads, listener as Listener<'heads'>);
    if (stream === 'events') {
      const { families } = filter as StreamFilter<'events'>;
      const wanted = listener as Listener<'events'>;
      return add(this.events, (value) => {
        if (families === undefined || families.includes(value.family)) wanted(value);
      });
    }
    if (stream === 'threats') return this.modules.traffic.onSecond(listener as Listener<'threats'>);
    return this.followStatements(filter as StreamFilter<'statements'>, listener as Listener<'statements'>);
  }

  async follow(change: TipChange): Promise<void> {
    for (const { entry } of change.disconnected) {
      const id = toHex(entry.id);
      const undone = this.recent.get(id);
      this.forget(id);
      if (undone !== undefined) this.tellEvents(undone, true);
    }
    // Reading events costs; without a listener they stay as they came.
    if (this.events.size > 0) for (const connected of change.connected) this.tellAndRemember(connected);
    const head = change.connected.at(-1)?.entry;
    if (head === undefined || this.heads.size === 0) return;
    const value = { head: await this.modules.reader.summary(head), replaced: change.disconnected.length };
    for (const listener of this.heads) listener(value);
  }

  private followStatements({ ids }: StreamFilter<'statements'>, listener: Listener<'statements'>): () => void {
    const { statements, outbox, reader, logger } = this.modules;
    const wanted = ids === undefined ? undefined : new Set(ids);
    return statements.onMoved((id) => {
      const record = outbox.get(fromHex(id));
      if (record !== undefined && (wanted === undefined || wanted.has(id)))
        listener(recordState(record, reader.finalHeight));
      else if (wanted?.has(id)) {
        reader.state(fromHex(id)).then(listener, (error) => logger.warn({ err: error }, 'no statement state'));
      }
    });
  }

  private forget(block: string): void {
    this.remembered -= this.recent.get(block)?.events.length ?? 0;
    this.recent.delete(block);
  }

  private tellAndRemember({ entry, events }: Connected): void {
    this.recent.set(toHex(entry.id), { entry, events });
    this.remembered += events.length;
    for (const id of this.recent.keys()) {
      if (this.recent.size === 1 || this.remembered <= REMEMBERED_EVENTS) break;
      this.forget(id);
    }
    this.tellEvents({ entry, events }, false);
  }

  private tellEvents({ entry, events }: Told, undone: boolean): void {
    for (const event of events) {
      const value: EventValue = {
        family: event.family,
        type: event.type,
        statement: toHex(event.statement),
        height: entry.header.height,
        block: toHex(entry.id),
        status: undone ? 'pending' : 'applied',
        undone,
        data: { ...event.data },
      };
      for (const listener of this.events) listener(value);
    }
  }
}

function add<T>(set: Set<T>, item: T): () => void {
  set.add(item);
  return () => set.delete(item);
}
