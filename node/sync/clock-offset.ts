// How far this node's clock is off the others': the median over what peers showed of theirs and our own. With our own in it
// one liar, or the only other clinic, never decides. What a message was late is never taken for an offset.

/** A question to a peer by this node's clock, ms since 1970: the peer read its own clock at some moment of it. */
export interface RoundTrip {
  readonly asked: number;
  readonly answered: number;
}

export class ClockOffset {
  private readonly offsets = new Map<string, number>();

  /** What the peer's clock was in its answer, ms since 1970. */
  heard(peerId: string, clock: number, { asked, answered }: RoundTrip): void {
    // Nobody knows at which moment, so what counts is what no moment explains: a slow answer can hide as much of an offset
    // as it took, and make none.
    this.offsets.set(peerId, Math.max(0, clock - answered) + Math.min(0, clock - asked));
  }

  forget(peerId: string): void {
    this.offsets.delete(peerId);
  }

  /** What the median is ahead of this clock, ms; 0 when nobody else is there. Of an even number the nearer to ours. */
  get median(): number {
    const sorted = [...this.offsets.values(), 0].sort((a, b) => a - b);
    const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
    return Math.abs(low) < Math.abs(high) ? low : high;
  }
}
