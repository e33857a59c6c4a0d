// Messages between their arrival and their handler: one bounded lane per topic, lanes served by priority, peers within a
// lane in turn. Owns no gossip rules; what does not fit is answered `ignore`.
import type { Clock } from '../common/clock.ts';
import { GOSSIP_QUEUE_BYTES, GOSSIP_SLICE_MS } from './limits.ts';
import type { GossipHandler, TopicOptions, Verdict } from './ports.ts';

interface Waiting {
  readonly from: string;
  readonly data: Uint8Array;
  readonly settle: (verdict: Verdict) => void;
}

interface Lane {
  readonly options: TopicOptions;
  readonly handler: GossipHandler;
  readonly concurrency: number;
  /** Insertion order of the peers is the order in which they are served. */
  readonly byPeer: Map<string, Waiting[]>;
  waiting: number;
  bytes: number;
  running: number;
}

export interface GossipQueueModules {
  readonly clock: Clock;
  /** Defers to after pending I/O; the event loop gets its turn there. */
  readonly defer?: (run: () => void) => void;
  onHandlerError(topic: string, error: unknown): void;
}

export class GossipQueue {
  private readonly modules: GossipQueueModules;
  private readonly defer: (run: () => void) => void;
  private readonly lanes = new Map<string, Lane>();
  private order: Lane[] = [];
  private scheduled = false;

  constructor(modules: GossipQueueModules) {
    this.modules = modules;
    this.defer = modules.defer ?? ((run) => void setImmediate(run));
  }

  addLane(options: TopicOptions, handler: GossipHandler, concurrency: number): void {
    const lane = { options, handler, concurrency, byPeer: new Map(), waiting: 0, bytes: 0, running: 0 };
    this.lanes.set(options.topic, lane);
    this.order = [...this.lanes.values()].sort((a, b) => a.options.priority - b.options.priority);
  }

  /** Messages that wait, over all topics. */
  get size(): number {
    return this.order.reduce((sum, lane) => sum + lane.waiting, 0);
  }

  /** The handler's verdict, or `ignore` when there was no room or the handler threw. Never rejects. */
  push(topic: string, from: string, data: Uint8Array): Promise<Verdict> {
    const lane = this.lanes.get(topic);
    if (lane === undefined) return Promise.resolve('ignore');
    return new Promise((settle) => {
      if (!this.makeRoom(lane, from, data.length)) {
        settle('ignore');
        return;
      }
      const line = lane.byPeer.get(from) ?? [];
      line.push({ from, data, settle });
      lane.byPeer.set(from, line);
      lane.waiting++;
      lane.bytes += data.length;
      this.schedule();
    });
  }

  /** Everything that waits is ignored; what runs, runs out. */
  clear(): void {
    for (const lane of this.order) {
      const lines = [...lane.byPeer.values()];
      lane.byPeer.clear();
      lane.waiting = 0;
      lane.bytes = 0;
      for (const line of lines) for (const item of line) item.settle('ignore');
    }
  }

  /** A full lane takes from the peer with the longest line, so that one flooder cannot push the others out. */
  private makeRoom(lane: Lane, from: string, bytes: number): boolean {
    while (lane.waiting >= lane.options.queue || lane.bytes + bytes > GOSSIP_QUEUE_BYTES) {
      // Taking from a line that is not longer by two would only swap who floods: then the newest gives way.
      let most = (lane.byPeer.get(from)?.length ?? 0) + 1;
      let longest: string | undefined;
      for (const [peer, line] of lane.byPeer) {
        if (line.length <= most) continue;
        longest = peer;
        most = line.length;
      }
      if (longest === undefined) return false;
      this.remove(lane, longest, 'newest')?.settle('ignore');
    }
    return true;
  }

  private remove(lane: Lane, peer: string, which: 'oldest' | 'newest'): Waiting | undefined {
    const line = lane.byPeer.get(peer);
    const item = which === 'oldest' ? line?.shift() : line?.pop();
    if (line === undefined || item === undefined) return undefined;
    if (which === 'oldest') lane.byPeer.delete(peer);
    if (line.length > 0) lane.byPeer.set(peer, line);
    else lane.byPeer.delete(peer);
    lane.waiting--;
    lane.bytes -= item.data.length;
    return item;
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    this.defer(this.drain);
  }

  private readonly drain = (): void => {
    this.scheduled = false;
    const end = this.modules.clock.monotonic() + GOSSIP_SLICE_MS;
    for (let lane = this.nextLane(); lane !== undefined; lane = this.nextLane()) {
      this.startOne(lane);
      if (this.modules.clock.monotonic() >= end) {
        if (this.nextLane() !== undefined) this.schedule();
        return;
      }
    }
  };

  private nextLane(): Lane | undefined {
    return this.order.find((lane) => lane.waiting > 0 && lane.running < lane.concurrency);
  }

  private startOne(lane: Lane): void {
    const peer = lane.byPeer.keys().next().value;
    const item = peer === undefined ? undefined : this.remove(lane, peer, 'oldest');
    if (item === undefined) return;
    lane.running++;
    this.run(lane, item).then((verdict) => {
      lane.running--;
      item.settle(verdict);
      if (lane.waiting > 0) this.schedule();
    });
  }

  private async run(lane: Lane, item: Waiting): Promise<Verdict> {
    try {
      return await lane.handler(item.from, item.data);
    } catch (error) {
      this.modules.onHandlerError(lane.options.topic, error);
      return 'ignore';
    }
  }
}
