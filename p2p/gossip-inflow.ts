// What one peer may send on its gossip stream: so many frames and bytes a second, then the stream waits and so does the
// sender; a frame of nothing is a breach. Owns no meaning of the frames: the router decodes them.
import type { Clock } from '../common/clock.ts';
import { Gcra } from '../common/gcra.ts';
import { GOSSIP_BYTES_IN, GOSSIP_FRAMES_IN, MAX_RATE_KEYS } from './limits.ts';
import { FramingViolation } from './reqresp/errors.ts';

interface Frame {
  readonly byteLength: number;
}

export interface GossipInflowModules {
  readonly clock: Clock;
  onViolation(peerId: string, violation: FramingViolation): void;
}

export class GossipInflow {
  private readonly modules: GossipInflowModules;
  private readonly frames: Gcra;
  private readonly bytes: Gcra;

  constructor(modules: GossipInflowModules) {
    this.modules = modules;
    this.frames = new Gcra({ ...GOSSIP_FRAMES_IN, maxKeys: MAX_RATE_KEYS }, modules);
    this.bytes = new Gcra({ ...GOSSIP_BYTES_IN, maxKeys: MAX_RATE_KEYS }, modules);
  }

  /** The frames of one stream, as fast as its peer may send them. */
  async *steady<T extends Frame>(peerId: string, source: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    for await (const frame of source) {
      if (frame.byteLength === 0) {
        const violation = new FramingViolation('malformed-frame');
        this.modules.onViolation(peerId, violation);
        throw violation;
      }
      for (const [limiter, cost] of [
        [this.frames, 1],
        [this.bytes, frame.byteLength],
      ] as const) {
        for (let taken = limiter.take(peerId, cost); !taken.ok; taken = limiter.take(peerId, cost)) {
          await this.pause(taken.retryAfterMs);
        }
      }
      yield frame;
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.modules.clock.setTimeout(resolve, Math.max(1, ms));
    });
  }
}
